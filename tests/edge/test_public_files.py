"""Public files go out with the same type and the same life on both engines: on AWS as they were written, here by name."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.transparency import write_log
from infra.embedded.static_files import StaticFiles
from infra.embedded.world import World
from shared.aws.clients import Clients
from shared.aws.objects import S3Objects
from shared.edge.answers import FILES
from shared.edge.status_lists import sign_all
from shared.edge.trust import trust_list
from shared.edge.trust_files import LIST_KEY, SIGNATURE_KEY, past_list_key
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.public_files import FOR_EVER, caching
from tests.edge_world import context, sample_world


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    with sample_world(tmp_path_factory.mktemp("public")) as made:
        write_log.handler({"source": "giaouoc.schedule"}, context())
        sign_all(made.ports, made.ports.clock.now())
        yield made


def test_an_issuer_without_a_key_holds_up_no_other_and_is_heard_of(world: World) -> None:
    """What the clock starts rings by its error alone (infra/alarms.yml): a run that signed only some lists has failed."""
    keyring, stored = world.ports.keyring, []

    class Lost:
        def signer(self, issuer: str, purpose: str, *, length: int = 0) -> Any:
            if issuer == first.code:
                raise Unavailable("keys.no_key", issuer=issuer, purpose=purpose)
            stored.append(issuer)
            return keyring.signer(issuer, purpose, length=length)

    first, *others = trust_list(world.ports).issuers
    with pytest.raises(Unavailable) as caught:
        sign_all(replace(world.ports, keyring=Lost()), world.ports.clock.now())  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.facts["issuer"]) == ("keys.no_key", first.code)
    assert set(stored) == {one.code for one in others} != set()


def keys_of(world: World) -> list[str]:
    kept = world.folder.public / "data"
    return sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file())


def test_a_file_has_the_type_that_it_was_written_with(world: World) -> None:
    files = StaticFiles(world.ports.public)
    keys = keys_of(world)
    assert {key.split("/")[0] for key in keys} == {".well-known", "i", "log", "status"}
    for key in keys:
        found = files.find(f"/{key}", None)
        assert found is not None
        assert found.headers["content-type"] == world.ports.public.content_type(key), key  # type: ignore[attr-defined]


def test_a_file_may_be_kept_as_long_on_both_engines(world: World) -> None:
    files = StaticFiles(world.ports.public)
    for key in keys_of(world):
        found = files.find(f"/{key}", None)
        assert found is not None
        assert found.headers["cache-control"] == caching(key)
        assert found.headers["access-control-allow-origin"] == "*"
        assert FILES.items() <= found.headers.items()


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("log/checkpoint", "no-cache"),
        ("log/tile/0/000", FOR_EVER),
        ("log/tile/entries/000.p/3", FOR_EVER),
        ("status/TDOAN-0-revocation.cwt", "public, max-age=60"),
        (LIST_KEY, "no-cache"),
        (SIGNATURE_KEY, "no-cache"),
        (past_list_key(3), "public, max-age=60"),
        ("i/THPT/did.json", "public, max-age=60"),
        ("static/style.css", "public, max-age=300"),
    ],
)
def test_how_long_a_key_may_be_kept(key: str, kept: str) -> None:
    assert caching(key) == kept


def test_a_list_and_its_signature_are_asked_for_each_time_and_sent_when_changed(world: World) -> None:
    files = StaticFiles(world.ports.public)
    for key in (LIST_KEY, SIGNATURE_KEY):
        first = files.find(f"/{key}", None)
        assert first is not None
        again = files.find(f"/{key}", first.headers["etag"])
        assert again is not None
        assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", "no-cache")


def test_on_aws_an_object_carries_its_life() -> None:
    """CloudFront and browsers go by what the object says; a file that is missing says nothing, and is asked for again."""
    sent = []

    class Client:
        def put_object(self, **given):
            sent.append(given)

    objects = S3Objects(Client(), "public", clock=SystemClock(), caching=caching)
    objects.put_new("log/tile/0/000", b"1", "application/octet-stream")
    objects.replace("log/checkpoint", b"2", "text/plain; charset=utf-8")
    S3Objects(Client(), "documents").put_new("pledges/1/sealed.pdf", b"3", "application/pdf")
    assert [one.get("CacheControl") for one in sent] == [FOR_EVER, "no-cache", None]


def test_forms_and_downloads_name_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages may reach exactly that name (edge/pages.py), and a name without the region redirects while a bucket is new."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    objects = S3Objects(Clients("ap-southeast-1").get("s3"), "giaouoc-prod-documents-1-ap-southeast-1")
    host = "https://giaouoc-prod-documents-1-ap-southeast-1.s3.ap-southeast-1.amazonaws.com/"
    assert objects.upload_url("imports/x", content_type="text/csv", max_bytes=10).url == host
    assert objects.download_url("a.pdf", filename="a.pdf").startswith(host)
