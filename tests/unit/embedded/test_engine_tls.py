"""An office's own engine: a key session, then HTTPS under its own name, with what the sample has and an office must not."""

import http.client
import json
import os
import re
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.embedded.world import open_world
from shared.edge.trust import trust_list
from shared.identity.model import Grant, Principal, Role
from shared.identity.usecases import Invite
from tests.edge_world import act
from tests.trial_engine import Engine, command, environment, free_port, until

HOST = "thidua.tinh.example"
PASSPHRASE = "mật khẩu của các khóa 2027"
ROOT_PASSPHRASE = "mật khẩu của khóa gốc"


def make_certificate(folder: Path, name: str = HOST, days: int = 30) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


def settings(folder: Path, **more: str) -> dict[str, str]:
    """The environment of the office's engine, its certificate and passphrases made."""
    certificate, key = make_certificate(folder)
    (folder / "word").write_text(PASSPHRASE + "\n")
    (folder / "root-word").write_text(ROOT_PASSPHRASE + "\n")
    return environment(
        folder / "data",
        HOST=HOST,
        GIAOUOC_ISSUER="TDOAN",
        BIND="127.0.0.1",
        PORT=str(free_port()),
        TLS_CERT=str(certificate),
        TLS_KEY=str(key),
        KEY_PASSPHRASE_FILE=str(folder / "word"),
        ROOT_PASSPHRASE_FILE=str(folder / "root-word"),
        **more,
    )


def hold_keys(folder: Path, given: dict[str, str], *more: str, host: str = "") -> Any:
    host = host or f"{HOST}:{given['PORT']}"
    issuers = ["--issuer", "TDOAN=Ban Thường vụ Tỉnh đoàn", "--issuer", "SNV=Sở Nội vụ"]
    words = ["keys", "--data", str(folder / "data"), "--host", host, "--root", str(folder / "usb" / "root"), *issuers]
    return command(*words, *more, env=given)


class Office(Engine):
    """An engine that speaks HTTPS."""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, bytes]:
        context = ssl.create_default_context(cafile=str(self.data.parent / "cert.pem"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
        connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname=HOST)
        try:
            connection.request(method, path, body, {"Host": f"{HOST}:{self.port}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.call("GET", "/trial/pid")[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("office")
    given = settings(folder)
    made = hold_keys(folder, given)
    assert made.returncode == 0, made.stderr
    running = Office(folder / "data", **{name: given[name] for name in given if name not in ("DATA", "PYTHONPATH")})
    try:
        yield running.ready()
    finally:
        assert running.end() == 0


def test_the_key_session_makes_every_key_once_and_says_the_root_key(tmp_path: Path) -> None:
    given = settings(tmp_path)
    first = hold_keys(tmp_path, given)
    assert first.returncode == 0, first.stderr
    assert re.search(rf"Root key .*: {re.escape(HOST)}[:0-9]*/keys\+[0-9a-f]{{8}}\+", first.stdout)
    files = sorted(path.name for path in (tmp_path / "data" / "keys").glob("*.key"))
    assert f"Danh sách khóa số 1, {len(files)} khóa" in first.stdout
    assert {name.rsplit("-", 1)[0] for name in files} >= {
        f"{issuer}-{purpose}" for issuer in ("SNV", "TDOAN") for purpose in ("credential", "document", "seal", "ticket")
    }
    assert not list((tmp_path / "data").rglob("ROOT-*")), "the root key stays on its own disk"
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "data" / "keys").iterdir())
    again = hold_keys(tmp_path, given, "--issuer", "SGD=Sở Giáo dục")
    assert "Danh sách khóa số 2" in again.stdout
    assert set(files) < {path.name for path in (tmp_path / "data" / "keys").glob("*.key")}


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        (("--issuer", "snv=Sở Nội vụ"), "chưa đúng dạng MÃ=TÊN", "CODE=NAME"),
        (("--issuer", "SNV"), "chưa đúng dạng MÃ=TÊN", "CODE=NAME"),
        (("--host", "localhost"), "HOST=localhost không dùng được", "cannot be used"),
        (("--host", "Tỉnh.vn"), "không dùng được", "cannot be used"),
        (("--host", "thidua.tinh.vn:https"), "không dùng được", "cannot be used"),
    ],
)
def test_a_key_session_with_wrong_words(tmp_path: Path, words: tuple[str, ...], vi: str, en: str) -> None:
    run = hold_keys(tmp_path, settings(tmp_path), *words)
    assert run.returncode == 1
    assert vi in run.stderr
    assert en in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "data" / "keys").exists(), "nothing was made"


def test_it_serves_https_under_its_name(office: Office) -> None:
    status, _, body = office.call("GET", "/trial/echo")
    assert status == 200
    assert json.loads(body)["requestContext"]["domainName"] == f"{HOST}:{office.port}"
    connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=10)
    connection.request("GET", "/trial/pid")
    with pytest.raises((http.client.HTTPException, OSError)):  # no plain HTTP on that port
        connection.getresponse()
    connection.close()


