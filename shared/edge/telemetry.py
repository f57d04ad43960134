"""Logging of one invocation: JSON lines with the correlation id, never a name, an address, a token or a body.

Powertools' Logger formats; its keys live in context variables, so that threads of one process do not mix them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from shared.kernel.errors import machine_code

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_logger: Logger | None = None


def logger() -> Logger:
    """The process's logger. Level from LOG_LEVEL (default WARNING on the embedded engine's quiet console)."""
    global _logger
    if _logger is None:
        import logging

        from aws_lambda_powertools import Logger  # a request that goes well writes no line, and pays nothing for it

        level = os.environ.get("LOG_LEVEL", "WARNING")
        _logger = Logger(service="giaouoc", level=level, stream=sys.stderr, log_uncaught_exceptions=False)
        logging.getLogger("giaouoc").propagate = False
    return _logger


def refusal(where: str, code: str, correlation_id: str) -> None:
    """A rule said no: worth counting, not worth waking anybody."""
    logger().info("refused", extra={"where": where, "code": code, "correlation_id": correlation_id})


def fault(where: str, error: BaseException, correlation_id: str) -> None:
    """Something of ours failed: the type, its code and the place, not the message (it may quote what a person typed)."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    known = machine_code(error)
    logger().error(
        "failed",
        extra={
            "where": where,
            "error": type(error).__name__,
            **({} if known is None else {"code": known}),
            "at": frames[-6:],
            "correlation_id": correlation_id,
        },
    )


def unsettled(route: str) -> None:
    """A route let in a grant of one unit and never asked whose the thing is: a fault of ours, and nobody was let through."""
    logger().error("unsettled", extra={"where": route})


def token_refused(route: str, correlation_id: str) -> None:
    """A program came with a token that opens nothing: to be counted, since many of them are somebody who guesses."""
    logger().warning("token_refused", extra={"where": route, "correlation_id": correlation_id})
