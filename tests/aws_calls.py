"""Which function calls what at AWS: noted by hooks of the SDK, for whoever holds a `Recorder`.

`working_as(name)` says which function is under way in this thread; everything that is sent meanwhile is its call. The
world of the AWS journeys (tests/aws_world.py) sets it around every handler; what tests themselves ask for is nobody's.
A signed address counts as the call that it lets a stranger make: whoever signs needs the right to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

_name: ContextVar[str | None] = ContextVar("function under way", default=None)
_PARAMETERS = "giaouoc.parameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request with its answer's status (0 before it is sent), or one signed address (`sent` False)."""

    by: str
    service: str
    operation: str
    parameters: Mapping[str, Any]
    sent: bool = True
    status: int = 0


Judge = Callable[[Call], None]
"""Looks at a call before it is sent and again with its answer's status; raises to refuse it."""


@dataclass
class Recorder:
    """The calls of functions while it is `recording`."""

    calls: list[Call] = field(default_factory=list)
    judge: Judge | None = None

    def note(self, call: Call) -> None:
        """Keeps a call, unless the judge refuses it."""
        if self.judge is not None:
            self.judge(call)
        if call.status or not call.sent:
            self.calls.append(call)


_recorder: Recorder | None = None


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """All calls of functions go to this recorder."""
    global _recorder
    before, _recorder = _recorder, recorder
    try:
        yield recorder
    finally:
        _recorder = before


def listen(events: Any) -> None:
    """Hooks on to the events of a session: clients made from it later are heard."""
    events.register("before-parameter-build", _built)
    events.register("before-call.*.*", _calling)  # before anything that answers in place of a service
    events.register("after-call", _called)


def signed_form(bucket: str, key: str) -> None:
    """An upload form was signed: the SDK has no event that would tell its key."""
    _note("s3", "PutObject", {"Bucket": bucket, "Key": key}, sent=False)


def _built(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    if not context.get("is_presign_request"):
        context[_PARAMETERS] = dict(params)
    elif model.name != "CreateBucket":  # stands for an upload form: see `signed_form`
        _note(model.service_model.service_name, model.name, params, sent=False)


def _calling(model: Any, context: dict[str, Any], **_: Any) -> None:
    _note(model.service_model.service_name, model.name, context[_PARAMETERS])


def _called(http_response: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
    _note(model.service_model.service_name, model.name, context[_PARAMETERS], status=http_response.status_code)


def _note(service: str, operation: str, parameters: Mapping[str, Any], *, sent: bool = True, status: int = 0) -> None:
    by = _name.get()
    if by is not None and _recorder is not None:
        _recorder.note(
            Call(by=by, service=service, operation=operation, parameters=dict(parameters), sent=sent, status=status)
        )


@contextmanager
def working_as(name: str | None) -> Iterator[None]:
    """What is sent inside is this function's."""
    before = _name.set(name)
    try:
        yield
    finally:
        _name.reset(before)


def worker() -> str | None:
    """The function under way in this thread."""
    return _name.get()
