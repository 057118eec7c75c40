"""One JSON line per invocation (the local cloud waits for it, and people can read it).

The line is a metric as well: CloudWatch's embedded metric format is an ordinary log line with an
`_aws` member, so that counting invocations, failures and milliseconds costs no second line.
"""

import functools
import os
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from city.adapters.trace import Trace


@functools.cache
def logger(service: str) -> Logger:
    """The logger of a unit."""
    return Logger(service=service, level=os.environ.get("LOG_LEVEL", "INFO"), utc=True)


NAMESPACE = "HueS"


def _measured(service: str, failed: bool, milliseconds: object) -> dict[str, Any]:
    """The metric part of the line, by Powertools."""
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=service)  # others share one set
    metrics.add_metric("Invocations", MetricUnit.Count, 1)
    metrics.add_metric("Failures", MetricUnit.Count, int(failed))
    if isinstance(milliseconds, int | float):
        metrics.add_metric("Duration", MetricUnit.Milliseconds, milliseconds)
    made: dict[str, Any] = dict(metrics.serialize_metric_set())
    made.pop("service", None)  # the logger says it already
    return made


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
            **_measured(service, failed, facts.get("ms")),
        },
    )
