"""One packaged function in Lambda's runtime interface, in a process that holds nothing but its package.

    function = functions_of(template)["publicVerify"]
    with start(function, package_dir, environment) as running:
        answer = running.invoke(event)

The interpreter starts isolated and without site-packages (-I -S); it sees the package first and Lambda's own client
(awslambdaric) behind it, as on Lambda. The environment is what the template gives the function and what Lambda itself
sets, nothing of this process. Called by tests/cloud and by the benchmark of cold starts.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from infra.rehearsal.emulator import REGION, session_of
from infra.rehearsal.runtime_tools import tools

START_S: Final = 20.0
_STOP_S: Final = 2.0
_PATH: Final = "/2015-03-31/functions/function/invocations"
_BOOTSTRAP: Final = (
    "import runpy, sys; sys.path[:0] = sys.argv[1:3]; sys.argv[:] = ['awslambdaric', sys.argv[3]]; "
    "runpy.run_module('awslambdaric', run_name='__main__')"
)
_SETTINGS_OF_A_PLAYED_ACCOUNT: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class RuntimeFailed(Exception):
    """The function did not start, ended with an error, or gave no answer; the message holds its last lines of log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedFunction:
    """What the packaged template says of a function. `name` is that of serverless.yml, `archive` the zip's file name."""

    name: str
    physical_name: str
    handler: str
    memory_mb: int
    timeout_s: int
    archive: str


def functions_of(template: Mapping[str, Any]) -> dict[str, PackagedFunction]:
    """The functions of a packaged CloudFormation template, by name."""
    found = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            one = resource["Properties"]
            name = one["FunctionName"].rsplit("-", 1)[-1]
            found[name] = PackagedFunction(
                name=name,
                physical_name=one["FunctionName"],
                handler=one["Handler"],
                memory_mb=one["MemorySize"],
                timeout_s=one["Timeout"],
                archive=one["Code"]["S3Key"].rsplit("/", 1)[-1],
            )
    return found


def set_by_lambda(function: PackagedFunction, package: Path) -> dict[str, str]:
    """The variables that Lambda adds to a function's own (developer guide, "Defined runtime environment variables")."""
    return {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.physical_name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_s),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.physical_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "rehearsal",
        "AWS_REGION": REGION,
        "LAMBDA_TASK_ROOT": str(package),
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "TZ": ":UTC",
        **_SETTINGS_OF_A_PLAYED_ACCOUNT,
    }


@dataclass(slots=True)
class Running:
    """A started function: the emulator of the service and, below it, the runtime. One invocation at a time."""

    function: PackagedFunction
    process: subprocess.Popen[bytes]
    address: str
    log: Path
    _folder: tempfile.TemporaryDirectory[str]
    _closed: bool = field(default=False)

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The function's answer, as JSON. Raises RuntimeFailed when it raised or gave none within its time-out."""
        body = json.dumps(event, ensure_ascii=False).encode()
        request = urllib.request.Request(f"http://{self.address}{_PATH}", data=body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self.function.timeout_s + START_S) as response:
                answer = json.loads(response.read() or b"null")
        except (OSError, ValueError) as error:
            raise RuntimeFailed(f"{self.function.name}: {error}\n{self.tail()}") from None
        if isinstance(answer, dict) and {"errorMessage", "errorType"} <= answer.keys():
            raise RuntimeFailed(f"{self.function.name}: {answer['errorType']}: {answer['errorMessage']}\n{self.tail()}")
        return answer

    def tail(self) -> str:
        """The last lines that the function and the emulator wrote."""
        return self.log.read_text("utf-8", "replace")[-4000:]

    def close(self) -> None:
        """Ends the processes that were started, by pid, and takes the log away."""
        if self._closed:
            return
        self._closed = True
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOP_S)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pid in session_of(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._folder.cleanup()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def start(function: PackagedFunction, package: Path, environment: Mapping[str, str]) -> Running:
    """Starts a function from its unzipped package and waits until it can be invoked; the runtime itself starts with the
    first invocation's request at the latest. `environment`: the template's variables with their values, and the endpoint
    of an emulator of AWS. Raises RuntimeFailed, ToolsError.
    """
    needed = tools()
    package = package.absolute()
    folder = tempfile.TemporaryDirectory(prefix="giaouoc-runtime-")
    log = Path(folder.name) / "log"
    service, runtime = (f"127.0.0.1:{port}" for port in _free_ports())
    command = [str(needed.emulator), "--log-level", "warn"]
    command += ["--runtime-interface-emulator-address", service, "--runtime-api-address", runtime]
    command += [interpreter(), "-I", "-S", "-c", _BOOTSTRAP, str(package), str(needed.client), function.handler]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=package,
            env={**environment, **set_by_lambda(function, package), "TMPDIR": folder.name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    running = Running(function=function, process=process, address=service, log=log, _folder=folder)
    try:
        _wait(running)
    except BaseException:
        running.close()
        raise
    return running


def interpreter() -> str:
    """The Python below a virtual environment: its own start would add the environment's packages."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _wait(running: Running) -> None:
    host, _, port = running.address.partition(":")
    deadline = time.monotonic() + START_S
    while running.process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.01)
    raise RuntimeFailed(f"{running.function.name} did not start:\n{running.tail()}")
