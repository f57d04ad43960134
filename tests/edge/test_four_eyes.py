"""Acts that need two officers: the first one's call changes nothing, the second one's is done once, whatever stops in between."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from functions.audit import http as audit
from functions.console import http as console
from shared.edge import http
from shared.edge.answers import Answer
from shared.edge.http import Route, Routes
from shared.identity.approvals import Approve, Call, Officer, ProposalState, Settle, ShowProposal
from shared.identity.linked import Given
from shared.identity.model import Role
from shared.identity.office import ChangeOfficeSettings, ReadOfficeSettings
from shared.kernel.errors import Forbidden, NotFound, Refused
from shared.kernel.ports import ABSENT, Put
from tests import hostile
from tests.edge_world import NOW, act, call, context, http_event, sample_world, session_of

ACT = "certificate.revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    reason: str


def end(request):
    """Ends a thing, once: a second end is refused."""
    table = request.ports.table("certificates")
    thing = request.params["thing"]
    if thing == "unknown":
        raise NotFound("certificate.unknown", certificate=thing)
    if table.get("thing", thing):
        raise Refused("certificate.ended")
    body = {"shape": 1, "reason": request.body.reason, "by": request.principal.id}
    table.commit([Put(partition="thing", sort=thing, body=body, expect=ABSENT)])
    if request.body.reason == "crash":
        raise RuntimeError
    return Answer({"ended": thing}, status=201)


ROUTES = Routes(
    "certificates",
    (
        Route(method="POST", path="/api/v1/things/{thing}/end", scope="certificate:write", run=end, body=Body,
              four_eyes=ACT),
    ),
)  # fmt: skip


def things(event, context):
    return http.answer(event, context, ROUTES)


@pytest.fixture
def world(tmp_path):
    with sample_world(tmp_path, keys=False) as world:
        ask(world, ACT)
        yield world


def ask(world, *acts):
    table = world.ports.table("identity")
    ChangeOfficeSettings(table)(act(world), replace(ReadOfficeSettings(table)(), second_officer=acts))


@pytest.fixture
def first(world):
    return session_of(world, Role.ORGANISER, person="first")


@pytest.fixture
def second(world):
    return session_of(world, Role.ORGANISER, person="second")


def ended(cookie, thing="1", reason="Sai tên", approval=None):
    headers = {"x-giaouoc-approval": approval} if approval else {}
    return call(
        things, http_event("POST", f"/api/v1/things/{thing}/end", {"reason": reason}, cookie=cookie, headers=headers)
    )


def standing(world, thing="1"):
    return world.ports.table("certificates").get("thing", thing)


def shown(cookie, approval):
    return call(audit.handler, http_event("GET", f"/api/v1/approvals/{approval}", cookie=cookie))[1]


def test_the_first_call_is_kept_and_changes_nothing(world, first, second):
    status, body = ended(first)
    assert status == 202
    assert standing(world) is None
    waiting = shown(second, body["approval"])
    assert (waiting["state"], waiting["open"], waiting["proposer"]) == ("OPEN", True, "first")
    assert "Sai tên" in waiting["body"]
    assert ended(first)[1] == body, "proposed again: the same one"


def test_the_second_officer_carries_it_out_and_both_stand_in_the_trail(world, first, second):
    approval = ended(first)[1]["approval"]
    assert ended(second, approval=approval) == (201, {"ended": "1"})
    assert standing(world).body["by"] == "second"
    done = shown(second, approval)
    assert (done["state"], done["decided_by"], done["body"]) == ("DONE", "second", "")
    lines = call(audit.handler, http_event("GET", f"/api/v1/audit?thing={approval}", cookie=first))[1]["lines"]
    act_line = next(line for line in lines if line["context"] == "certificates")
    assert (act_line["who"], act_line["proposer"], act_line["approval"]) == ("second", "first", approval)


@pytest.mark.parametrize("given_back", [False, True])
def test_what_would_be_refused_is_refused_at_once(world, first, second, given_back):
    assert ended(first, thing="unknown")[0] == 404
    approval = ended(first)[1]["approval"]
    ended(second, approval=approval)
    assert ended(first if given_back else second)[0] == 409


def test_nobody_agrees_with_himself(world, first):
    approval = ended(first)[1]["approval"]
    status, problem = ended(first, approval=approval)
    assert (status, problem["code"]) == (403, "approval.own")
    assert standing(world) is None


def test_another_body_is_another_act(world, first, second):
    approval = ended(first)[1]["approval"]
    assert ended(second, reason="Khác", approval=approval)[1]["code"] == "approval.other_call"
    assert ended(second, thing="2", approval=approval)[1]["code"] == "approval.other_call"
    assert standing(world) is standing(world, "2") is None


def test_who_may_not_do_it_may_not_agree(world, first):
    approval = ended(first)[1]["approval"]
    assert ended(session_of(world, Role.AUDITOR, person="auditor"), approval=approval)[0] == 403
    assert standing(world) is None


def test_after_three_days_it_has_to_be_proposed_again(world, first, second):
    approval = ended(first)[1]["approval"]
    world.ports.clock.set(NOW + timedelta(hours=72))
    second = session_of(world, Role.ORGANISER, person="second")
    assert ended(second, approval=approval)[1]["code"] == "approval.over"
    first = session_of(world, Role.ORGANISER, person="first")
    again = ended(first)[1]["approval"]
    assert ended(second, approval=again)[0] == 201


def test_a_thing_that_changed_meanwhile_is_refused_and_may_be_looked_at_again(world, first, second):
    approval = ended(first)[1]["approval"]
    ask(world)
    ended(session_of(world, Role.ADMIN, person="third"))
    ask(world, ACT)
    assert ended(second, approval=approval)[1]["code"] == "certificate.ended"
    assert shown(second, approval)["state"] == "OPEN"


def test_a_crash_after_the_act_is_repeated_without_doing_it_twice(world, first, second):
    approval = ended(first, reason="crash")[1]["approval"]
    assert ended(second, reason="crash", approval=approval)[0] == 500
    assert shown(second, approval)["state"] == "APPROVED"
    version = standing(world).version
    assert ended(second, reason="crash", approval=approval)[0] in (200, 204)
    assert standing(world).version == version
    assert shown(second, approval)["state"] == "DONE"


def test_a_crash_before_the_act_leaves_it_to_be_done(world, first, second):
    approval = ended(first)[1]["approval"]
    table = world.ports.table("identity")
    proposal = ShowProposal(table)(approval)
    Approve(table)(act(world), approval, proposal.call, Officer(id="second"))
    third = session_of(world, Role.ORGANISER, person="third")
    assert ended(third, approval=approval)[1]["code"] == "approval.over"
    assert ended(second, approval=approval)[0] == 201


def test_rejected_and_withdrawn_are_ends(world, first, second):
    approval = ended(first)[1]["approval"]
    path = f"/api/v1/approvals/{approval}"
    assert call(audit.handler, http_event("POST", f"{path}/rejection", {"reason": " "}, cookie=second))[0] == 422
    assert call(audit.handler, http_event("POST", f"{path}/rejection", {"reason": "Không"}, cookie=first))[0] == 403
    assert call(audit.handler, http_event("POST", f"{path}/withdrawal", cookie=second))[0] == 403
    status, body = call(audit.handler, http_event("POST", f"{path}/rejection", {"reason": "Chưa rõ"}, cookie=second))
    assert (status, body["state"], body["reason"]) == (200, "REJECTED", "Chưa rõ")
    assert ended(second, approval=approval)[1]["code"] == "approval.over"
    again = ended(first)[1]["approval"]
    status, body = call(audit.handler, http_event("POST", f"/api/v1/approvals/{again}/withdrawal", cookie=first))
    assert (status, body["state"]) == (200, "WITHDRAWN")
    assert standing(world) is None


def test_whom_the_proposer_has_just_given_rights_is_no_second_officer(world, first):
    approval = ended(first)[1]["approval"]
    table = world.ports.table("identity")
    call_ = ShowProposal(table)(approval).call
    friend = Officer(id="friend", given=(Given(by="first", to="friend", at=NOW - timedelta(hours=23)),))
    with pytest.raises(Forbidden, match="granted_lately"):
        Approve(table)(act(world), approval, call_, friend)
    older = Officer(id="friend", given=(Given(by="first", to="friend", at=NOW - timedelta(hours=25)),))
    assert Approve(table)(act(world), approval, call_, older).state is ProposalState.APPROVED
    Settle(table).done(approval)


def test_offices_of_one_officer_notice_nothing(world, first):
    ask(world)
    assert ended(first)[0] == 201


def test_a_call_is_known_by_method_path_and_body():
    one = Call(route="POST /a/{b}", method="POST", path="/a/1", body="{}")
    assert len({one.digest, replace(one, path="/a/2").digest, replace(one, body="{ }").digest}) == 3


def page(cookie, path):
    answer = console.handler(http_event("GET", path, cookie=cookie, headers={"accept": "text/html"}), context())
    assert answer["statusCode"] == 200, answer["body"]
    return answer["body"]


def test_the_page_shows_what_waits_and_to_whom_it_is_open(world, first, second):
    approval = ended(first, reason=hostile.HTML)[1]["approval"]
    world.ports.table("certificates").commit([Put(partition="x", sort="s", body={"shape": 1}, expect=ABSENT)])
    theirs, own = page(second, "/console/approvals"), page(first, "/console/approvals")
    assert f'data-approve="{approval}"' in theirs
    assert hostile.HTML not in theirs
    assert "data-approve" not in own
    assert f"/api/v1/approvals/{approval}/withdrawal" in own
    ended(second, reason=hostile.HTML, approval=approval)
    world.ports.table("certificates").commit([Put(partition="y", sort="s", body={"shape": 1}, expect=ABSENT)])
    assert approval in page(second, "/console/approvals?state=DONE")


@pytest.mark.parametrize(("sent", "seen"), [("2026-11-20", "20/11/2026"), ("2026-02-30", "2026-02-30")])
def test_days_of_a_proposal_are_shown_as_people_write_them(world, first, second, sent, seen):
    ended(first, reason=sent)
    world.ports.table("certificates").commit([Put(partition="x", sort="s", body={"shape": 1}, expect=ABSENT)])
    assert f'<dd lang="vi">{seen}</dd>' in page(second, "/console/approvals")


def test_the_trail_has_a_page(world, first, second):
    ended(second, approval=ended(first)[1]["approval"])
    shown = page(first, "/console/audit?lang=en")
    assert "Proposed by" in shown
    assert "/api/v1/audit/export?" in shown
    assert page(first, "/console/audit?q=khong-co-gi")
