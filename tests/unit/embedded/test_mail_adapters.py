"""Maildir and SMTP beyond the contract: repeats, a reader at work, the server's answers, TLS; short messages."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.embedded.mail import SmtpServer, SpoolSms
from shared.kernel.errors import Problem, Refused, Unavailable
from shared.kernel.ports import Letter, TextMessage
from shared.texts import catalogue
from tests.contract.mail_servers import CLOCK, MaildirPost, SmtpPost


def letter(number: int = 1, to: str = "a@b.example") -> Letter:
    return Letter(id=f"notice {number}/../x", to=to, to_name="A", subject=f"S{number}", text="T")


@pytest.fixture
def smtp() -> Iterator[SmtpPost]:
    post = SmtpPost()
    yield post
    post.close()


def test_the_same_letter_is_delivered_once(tmp_path: Path) -> None:
    post = MaildirPost(tmp_path)
    for _ in range(3):
        post.mail.send(letter(1))
    post.mail.send(letter(2))
    assert len(post.delivered()) == 2
    assert list((post.folder / "tmp").iterdir()) == []


def test_a_letter_that_was_read_is_not_delivered_again(tmp_path: Path) -> None:
    post = MaildirPost(tmp_path)
    post.mail.send(letter(1))
    [path] = (post.folder / "new").iterdir()
    path.rename(post.folder / "cur" / f"{path.name}:2,S")
    post.mail.send(letter(1))
    assert len(post.delivered()) == 1
    assert list((post.folder / "new").iterdir()) == []


def test_letters_are_for_the_offices_eyes_only(tmp_path: Path) -> None:
    post = MaildirPost(tmp_path)
    post.mail.send(letter())
    [path] = (post.folder / "new").iterdir()
    assert path.stat().st_mode & 0o077 == 0


def test_smtp_hands_over_with_the_right_envelope(smtp: SmtpPost) -> None:
    smtp.mail.send(letter())
    assert smtp.envelopes == [("giao-uoc@tdkt.tinh.example", "a@b.example")]


@pytest.mark.parametrize(
    ("to", "data", "kind", "code"),
    [
        ("550@b.example", b"250 ok", Refused, "mail.address_refused"),
        ("450@b.example", b"250 ok", Unavailable, "mail.later"),
        ("a@b.example", b"554 5.7.1 spam", Refused, "mail.letter_refused"),
        ("a@b.example", b"451 4.7.1 later", Unavailable, "mail.later"),
    ],
)
def test_the_servers_answers(smtp: SmtpPost, to: str, data: bytes, kind: type[Problem], code: str) -> None:
    smtp.data_answer = data
    with pytest.raises(kind) as caught:
        smtp.mail.send(letter(to=to))
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert code in catalogue()
    assert "b.example" not in repr(caught.value)


def test_an_unreachable_server_a_refused_login_and_no_tls_are_for_later(smtp: SmtpPost) -> None:
    with pytest.raises(Unavailable) as caught:
        smtp.client(user="u", password="p").send(letter())
    assert caught.value.code == "mail.login_refused"
    for settings, code in (
        ({"security": "tls"}, "mail.no_tls"),
        ({"security": "starttls"}, "mail.no_server"),
        ({"port": 1}, "mail.no_server"),
    ):
        with pytest.raises(Unavailable) as caught:
            smtp.client(timeout_s=1, **settings).send(letter())
        assert caught.value.code in (code, "mail.no_server", "mail.no_tls")
    assert smtp.delivered() == []


def server_identity(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A mail server's side of TLS with a certificate of the office's own, and a client's that trusts it."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_letters_travel_encrypted_to_a_server_that_proves_its_name(tmp_path: Path, security: str) -> None:
    identity, trusting = server_identity(tmp_path)
    post = SmtpPost(identity, implicit=security == "tls")
    try:
        post.client(trusting, security=security).send(letter())
        assert len(post.delivered()) == 1
        with pytest.raises(Unavailable) as caught:
            post.client(security=security).send(letter())  # the system's trust anchors know no such server
        assert caught.value.code == "mail.no_tls"
        assert len(post.delivered()) == 1
    finally:
        post.close()


def test_nothing_goes_over_a_network_in_clear() -> None:
    with pytest.raises(ValueError):
        SmtpServer(host="mail.example", port=25, security="none")
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


def test_short_messages_are_spooled_once(tmp_path: Path) -> None:
    sms = SpoolSms(tmp_path / "sms", clock=CLOCK)
    for _ in range(2):
        sms.send(TextMessage(id="n1", to="+84951234567", text="Mã vào cửa: 123456"))
    [path] = (tmp_path / "sms" / "new").iterdir()
    assert json.loads(path.read_text("utf-8")) == {
        "id": "n1",
        "to": "+84951234567",
        "text": "Mã vào cửa: 123456",
        "at": "2027-02-12T00:30:00Z",
    }
    for to, text in (("0951234567", "x"), ("+84951234567\n", "x"), ("+84951234567", ""), ("+84951234567", "x" * 2000)):
        with pytest.raises(Refused):
            sms.send(TextMessage(id="n2", to=to, text=text))
