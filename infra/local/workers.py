"""How the emulator calls functions: without waiting for what it need not wait for.

With `memory.py` the only file that knows ministack's insides; written against the same version. As
it comes, ministack cannot tell when a function has said its last line, so it waits: fifty
milliseconds for a function that says nothing, and looks every millisecond for more from one that
does. Here a worker ends each invocation's log with a mark, and the emulator reads up to it.
"""

import functools
import queue
from typing import Any

from infra.local.memory import WrongEmulator

MARK = "\x1e"  # a record separator: no line of a log ends with one
MARK_S = 0.25  # how long the mark is waited for; a process that was killed sends none
ANSWERED = "        _real_stdout.flush()\n\nrun()\n"
GAP_S = 0.005
NAMES = 4096


def quicken() -> None:
    """Change the emulator of this process, before it starts a function.

    Raises:
        WrongEmulator: its worker is not the one that is known here.
    """
    from ministack.core import lambda_runtime
    from ministack.services import eventbridge, lambda_svc, sqs

    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(ANSWERED) != 1:
        raise WrongEmulator("infra/local/workers.py does not know this ministack's worker")
    marked = f"        sys.stderr.write({MARK + chr(10)!r})\n        sys.stderr.flush()\n"
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(ANSWERED, marked + ANSWERED)
    lambda_runtime.Worker._drain_stderr_bounded = _said
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = GAP_S
    # The city has queues only; looking for streams in all of their mappings costs each turn.
    lambda_svc._poll_kinesis = lambda: False
    lambda_svc._poll_dynamodb_streams = lambda: False
    # Each message and each end of a batch makes it look into all queues, most of them empty.
    receive = sqs._receive_messages_for_esm
    sqs._receive_messages_for_esm = lambda url, most: (
        receive(url, most) if (sqs._queues.get(url) or {}).get("messages") else []
    )
    for module in (eventbridge, lambda_runtime, lambda_svc, sqs):
        module.parse_arn = functools.lru_cache(NAMES)(module.parse_arn)


def _said(worker: Any, *_: float, **__: float) -> str:
    """What a function has said in this invocation: all lines up to the mark."""
    lines: list[str] = []
    while True:
        try:
            line = worker._stderr_queue.get(timeout=MARK_S)
        except queue.Empty:
            break
        if line.endswith(MARK):
            lines += [line[: -len(MARK)]] if len(line) > len(MARK) else []
            break
        lines.append(line)
    return "\n".join(lines)
