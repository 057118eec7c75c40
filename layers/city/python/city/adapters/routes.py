"""What a route promises, and how a Python function's signature becomes request and response."""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from city.kernel.people import Principal
from city.kernel.problems import BadRequest, FieldError, Invalid
from city.kernel.text import Language

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response that is more than a 200 with a model."""

    body: BaseModel | dict[str, Any] | str | bytes | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler may want to know beyond its body and query."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    raw_body: bytes
    language: Language
    source_ip: str
    correlation_id: str

    @property
    def idempotency_key(self) -> str | None:
        """The caller's `Idempotency-Key`, if any."""
        return self.headers.get("idempotency-key")


@dataclass(frozen=True, slots=True)
class Route:
    """One route as declared: for dispatch and OpenAPI. `action` is its name in the policy."""

    action: str
    method: str
    path: str
    status: int
    call: Callable[..., Any]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    returns: Any
    idempotent: bool
    media_types: tuple[str, ...]

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (inspect.getdoc(self.call) or "").split("\n", 1)[0]


def declare(
    unit: str,
    method: str,
    path: str,
    call: Callable[..., Any],
    *,
    status: int,
    idempotent: bool,
    media_types: tuple[str, ...],
    shape: type[BaseModel] | None = None,
) -> Route:
    """Read a handler's signature: `body` and `query` are models, the rest is known by name."""
    hints = typing.get_type_hints(call)
    return Route(
        action=f"{unit}:{call.__name__}",
        method=method,
        path=path,
        status=status,
        call=call,
        body=hints.get("body"),
        query=hints.get("query"),
        returns=shape or hints.get("return"),
        idempotent=idempotent,
        media_types=media_types,
    )


def arguments(
    route: Route, request: Request, path_values: dict[str, str], who: Principal | None
) -> dict[str, Any]:
    """The keyword arguments for a handler.

    Raises:
        BadRequest: the body is not JSON.
        Invalid: a field of body or query is missing or wrong.
    """
    wanted = inspect.signature(route.call).parameters
    values: dict[str, Any] = {k: v for k, v in path_values.items() if k in wanted}
    if "who" in wanted:
        values["who"] = who
    if "request" in wanted:
        values["request"] = request
    if route.body is not None:
        values["body"] = validated(route.body, request.raw_body or b"{}", "body")
    if route.query is not None:
        values["query"] = validated(route.query, _single(route.query, request.query), "query")
    return values


def _single(model: type[BaseModel], query: dict[str, list[str]]) -> dict[str, Any]:
    """Query values as the model wants them: lists may be repeated or comma-separated."""
    listed = {
        (info.alias or name)
        for name, info in model.model_fields.items()
        if any(
            typing.get_origin(option) in (list, tuple, frozenset)
            for option in _options(info.annotation)
        )
    }
    return {
        name: [part for value in values for part in value.split(",") if part]
        if name in listed
        else values[-1]
        for name, values in query.items()
        if values
    }


def _options(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def validated(model: type[M], raw: bytes | dict[str, Any], where: str) -> M:
    """`raw` as a model.

    Raises:
        BadRequest: not JSON.
        Invalid: a field is missing or wrong; each is named in both languages.
    """
    try:
        if isinstance(raw, bytes):
            return model.model_validate_json(raw)
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise BadRequest(
                vi="Thân yêu cầu không phải JSON hợp lệ.", en="The body is not valid JSON."
            ) from error
        raise Invalid(errors=tuple(_field_error(e, where) for e in error.errors())) from error


_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("Mục này là bắt buộc.", "This field is required."),
    "string_too_short": (
        "Cần ít nhất {min_length} ký tự.",
        "Needs at least {min_length} characters.",
    ),
    "string_too_long": ("Tối đa {max_length} ký tự.", "At most {max_length} characters."),
    "string_pattern_mismatch": ("Sai định dạng.", "Has the wrong format."),
    "too_short": ("Cần ít nhất {min_length} mục.", "Needs at least {min_length} items."),
    "too_long": ("Tối đa {max_length} mục.", "At most {max_length} items."),
    "greater_than_equal": ("Phải từ {ge} trở lên.", "Must be at least {ge}."),
    "less_than_equal": ("Phải không quá {le}.", "Must be at most {le}."),
    "greater_than": ("Phải lớn hơn {gt}.", "Must be more than {gt}."),
    "enum": ("Chỉ nhận một trong: {expected}.", "Must be one of: {expected}."),
    "literal_error": ("Chỉ nhận: {expected}.", "Must be: {expected}."),
    "extra_forbidden": ("Không có mục này.", "There is no such field."),
    "int_parsing": ("Phải là số nguyên.", "Must be a whole number."),
    "float_parsing": ("Phải là số.", "Must be a number."),
    "float_type": ("Phải là số.", "Must be a number."),
    "finite_number": ("Phải là số hữu hạn.", "Must be a finite number."),
    "bool_type": ("Phải là đúng hoặc sai.", "Must be true or false."),
    "string_type": ("Phải là chữ.", "Must be text."),
    "date_from_datetime_parsing": ("Ngày có dạng 2026-11-23.", "A date looks like 2026-11-23."),
    "datetime_from_date_parsing": (
        "Thời điểm có dạng 2026-11-23T07:30:00+07:00.",
        "A time looks like 2026-11-23T07:30:00+07:00.",
    ),
}
_OTHERWISE = ("Giá trị không hợp lệ.", "The value is not valid.")


def _field_error(error: Any, where: str) -> FieldError:
    path = ".".join(str(part) for part in error["loc"]) or where
    if error["type"] == "value_error" and "|" in error["msg"]:
        vi, en = error["msg"].removeprefix("Value error, ").split("|", 1)
        return FieldError(field=path, vi=vi.strip(), en=en.strip())
    vi, en = _SENTENCES.get(error["type"], _OTHERWISE)
    context = {k: v for k, v in (error.get("ctx") or {}).items() if k != "error"}
    return FieldError(field=path, vi=vi.format(**context), en=en.format(**context))
