"""Gates that scan as fast as they are answered: a process of its own, so that its CPU is not counted as the server's.

`python -m infra.bench.door_clients PORT COOKIE CEREMONY CLIENTS` reads ticket texts from standard input, one a line. Each
line goes to one client, or with SHARED before the word CLIENTS to every client. Prints {"statuses", "latencies_ms", "seconds"}.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time


class Door:
    """One gate with one connection, kept open."""

    def __init__(self, port: int, cookie: str, ceremony: str, name: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST /api/v1/admissions HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\n"
            f"content-type: application/json\r\ncookie: {cookie}\r\ncontent-length: "
        )
        self._ceremony = ceremony
        self._name = name
        self.statuses: dict[str, int] = {}
        self.latencies: list[float] = []

    def scan(self, texts: list[str]) -> None:
        """Scans one ticket after another."""
        for number, text in enumerate(texts):
            body = json.dumps(
                {"ceremony": self._ceremony, "text": text, "scan_id": f"{self._name}-{number:08}", "gate": self._name}
            ).encode()
            request = f"{self._head}{len(body)}\r\n\r\n".encode() + body
            started = time.perf_counter()
            self._socket.sendall(request)
            status = self._answer()
            self.latencies.append((time.perf_counter() - started) * 1000)
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def _answer(self) -> str:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._socket.recv(65536)
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(rest) < length:
            rest += self._socket.recv(65536)
        return head.split(b" ", 2)[1].decode()


def main(words: list[str]) -> int:
    """See the module."""
    port, cookie, ceremony = int(words[0]), words[1], words[2]
    shared = words[3] == "SHARED"
    clients = int(words[-1])
    texts = sys.stdin.read().split()
    doors = [Door(port, cookie, ceremony, f"gate{number}") for number in range(clients)]
    portions = [texts if shared else texts[number::clients] for number in range(clients)]
    threads = [
        threading.Thread(target=door.scan, args=(portion,)) for door, portion in zip(doors, portions, strict=True)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    statuses: dict[str, int] = {}
    for door in doors:
        for status, count in door.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    latencies = [round(value, 3) for door in doors for value in door.latencies]
    print(json.dumps({"statuses": statuses, "latencies_ms": latencies, "seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