def test_the_session_cookie_is_bound_to_the_host(office: Office) -> None:
    given = {
        "GIAOUOC_ENGINE": "embedded",
        "GIAOUOC_ORIGIN": f"https://{HOST}:{office.port}",
        "GIAOUOC_ISSUER": "TDOAN",
        "GIAOUOC_DATA": str(office.data),
        "GIAOUOC_DESCRIPTION": environment(office.data)["GIAOUOC_DESCRIPTION"],
    }
    world = open_world(given, PASSPHRASE)
    try:
        assert {issuer.code for issuer in trust_list(world.ports).issuers} == {"TDOAN", "SNV"}
        principal = Principal(kind="PERSON", id="p", grants=(Grant(role=Role.ORGANISER),))
        secret = Invite(world.ports.table("identity"))(
            act(world), principal, lifetime=timedelta(hours=1), session_hours=1
        )
    finally:
        world.close()
    body = json.dumps({"secret": secret})
    status, headers, _ = office.call("POST", "/api/v1/sessions", body)
    assert status == 201
    line = headers["set-cookie"]
    assert line.startswith("__Host-giaouoc=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in line.split(";")}
    assert "Domain" not in line
    shown = office.call("GET", "/api/v1/sessions", Cookie=line.partition(";")[0])
    assert json.loads(shown[2])["kind"] == "PERSON"


def test_there_is_no_mailbox(office: Office) -> None:
    assert office.call("GET", "/mailbox")[0] == 404
    assert office.call("GET", "/mailbox/x")[0] == 404


def refused(folder: Path, given: dict[str, str], vi: str, en: str) -> None:
    run = command("run", env=given, timeout=60)
    assert run.returncode == 1, run.stdout + run.stderr
    assert vi in run.stderr
    assert en in run.stderr
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "office", "a.localhost", "thi dua.vn", "192.168.1.5"]
)
def test_an_address_is_no_name(tmp_path: Path, host: str) -> None:
    refused(
        tmp_path, {**settings(tmp_path), "HOST": host}, f"HOST={host} không dùng được", "a name that the office owns"
    )


def test_without_keys_it_says_how_they_are_made(tmp_path: Path) -> None:
    given = settings(tmp_path)
    del given["KEY_PASSPHRASE_FILE"]
    refused(tmp_path, given, "giaouoc keys", "Make them first: giaouoc keys")
    refused(tmp_path, settings(tmp_path), "giaouoc keys", "giaouoc keys")


def test_keys_that_were_made_for_another_name(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert hold_keys(tmp_path, given, host="cu.example").returncode == 0
    refused(tmp_path, given, "được lập cho cu.example", "were made for cu.example")


@pytest.mark.parametrize("name", ["TLS_CERT", "TLS_KEY"])
def test_without_its_certificate_it_does_not_serve_a_network(tmp_path: Path, name: str) -> None:
    given = settings(tmp_path)
    refused(tmp_path, {**given, name: ""}, "cần cả HOST, TLS_CERT và TLS_KEY", "HOST, TLS_CERT and TLS_KEY together")
    refused(tmp_path, {**given, name: str(tmp_path / "none")}, "TLS_CERT", "TLS_CERT")


def test_an_office_says_under_which_code_it_issues(tmp_path: Path) -> None:
    given = settings(tmp_path)
    refused(tmp_path, {**given, "GIAOUOC_ISSUER": ""}, "Thiếu GIAOUOC_ISSUER", "GIAOUOC_ISSUER is missing")


def test_a_key_that_is_not_the_certificates(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert hold_keys(tmp_path, given).returncode == 0
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")
    refused(tmp_path, {**given, "TLS_KEY": str(other)}, "Không dùng được chứng thư TLS", "do not work together")
    (tmp_path / "cert.pem").write_text("Kính gửi")
    refused(tmp_path, given, "Không dùng được chứng thư TLS", "do not work together")


def test_a_certificate_for_another_name_or_time_is_reported_and_served(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert hold_keys(tmp_path, given).returncode == 0
    make_certificate(tmp_path, name="khac.example", days=-1)
    running = Office(tmp_path / "data", **{name: given[name] for name in given if name not in ("DATA", "PYTHONPATH")})
    try:
        until(lambda: "không ghi tên" in "".join(running.output))
        assert "đã hết hạn" in "".join(running.output)
        until(lambda: set(running.children()) == {"http", "worker"}, "it starts all the same")
    finally:
        assert running.end() == 0


def test_files_named_from_another_folder_are_found(tmp_path: Path) -> None:
    """The engine works in its own folder; what the caller named relative to his is still meant."""
    from infra.commands.run import plan

    settings(tmp_path)
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        made = plan(
            {"HOST": HOST, "GIAOUOC_ISSUER": "TDOAN", "TLS_CERT": "cert.pem", "TLS_KEY": "key.pem", "DATA": "data"}
        )
    finally:
        os.chdir(before)
    assert made.environment["TLS_CERT"] == str(tmp_path / "cert.pem")
    assert made.data == tmp_path / "data"
    assert (made.origin, made.port, made.sample) == (f"https://{HOST}", 443, False)
