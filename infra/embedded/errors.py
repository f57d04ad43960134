"""What is said when the engine cannot run: one sentence in both languages, for the person at the keyboard.

Called by the commands and by every process of the engine before it ends with an exit code that is not zero.
"""

from __future__ import annotations

import sys

from shared.edge.settings import SettingsError
from shared.kernel.errors import Problem
from shared.texts import say


class EngineError(Exception):
    """The engine cannot run, or a command cannot be done: `str()` is the sentence in Vietnamese and in English."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{say(code, 'vi', **facts)}\n{say(code, 'en', **facts)}")
        self.code = code


EXPLAINED = (EngineError, SettingsError, Problem)
"""What may stop the engine and is told in a sentence, never as a trace."""


def explained(error: Exception) -> EngineError:
    """The sentence of an error of EXPLAINED."""
    from infra.embedded.template.error import TemplateError  # the supervisor, which stays small, never needs it

    if isinstance(error, EngineError):
        return error
    if isinstance(error, SettingsError):
        return EngineError("engine.settings", faults=str(error))
    if isinstance(error, TemplateError):
        return EngineError("engine.template", fault=str(error))
    assert isinstance(error, Problem)
    return EngineError(error.code, **error.facts)


def complain(error: Exception) -> int:
    """Prints the sentence on standard error; 1, the exit code."""
    print(explained(error), file=sys.stderr, flush=True)
    return 1
