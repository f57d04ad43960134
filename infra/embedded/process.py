"""A child of the supervisor: `python -m infra.embedded.process http|worker`. Reads the passphrase from standard input."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from infra.embedded.errors import EXPLAINED, complain
from infra.embedded.supervisor import RENEW_EXIT
from infra.embedded.world import World, open_world

ORPHAN_GRACE_S: Final = 5.0
"""Without its supervisor a process ends what it has in hand within this time."""

RENEW_OVER_MB: Final = 40.0
"""A worker that has nothing to do and holds more than this (typesetting and fonts keep 50 MB and more) makes room: an
idle engine on a small laptop stays small, and nothing that leaks a little can grow for weeks."""


def main(kind: str) -> int:
    """Runs until SIGTERM. Exit codes: 0 asked to stop, 1 cannot run, 70 a handler was overdue, 75 to be started anew."""
    passphrase = sys.stdin.read()
    threading.Thread(target=_end_with_supervisor, name="leash", daemon=True).start()
    try:
        world = open_world(os.environ, passphrase)
    except EXPLAINED as error:
        return complain(error)
    try:
        return _serve(world) if kind == "http" else _work(world)
    finally:
        world.close()


def _end_with_supervisor() -> None:
    """The pipe ends when the supervisor does, even if it was killed: then nobody would watch or stop this process."""
    os.read(int(os.environ["GIAOUOC_LEASH"]), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_GRACE_S)
    os._exit(0)


def _serve(world: World) -> int:
    import uvicorn

    from infra.embedded.logs import AccessLog
    from infra.embedded.mailbox import Mailbox
    from infra.embedded.object_urls import ObjectUrls
    from infra.embedded.server import Gateway
    from infra.embedded.static_files import StaticFiles

    name = os.environ.get("GIAOUOC_PROCESS", "http")
    access_log = AccessLog(world.folder.logs / f"access{name.removeprefix('http')}.log")
    gateway = Gateway(
        world.service,
        StaticFiles(world.ports.public),
        ObjectUrls(world.objects),
        None if world.settings.secure else Mailbox(world.folder.mail),
        access_log,
    )
    options: dict[str, Any] = {}
    if world.settings.secure:
        options = {"ssl_certfile": os.environ["TLS_CERT"], "ssl_keyfile": os.environ["TLS_KEY"]}
    config = uvicorn.Config(
        gateway,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # TLS ends here: nobody in front may say who the caller is
        timeout_keep_alive=75,
        timeout_graceful_shutdown=8,
        **options,
    )
    listener = socket.socket(fileno=int(os.environ["GIAOUOC_SOCKET"]))
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn takes it, and raises it once more when it is done
    uvicorn.Server(config).run(sockets=[listener])
    access_log.close()
    return 0


def _work(world: World) -> int:
    from infra.embedded.invoke import Watch
    from infra.embedded.nightly import own_jobs
    from infra.embedded.scheduler import Scheduler
    from infra.embedded.worker import Worker

    watch = Watch()
    worker = Worker(world.service, world.queues, watch)
    marks = world.store.table("engine")
    scheduler = Scheduler(
        world.service, world.schedules, world.queues, marks, world.ports.clock, own_jobs(world), watch
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.end())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor passes on what the keyboard says
    scheduler.start()
    renewed = worker.run(renew=lambda: not scheduler.busy() and own_memory_mb() > RENEW_OVER_MB)
    scheduler.end()
    return RENEW_EXIT if renewed else 0


def own_memory_mb() -> float:
    """Memory of this process alone, without the files of libraries that others share."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
