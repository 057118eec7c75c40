"""One JSON line per invocation (the local cloud waits for it, and people can read it)."""

import functools
import os

from aws_lambda_powertools import Logger

from city.adapters.trace import Trace


@functools.cache
def logger(service: str) -> Logger:
    """The logger of a unit."""
    return Logger(service=service, level=os.environ.get("LOG_LEVEL", "INFO"), utc=True)


def line(service: str, message: str, trace: Trace, failed: bool, **facts: object) -> None:
    """Write the line. `facts` are identifiers, counts and outcomes; None values are left out."""
    fields = {key: value for key, value in facts.items() if value is not None}
    write = logger(service).exception if failed else logger(service).info
    write(
        message,
        extra={
            "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", service),
            "correlation_id": trace.correlation_id,
            "trace_id": trace.trace_id,
            "span_id": trace.span_id,
            "parent_span_id": trace.parent,
            **fields,
        },
    )
