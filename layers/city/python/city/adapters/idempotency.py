"""`Idempotency-Key` for writes: the same key and body give the first answer again.

Powertools keeps the first answer for a day in the table `idempotency`. It is a convenience for
retrying clients, never the guarantee of a fact: facts are guarded in their own unit's table.
"""

import functools
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyValidationError,
)

from city.adapters.client import client
from city.adapters.settings import settings
from city.kernel.problems import Problem
from city.kernel.text import text

KEEP_S = 24 * 3600


class KeyReused(Problem):
    """The same key came with another body."""

    status = 422
    slug = "idempotency-key-reused"
    title = text("Khoá đã dùng cho nội dung khác", "Key used for another request")
    detail = text(
        "Idempotency-Key này đã được dùng với nội dung khác. Dùng khoá mới cho việc mới.",
        "This Idempotency-Key was used with another body. Use a new key for a new request.",
    )


class StillRunning(Problem):
    """The first request with this key has not ended."""

    status = 409
    slug = "still-running"
    title = text("Đang xử lý", "Still running")
    detail = text(
        "Yêu cầu đầu tiên với khoá này chưa xong. Thử lại sau ít giây.",
        "The first request with this key has not ended. Try again in a few seconds.",
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})


@functools.cache
def _layer() -> DynamoDBPersistenceLayer:
    return DynamoDBPersistenceLayer(
        table_name=settings().table("idempotency"), key_attr="id", boto3_client=client("dynamodb")
    )


def once(key: str, body: str, context: Any, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run `act` once per `key`; afterwards return what it returned.

    Raises:
        KeyReused: `key` came before with another `body`.
        StillRunning: another call with `key` is under way.
    """
    config = IdempotencyConfig(
        event_key_jmespath="key",
        payload_validation_jmespath="body",
        expires_after_seconds=KEEP_S,
        hash_function="sha256",
    )
    if hasattr(context, "get_remaining_time_in_millis"):
        config.register_lambda_context(context)

    def run(data: dict[str, str]) -> dict[str, Any]:  # noqa: ARG001 - Powertools reads it
        return act()

    kept = idempotent_function(
        run, data_keyword_argument="data", persistence_store=_layer(), config=config
    )
    try:
        return dict(kept(data={"key": key, "body": body}))
    except IdempotencyValidationError as error:
        raise KeyReused from error
    except IdempotencyAlreadyInProgressError as error:
        raise StillRunning from error
