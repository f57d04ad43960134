"""The key session: a year ahead, nothing of earlier sessions lost, the list signed by the root and following the last one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.commands.key_session import RETIRED_IN, YEARLY, IssuerName, Withdrawal, hold
from shared.edge.trust_files import LIST_KEY, ROOT_KEY, SIGNATURE_KEY
from shared.embedded.keyfiles import KeyFolder
from shared.embedded.objects import FolderObjects
from shared.kernel import trust_json
from shared.kernel.clock import FixedClock
from shared.kernel.errors import Refused
from shared.kernel.notes import parse_vkey
from shared.kernel.trust import Purpose, Revocation
from shared.kernel.trust_root import sign_list, verify_list

NOW = datetime(2027, 2, 12, 9, 30, tzinfo=UTC)
HOST = "thidua.tinh.example"
TDOAN, SNV = IssuerName(code="TDOAN", name="Tỉnh đoàn"), IssuerName(code="SNV", name="Sở Nội vụ")


class Office:
    def __init__(self, folder):
        self.clock = FixedClock(NOW)
        self.keys = KeyFolder(folder / "keys", b"passphrase-of-keys", self.clock)
        self.root = KeyFolder(folder / "root", b"passphrase-of-root", self.clock)
        secret = folder / "secret"
        made = [
            FolderObjects(folder / name, origin=f"https://{HOST}", clock=self.clock, secret_file=secret)
            for name in ("public", "private")
        ]
        self.public, self.private = made

    def session(self, *issuers, at=NOW, **more):
        self.clock.at = at
        return hold(
            host=HOST,
            issuers=issuers,
            keys=self.keys,
            root=self.root,
            public=self.public,
            private=self.private,
            now=at,
            **more,
        )

    def verified(self):
        root = parse_vkey(self.private.get(ROOT_KEY).decode().strip())
        return verify_list(self.public.get(LIST_KEY), self.public.get(SIGNATURE_KEY), root).trust


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def test_keys_are_made_a_year_ahead_without_a_gap(office):
    trust = office.session(TDOAN)
    for purpose in YEARLY:
        spans = sorted((k.valid_from, k.valid_until) for k in trust.keys if k.purpose.value == purpose)
        assert len(spans) == 2
        assert spans[0][1] == spans[1][0]
        assert spans[1][1] > (NOW + timedelta(days=366)).timestamp()
    in_a_year = NOW + timedelta(days=380)
    office.clock.at = in_a_year
    assert office.keys.signer("TDOAN", "ticket").kid in {key.kid for key in trust.keys}


def test_the_published_list_is_signed_by_the_root(office):
    trust = office.session(TDOAN, SNV)
    assert office.verified() == trust
    assert [issuer.did for issuer in trust.issuers] == [f"did:web:{HOST}", f"did:web:{HOST}:i:SNV"]


def test_a_later_session_with_fewer_issuers_loses_nobody(office):
    first = office.session(TDOAN, SNV)
    later = office.session(IssuerName(code="SNV", name="Sở Nội vụ tỉnh"), at=NOW + timedelta(days=360))
    assert [(issuer.code, issuer.name, issuer.did) for issuer in later.issuers] == [
        ("TDOAN", "Tỉnh đoàn", f"did:web:{HOST}"),
        ("SNV", "Sở Nội vụ tỉnh", f"did:web:{HOST}:i:SNV"),
    ]
    assert set(first.keys) < set(later.keys)
    assert later.log == first.log
    assert trust_json.follows(later, first)


def test_a_revoked_key_stays_revoked(office):
    first = office.session(TDOAN)
    stolen = next(key for key in first.keys if key.purpose is Purpose.TICKET)
    at = int(NOW.timestamp()) + 60
    marked = tuple(
        replace(key, revoked_at=at, revoked_for=Revocation.COMPROMISED) if key == stolen else key for key in first.keys
    )
    revoked = trust_json.next_list(first, issued_at=at, keys=marked)
    office.public.replace(LIST_KEY, trust_json.list_bytes(revoked), "application/json")
    signer = office.root.signer("ROOT", "root")
    office.public.replace(SIGNATURE_KEY, sign_list(revoked, HOST, signer), "text/plain")
    later = office.session(TDOAN, at=NOW + timedelta(days=300))
    assert later.key(stolen.kid).compromised
    assert later.seq == 3


def test_a_retired_key_of_the_folder_gives_way_in_a_quarter_of_an_hour(office):
    office.session(TDOAN)
    old = office.keys.signer("TDOAN", "ticket").kid
    at = NOW + timedelta(days=30)
    trust = office.session(at=at, withdrawals=[Withdrawal(kid=old, why=Revocation.RETIRED)])
    assert office.keys.signer("TDOAN", "ticket").kid == old
    office.clock.at = at + RETIRED_IN
    new = office.keys.signer("TDOAN", "ticket").kid
    assert trust.key(old).revoked_at == trust.key(new).valid_from == int(office.clock.at.timestamp())
    assert trust.key(new).valid_until == trust.key(old).valid_until
    assert office.verified() == trust


def test_a_retired_key_that_turns_out_stolen_is_marked_so(office):
    office.session(TDOAN)
    key = office.keys.signer("TDOAN", "document").kid
    first = office.session(at=NOW + timedelta(days=1), withdrawals=[Withdrawal(kid=key, why=Revocation.RETIRED)])
    stolen = Withdrawal(kid=key, why=Revocation.COMPROMISED)
    later = office.session(at=NOW + timedelta(days=2), withdrawals=[stolen])
    assert later.key(key).compromised
    assert later.key(key).revoked_at == first.key(key).revoked_at, "what was signed since then never stood"
    back = office.session(at=NOW + timedelta(days=3), withdrawals=[Withdrawal(kid=key, why=Revocation.RETIRED)])
    assert back.key(key).compromised, "a stolen key stays stolen"


def test_a_session_without_changes_makes_no_list(office):
    first = office.session(TDOAN)
    assert office.session(TDOAN, at=NOW + timedelta(days=100)) == first


def test_the_wrong_root_disk_changes_nothing(office, tmp_path):
    first = office.session(TDOAN)
    office.root = KeyFolder(tmp_path / "another", b"passphrase-of-root", office.clock)
    with pytest.raises(Refused, match=r"keys\.other_root"):
        office.session(TDOAN, SNV)
    assert not office.root.keys()
    assert office.verified() == first


def test_the_first_session_names_an_issuer(office):
    with pytest.raises(Refused, match=r"keys\.no_issuer"):
        office.session()
