"""A small client of the public HTTP API, as an office's own program would use it. Called by the sample and the benchmarks.

Standard library only. One connection, kept open; cookies are kept as a browser keeps them.
"""

from __future__ import annotations

import http.client
import json
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class ApiError(Exception):
    """An answer that is not a success: `status`, and the problem's code and sentence."""

    def __init__(self, method: str, path: str, status: int, problem: Any) -> None:
        code = problem.get("code", "") if isinstance(problem, dict) else ""
        super().__init__(f"{method} {path}: {status} {code}")
        self.status = status
        self.code = code
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Speaks to one host, with its own name as the origin."""

    def __init__(
        self, origin: str, timeout_s: float = 30.0, *, endpoint: str | None = None, host: str | None = None
    ) -> None:
        """`endpoint` is where the host is reached (http://127.0.0.1:PORT) if not under its name, `host` the Host header."""
        parts = urlsplit(endpoint or origin)
        self.origin = origin
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname or "", port, timeout=timeout_s, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
            self._connection.auto_open = 1
        self._host = host or parts.netloc
        self._cookies: dict[str, str] = {}
        self._new_link: Callable[[], str] | None = None

    def keep_signed_in(self, new_link: Callable[[], str]) -> Any:
        """Signs in, and again by a new link whenever a dangerous act wants a fresh proof.

        For programs of an operator, who has the terminal that makes links (decision 17).
        """
        self._new_link = new_link
        return self.sign_in(new_link())

    def sign_in(self, secret: str) -> Any:
        """Spends a one-time link; what the session may do."""
        return self.post("/api/v1/sessions", {"secret": secret})

    def get(self, path: str) -> Any:
        return self.request("GET", path).json()

    def post(self, path: str, body: Any = None) -> Any:
        """The answer's JSON, or None where it has no body."""
        reply = self.request("POST", path, {} if body is None else body)
        return reply.json() if reply.body else None

    def request(self, method: str, path: str, body: Any = None) -> Reply:
        """Raises ApiError for anything but a success."""
        headers = {"origin": self.origin, "host": self._host, "accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            headers["content-type"] = "application/json"
        return self._asked(method, path, data, headers)

    def post_file(self, path: str, data: bytes, content_type: str) -> Any:
        """POSTs a small file as the body; the answer's JSON."""
        headers = {"origin": self.origin, "host": self._host, "content-type": content_type}
        return self._asked("POST", path, data, headers).json()

    def upload(self, place: Mapping[str, Any], data: bytes) -> None:
        """Sends a large body where an Upload says: by PUT, or as the file of a form, which leads to another host."""
        if place.get("fields"):
            content_type, body = _form(place["fields"], data)
            _elsewhere("POST", str(place["url"]), body, {"content-type": content_type})
            return
        path = str(place["url"]).removeprefix(self.origin)
        self._send("PUT", path, data, {**place["headers"], "host": self._host})

    def download(self, url: str) -> bytes:
        """The bytes behind a signed link, here or on another host."""
        if not url.startswith(self.origin):
            return _elsewhere("GET", url, None, {})
        return self._send("GET", url.removeprefix(self.origin), None, {"host": self._host}).body

    def cookies(self) -> list[str]:
        """`name=value` of each, as API Gateway hands them to a function."""
        return [f"{name}={value}" for name, value in self._cookies.items()]

    def _asked(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        """The reply, after a new sign-in where one was asked for and can be had."""
        try:
            return self._send(method, path, data, dict(headers))
        except ApiError as refused:
            if refused.code != "identity.prove_again" or self._new_link is None:
                raise
        self.sign_in(self._new_link())
        return self._send(method, path, data, dict(headers))

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Reply:
        if self._cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # the server closed an idle connection: once more on a new one
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
        body = response.read()
        for line in response.headers.get_all("set-cookie", ()):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if response.status >= 400:
            raise ApiError(method, path.partition("?")[0], response.status, _problem(body))
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def close(self) -> None:
        self._connection.close()


def _problem(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _form(fields: Mapping[str, str], data: bytes) -> tuple[str, bytes]:
    """(content type, body) of a form (RFC 7578): the fields in their order, the file last."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
    body = "".join([*parts, head]).encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _elsewhere(method: str, url: str, data: bytes | None, headers: dict[str, str]) -> bytes:
    """One request to a signed address, without cookies."""
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise ApiError(method, urlsplit(url).path, error.code, _problem(error.read())) from None
