"""`giaouoc run` (`make run`): the embedded engine, with the sample on localhost or for an office under its own HOST.

Environment: HOST, TLS_CERT, TLS_KEY, PORT, DATA, GIAOUOC_ISSUER, KEY_PASSPHRASE_FILE, SMTP_URL, MAIL_FROM,
GIAOUOC_BACKUPS, HTTP_PROCESSES. This process stays small: it starts others and watches them.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import getpass
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from infra.commands.host import check_host
from infra.embedded.errors import EngineError
from infra.embedded.supervisor import Supervisor, listen, writable_folder
from shared.embedded.layout import DataFolder
from shared.texts import say

SAMPLE_PORT: Final = 8000
SAMPLE_DATA: Final = Path("var/sample")
SAMPLE_ISSUER: Final = "TDOAN"
PATHS: Final = ("TLS_CERT", "TLS_KEY", "KEY_PASSPHRASE_FILE", "GIAOUOC_BACKUPS", "GIAOUOC_DESCRIPTION")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where to listen, under which name, on which data."""

    sample: bool
    bind: str
    port: int
    origin: str
    data: Path
    environment: dict[str, str]


def main(_arguments: argparse.Namespace) -> int:
    """Runs until SIGINT or SIGTERM."""
    return serve(plan(os.environ))


def plan(environment: Mapping[str, str]) -> Plan:
    """What the environment asks for. Raises EngineError."""
    host = environment.get("HOST", "").strip().lower()
    sample = not host
    port = _number(environment, "PORT", SAMPLE_PORT if sample else 443, most=65535)
    _number(environment, "HTTP_PROCESSES", 1, most=16)
    data = Path(environment.get("DATA") or (SAMPLE_DATA if sample else Path("var") / host)).absolute()
    if not sample:
        check_host(host)
        _check_tls(environment)
        if not environment.get("GIAOUOC_ISSUER"):
            raise EngineError("engine.no_issuer", host=host)
    origin = f"http://localhost:{port}" if sample else f"https://{host}" + ("" if port == 443 else f":{port}")
    given = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": origin,
        "GIAOUOC_DATA": str(data),
        "GIAOUOC_ISSUER": environment.get("GIAOUOC_ISSUER") or SAMPLE_ISSUER,
    }
    # the engine runs in its own folder: what was named from another one stays what it is
    files = {name: str(Path(environment[name]).absolute()) for name in PATHS if environment.get(name)}
    bind = "127.0.0.1" if sample else environment.get("BIND", "0.0.0.0")  # HOST asks for the hall's network
    return Plan(
        sample=sample, bind=bind, port=port, origin=origin, data=data, environment={**environment, **files, **given}
    )


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most):
        raise EngineError("engine.bad_number", name=name, given=text, most=most)
    return int(text)


def serve(wanted: Plan, *, announce: bool = True) -> int:
    """Prepares, starts, watches; the exit code."""
    os.chdir(Path(__file__).parents[2])
    writable_folder(wanted.data)
    lock = _only_one(wanted.data)
    listener = listen(wanted.bind, wanted.port)
    passphrase = _passphrase(wanted)
    prepare(wanted, passphrase)
    processes = int(wanted.environment.get("HTTP_PROCESSES") or 1)
    supervisor = Supervisor(wanted.environment, passphrase, listener, DataFolder(wanted.data).logs, processes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    supervisor.start()
    first = None if "GIAOUOC_DESCRIPTION" in wanted.environment else _first_start(wanted, passphrase)
    code = supervisor.run()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # asked twice: it is ending already
    if announce:
        print(say("engine.stopped"), flush=True)
    if first is not None and first.poll() is None:
        first.terminate()
    lock.close()
    return code


def _first_start(wanted: Plan, passphrase: str) -> subprocess.Popen[bytes]:
    """Loads the sample into the running engine, and prints the links that people need."""
    first = subprocess.Popen(
        [sys.executable, "-m", "infra.sample.first_start", *(["--sample"] if wanted.sample else [])],
        env=wanted.environment,
        stdin=subprocess.PIPE,
    )
    assert first.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        first.stdin.write(passphrase.encode())
        first.stdin.close()
    threading.Thread(target=first.wait, daemon=True).start()
    return first


def prepare(wanted: Plan, passphrase: str) -> None:
    """Opens the data once in a process of its own; ends this one with that one's exit code if it could not."""
    run = subprocess.run(
        [sys.executable, "-m", "infra.embedded.prepare", *(["--sample"] if wanted.sample else [])],
        env=wanted.environment,
        input=passphrase.encode(),
        check=False,
    )
    if run.returncode != 0:
        sys.exit(run.returncode)


def _only_one(data: Path) -> IO[bytes]:
    """One supervisor per data folder: two would each restart what the other stops."""
    lock = (data / "engine.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise EngineError("engine.already_running", path=data) from error
    return lock


def _check_tls(environment: Mapping[str, str]) -> None:
    for name in ("TLS_CERT", "TLS_KEY"):
        path = environment.get(name, "")
        if not path or not os.access(path, os.R_OK):
            raise EngineError("engine.tls_files", path=path or name)


def _passphrase(wanted: Plan) -> str:
    """From KEY_PASSPHRASE_FILE, from the keyboard, or (sample only) made once and kept beside the data."""
    given = wanted.environment.get("KEY_PASSPHRASE_FILE")
    if given:
        try:
            return Path(given).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise EngineError("engine.passphrase_file", path=given) from error
    if not wanted.sample:
        if not (DataFolder(wanted.data).keys / "folder.json").exists():
            raise EngineError("engine.no_keys", path=wanted.data)
        return getpass.getpass(say("engine.ask_passphrase"))
    return sample_passphrase(wanted.data)


def sample_passphrase(data: Path) -> str:
    """The sample's own, made once and kept beside its data."""
    path = data / "passphrase"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text("ascii")
