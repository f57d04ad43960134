"""One cold process: a fresh interpreter imports a function's module and answers one event. Called by cold_starts.py.

What is counted is CPU time of the process itself, so that a busy machine or a slow neighbour moves it little. The interpreter
runs isolated (`-I -S`): no environment's start-up files count, and of an unpacked archive only what is in it can be found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_CHILD: Final = """
import sys, time
sys.path[:0] = {paths!r}
bare, loaded = time.process_time(), len(sys.modules)
{statement}
imported, after_import = time.process_time(), len(sys.modules)
outcome = ""
if {handler!r}:
    import json
    class Context:
        aws_request_id, function_name, memory_limit_in_mb = "00000000-bench", "bench", 512
        invoked_function_arn = "arn:aws:lambda:local:000000000000:function:bench"
        def get_remaining_time_in_millis(self):
            return 10_000
    event = json.loads(sys.stdin.read())
    imported = time.process_time()
    try:
        answer = getattr(sys.modules[{module!r}], {handler!r})(event, Context())
        outcome = str(answer.get("statusCode", "acknowledged" if not answer.get("batchItemFailures") else "redelivered"))
    except Exception as error:
        outcome = type(error).__name__
answered = time.process_time()
import json
packages = sorted({{name.partition(".")[0] for name in sys.modules}})
print(json.dumps([bare, imported - bare, answered - imported, after_import - loaded, outcome, packages]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """Milliseconds of CPU: the bare interpreter, the import above it, the first answer above that. How many modules
    the import loaded, and which packages are there at the end. `outcome`: an HTTP status, `acknowledged`, `redelivered`, or the
    class of an error that was raised (`BatchFailed`: every message of the batch comes again)."""

    bare_ms: float
    import_ms: float
    answer_ms: float
    modules: int
    packages: frozenset[str]
    outcome: str


def start(
    statement: str, paths: Iterable[Path], environment: Mapping[str, str], *, handler: str = "", event: Any = None
) -> Cold:
    """One process. `statement` is what is imported, `handler` (`module.name`) what then answers `event`, if anything.

    Raises RuntimeError with the end of what the process said on standard error.
    """
    module, _, name = handler.rpartition(".")
    code = _CHILD.format(paths=[str(path) for path in paths], statement=statement, module=module, handler=name)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        input=json.dumps(event),
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{statement}: {done.stderr[-600:]}")
    bare, imported, answered, modules, outcome, packages = json.loads(done.stdout.splitlines()[-1])
    return Cold(
        bare_ms=bare * 1000,
        import_ms=imported * 1000,
        answer_ms=answered * 1000,
        modules=modules,
        packages=frozenset(packages),
        outcome=outcome,
    )


def least(runs: Iterable[Cold]) -> Cold:
    """The run whose process needed the least: whatever else the machine did can only add."""
    return min(runs, key=lambda run: run.import_ms + run.answer_ms)
