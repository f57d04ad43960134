"""A child of the supervisor: `python -m infra.embedded.process http|worker`. Reads the passphrase from standard input."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any

from infra.embedded.world import World, open_world
from shared.embedded.sqlite_errors import StoreError
from shared.texts import say


def main(kind: str) -> int:
    """Runs until SIGTERM. Exit codes: 0 asked to stop, 1 cannot run, 70 a handler was overdue."""
    passphrase = sys.stdin.read()
    try:
        world = open_world(os.environ, passphrase)
    except StoreError as error:
        print(say(error.code, "vi", **error.facts), file=sys.stderr)
        print(say(error.code, "en", **error.facts), file=sys.stderr)
        return 1
    try:
        return _serve(world) if kind == "http" else _work(world)
    finally:
        world.close()


def _serve(world: World) -> int:
    import uvicorn

    from infra.embedded.mailbox import Mailbox
    from infra.embedded.object_urls import ObjectUrls
    from infra.embedded.server import Gateway
    from infra.embedded.static_files import StaticFiles

    sample = not world.settings.secure
    with (world.data / "log" / "access.log").open("a", buffering=1 << 14, encoding="utf-8") as access_log:
        gateway = Gateway(
            world.service,
            StaticFiles(world.ports.public),
            ObjectUrls(world.objects),
            Mailbox(world.data / "mail") if sample else None,
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
            date_header=True,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=8,
            **options,
        )
        listener = socket.socket(fileno=int(os.environ["GIAOUOC_SOCKET"]))
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _work(world: World) -> int:
    from infra.embedded.nightly import own_jobs
    from infra.embedded.scheduler import Scheduler
    from infra.embedded.worker import Worker

    worker = Worker(world.service, world.queues)
    scheduler = Scheduler(
        world.service, world.schedules, world.store.table("engine"), world.ports.clock, own_jobs(world)
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.end())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor passes on what the keyboard says
    scheduler.start()
    worker.run()
    scheduler.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
