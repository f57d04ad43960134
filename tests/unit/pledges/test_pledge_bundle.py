"""The bundle of a sealed pledge: whole as made; whatever is removed, swapped, replayed or altered is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.kernel.canonical import digest
from shared.kernel.errors import NotFound
from shared.kernel.keys import PublicKey, ed25519_key
from shared.pledges.bundle import MakeBundle, check_bundle
from shared.pledges.sealing import BeginSealing, RecordSealed
from tests.unit.pledges.parties import Hall, act

Bundle = dict[str, Any]


@pytest.fixture
def bundle(hall: Hall, table: Any) -> Bundle:
    hall.all_but()
    plan = BeginSealing(table, hall.keys)(act(1), hall.pledge.id, 1)
    RecordSealed(table)(act(1), plan, pdf_sha256="ab" * 32)
    made: Bundle = json.loads(json.dumps(MakeBundle(table)(hall.pledge.public_id or "")))
    return made


@pytest.fixture
def key_of(hall: Hall) -> Callable[[bytes], PublicKey | None]:
    signer = hall.keys.signer("TDOAN", "document")
    return lambda kid: ed25519_key(signer.public_key()) if kid == signer.kid else None


def faults(bundle: Bundle, key_of: Any) -> list[tuple[str, int | None]]:
    return [(finding.code.removeprefix("bundle."), finding.party) for finding in check_bundle(bundle, key_of)]


def test_a_bundle_as_made_holds_and_says_nothing_of_how_to_reach_anybody(bundle: Bundle, key_of: Any) -> None:
    assert faults(bundle, key_of) == []
    assert len(bundle["signatures"]) == 12
    assert "@" not in json.dumps(bundle)


def test_an_unsealed_pledge_has_no_bundle(hall: Hall, table: Any) -> None:
    for public_id in (hall.pledge.public_id or "", "0" * 39):
        with pytest.raises(NotFound):
            MakeBundle(table)(public_id)


def test_what_was_done_to_a_bundle_is_named(bundle: Bundle, key_of: Any) -> None:
    def after(change: Callable[[Bundle], Any]) -> list[tuple[str, int | None]]:
        changed = copy.deepcopy(bundle)
        change(changed)
        return faults(changed, key_of)

    signatures = bundle["signatures"]

    def swap(b: Bundle) -> None:
        b["signatures"][2]["attestation"] = signatures[3]["attestation"]

    def replay(b: Bundle) -> None:
        b["signatures"][2] = {**copy.deepcopy(signatures[3]), "party": 3}

    def rewrite(b: Bundle) -> None:
        b["text"]["contents"][0]["text"] += " sửa"
        b["text_sha256"] = digest(b["text"]).hex()

    assert after(lambda b: b["signatures"].pop(4)) == [("signature_missing", 5)]
    assert after(lambda b: b["signatures"].append(signatures[0])) == [("signature_twice", 1)]
    assert after(swap) == [("signature_altered", 3)]
    assert after(replay) == [("signature_of_another_party", 3)]
    assert after(lambda b: b["text"].update(title="Khác")) == [("text_altered", None)]
    assert after(rewrite) == [("token_of_another", None), *[("signature_of_another_text", no) for no in range(1, 13)]]
    assert after(lambda b: b["signatures"][1]["statement"]["signer"].update(name="Ai đó")) == [("signature_altered", 2)]
    assert after(lambda b: b["signatures"][1].update(means="PASSKEY")) == [("unknown_means", 2)]
    assert after(lambda b: b["signatures"][1].update(received_at="2027-02-13T05:00:00Z")) == [("signature_altered", 2)]
    assert after(lambda b: b.update(version=2))[0] == ("signature_of_another_text", 1)
    assert after(lambda b: b.update(more=1)) == [("form", None)]
    assert faults(bundle, lambda _: None)[0] == ("unknown_key", None)


def paths(value: Any, where: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path for key, inner in value.items() for path in paths(inner, (*where, key))]
    if isinstance(value, list):
        return [path for place, inner in enumerate(value) for path in paths(inner, (*where, place))]
    return [where]


NOT_SIGNED = {"pdf_sha256", "sealed_at", "disputed_at"}
"""What the record says beside the signatures; status and log speak about it elsewhere."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_single_change_to_what_is_signed_goes_unseen(bundle: Bundle, key_of: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in paths(bundle) if path[-1] not in NOT_SIGNED]))
    value = data.draw(st.sampled_from(["", "x", 0, 10**6, None, [], {}, "\u0660", -1, True]))
    changed = copy.deepcopy(bundle)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    if inner[path[-1]] == value and type(inner[path[-1]]) is type(value):
        return
    inner[path[-1]] = value
    assert check_bundle(changed, key_of)
