"""Rights: what a role carries and what a grant reaches. Whatever is not allowed in so many words is refused."""

from hypothesis import given
from hypothesis import strategies as st

from shared.identity.model import PUBLIC, Grant, Principal, Role
from shared.identity.rules import CARRIES, ON_DEVICES, OWN, SCOPES, Allowed, Denied, Need, Reach, decide

UNITS = ("SNV", "TDOAN", "HCCB")
CEREMONY = "0123456789abcdef"


def person(*grants: Grant, kind: str = "PERSON", scopes: tuple[str, ...] | None = None) -> Principal:
    return Principal(kind=kind, id="p", grants=grants, scopes=scopes)


def lets(principal: Principal, scope: str, reach: Reach = Reach.ALL, **thing: object) -> bool:
    if "unit" in thing:
        thing["units"] = frozenset({str(thing.pop("unit"))})
    return isinstance(decide(principal, Need(scope=scope, reach=reach, **thing)), Allowed)  # type: ignore[arg-type]


def test_an_organiser_of_a_unit_reaches_what_is_its_own_and_nothing_else() -> None:
    one = person(Grant(role=Role.ORGANISER, reach="SNV"))
    assert decide(one, Need(scope="ceremony:write", reach=Reach.UNIT)) == Allowed(bound=True)
    assert lets(one, "ceremony:write", unit="SNV")
    assert not lets(one, "ceremony:write", unit="TDOAN")
    assert not lets(one, "ceremony:write"), "the whole office"


def test_an_organiser_of_the_office_needs_no_unit() -> None:
    everywhere = person(Grant(role=Role.ORGANISER))
    assert decide(everywhere, Need(scope="ceremony:write", reach=Reach.UNIT)) == Allowed(bound=False)
    assert lets(everywhere, "ceremony:write", unit="TDOAN")


def test_a_clerk_prepares_and_neither_opens_nor_signs() -> None:
    clerk = person(Grant(role=Role.CLERK, reach="SNV"))
    assert lets(clerk, "pledge:prepare", unit="SNV")
    for scope in ("pledge:write", "ceremony:write", "certificate:write", "approval:write", "admit"):
        assert not lets(clerk, scope, Reach.CEREMONY, unit="SNV"), scope


def test_an_auditor_reads_and_changes_nothing() -> None:
    auditor = person(Grant(role=Role.AUDITOR))
    assert lets(auditor, "audit:read")
    assert {scope for scope in SCOPES - OWN - {"public"} if lets(auditor, scope)} <= {
        scope for scope in SCOPES if scope.endswith(":read")
    }


def test_a_device_reaches_one_ceremony() -> None:
    gate = person(Grant(role=Role.GATE, reach=CEREMONY), kind="DEVICE")
    assert lets(gate, "admit", ceremony=CEREMONY)
    assert not lets(gate, "admit", ceremony="f" * 16)
    assert not lets(gate, "admit", Reach.UNIT)
    assert not lets(person(Grant(role=Role.GATE), kind="DEVICE"), "admit", Reach.CEREMONY), "a device of no ceremony"


def test_a_device_named_like_a_unit_is_no_organiser_of_it() -> None:
    assert not lets(person(Grant(role=Role.SCREEN, reach="SNV"), kind="DEVICE"), "hall:read", unit="SNV")


def test_what_is_missing_is_named() -> None:
    assert decide(PUBLIC, Need(scope="ceremony:read")) == Denied(code="http.sign_in", right="ceremony:read")
    assert decide(person(), Need(scope="ceremony:read")) == Denied(code="access.missing", right="ceremony:read")
    bound = person(Grant(role=Role.CLERK, reach="SNV"))
    assert decide(bound, Need(scope="ceremony:read", units=frozenset({"TDOAN"}))) == Denied(
        code="access.elsewhere", right="ceremony:read", own=("SNV",)
    )


def test_a_token_carries_what_it_was_given_and_no_more_than_its_maker() -> None:
    grants = (Grant(role=Role.ORGANISER),)
    token = person(*grants, kind="TOKEN", scopes=("ceremony:read", "setting:write"))
    assert lets(token, "ceremony:read")
    assert not lets(token, "ceremony:write"), "not given"
    assert not lets(token, "setting:write"), "its maker does not hold it"
    assert not lets(token, "account:write"), "a person's own"


roles = st.sampled_from(Role)
grants = st.builds(Grant, role=roles, reach=st.sampled_from(("*", *UNITS, CEREMONY, "")))
principals = st.builds(
    Principal,
    kind=st.sampled_from(("PERSON", "DEVICE", "TOKEN", "PUBLIC")),
    id=st.just("p"),
    grants=st.lists(grants, max_size=4).map(tuple),
    scopes=st.none() | st.lists(st.sampled_from(sorted(SCOPES)), max_size=5).map(tuple),
)
needs = st.builds(
    Need,
    scope=st.sampled_from([*sorted(SCOPES), "no:such", ""]),
    reach=st.sampled_from(Reach),
    units=st.none() | st.frozensets(st.sampled_from(UNITS), max_size=2),
    ceremony=st.none() | st.sampled_from((CEREMONY, "-")),
)


@given(principals, needs)
def test_nothing_is_allowed_without_a_grant_that_carries_and_reaches_it(principal: Principal, need: Need) -> None:
    if not isinstance(decide(principal, need), Allowed) or need.scope == "public":
        return
    assert need.scope in SCOPES
    if need.scope in OWN:
        assert principal.kind == "PERSON"
        return
    carried = [grant for grant in principal.grants if need.scope in CARRIES[grant.role] and grant.reach]
    assert carried
    assert principal.scopes is None or need.scope in principal.scopes
    if need.units is not None or need.ceremony is not None:
        assert any(
            grant.reach == need.ceremony
            if grant.role in ON_DEVICES
            else grant.reach == "*" or grant.reach in (need.units or ())
            for grant in carried
        )


@given(principals, grants, needs)
def test_a_further_grant_never_takes_anything_away(principal: Principal, more: Grant, need: Need) -> None:
    richer = Principal(kind=principal.kind, id=principal.id, grants=(*principal.grants, more), scopes=principal.scopes)
    if isinstance(decide(principal, need), Allowed):
        assert isinstance(decide(richer, need), Allowed)


@given(principals, needs)
def test_who_enters_bound_has_reached_nothing_yet(principal: Principal, need: Need) -> None:
    found = decide(principal, need)
    if isinstance(found, Allowed) and found.bound:
        assert need.units is None
        assert need.ceremony is None
        assert need.reach is not Reach.ALL
