"""Each function's role and environment are exactly what it uses: told by one story on the AWS adapters (tests/aws_story.py).

Every finding of tests/role_check.py is a sentence that says what to add or to take out where. That the net holds is shown
by planting faults in copies of the packaged template: each is named with its function and permission.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.embedded.template import Function, load
from infra.sample.client import ApiError
from shared.identity.model import Role
from tests.architecture.packaging import ROOT
from tests.architecture.template_reading import listed
from tests.aws_calls import working_as
from tests.aws_journey import AwsEngine, facts_of, judge_by
from tests.aws_permissions import Need
from tests.aws_story import BEGINS, Story, tell
from tests.aws_template import ACCOUNT, REGION, packaged_template
from tests.iam_policy import roles
from tests.journey_world import journey
from tests.role_check import ELSEWHERE, findings, variables

Resources = dict[str, Any]
Fault = Callable[[Resources], None]

pytestmark = pytest.mark.timeout(600)  # the whole story is told before the first test: minutes on a busy machine


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    engine: AwsEngine | None = None
    with ExitStack() as kept:
        try:
            world = kept.enter_context(journey("aws", tmp_path_factory.mktemp("story"), at=BEGINS))
            assert isinstance(world.engine, AwsEngine)
            engine = world.engine
            engine.recorder.judge = None  # all findings at once, instead of the first refusal
            told = tell(world)
        except Exception as stopped:
            if said := not_set(stopped, engine):
                pytest.fail("the story cannot go on:\n" + "\n".join(said), pytrace=False)
            raise
        yield told


@pytest.fixture
def resources(whole_template: dict[str, Any]) -> Resources:
    """The packaged template's resources, to be changed at will."""
    return copy.deepcopy(whole_template["Resources"])


def judged(story: Story, resources: Resources) -> list[str]:
    template = packaged_template(resources)
    return findings(template, story.engine.recorder.calls, facts_of(template))


def asked(story: Story) -> dict[str, set[str]]:
    """What each function asks its environment for: by its ports in the story, and where its code names a variable."""
    found = {}
    for function in load(ROOT / "serverless.yml").functions:
        found[function.name] = story.engine.asked.get(function.name, set()) | named_in(_source(function))
    return found


def named_in(path: Path) -> set[str]:
    return set(re.findall(r'os\.environ(?:\[|\.get\()"(\w+)"', path.read_text("utf-8")))


def not_set(stopped: Exception, engine: AwsEngine | None) -> list[str]:
    """The variables that may have stopped the story: the one whose name the error bears, and all that were asked in vain."""
    said = []
    if isinstance(stopped, KeyError) and re.fullmatch(r"[A-Z][A-Z_]+", name := str(stopped.args[0])):
        readers = [one for one in load(ROOT / "serverless.yml").functions if name in named_in(_source(one))]
        said = [
            f"{one.name} reads {name}, which is not set: add it in infra/functions/{one.module.split('.')[1]}.yml"
            for one in readers
        ] or [f"every function reads {name}, which is not set: add it in serverless.yml"]
    if engine is not None:
        said += [each for each in variables(engine.aws.template, engine.asked) if "which is not set" in each]
    return said


def _source(function: Function) -> Path:
    return ROOT / f"{function.module.replace('.', '/')}.py"


def test_what_all_share_names_no_variable_of_a_deployment() -> None:
    """Else a function could miss one that no story asks for: settings are read once, by wiring and shared/aws/world.py."""
    shared = [path for path in (ROOT / "shared").rglob("*.py") if "embedded" not in path.parts]
    assert {name for path in shared for name in named_in(path)} <= set(ELSEWHERE)


def test_every_function_has_its_part_in_the_story(story: Story) -> None:
    heard = {call.by for call in story.engine.recorder.calls}
    assert {function.name for function in load(ROOT / "serverless.yml").functions} - heard == set()


def test_roles_allow_what_functions_do_and_nothing_else(story: Story, resources: Resources) -> None:
    said = judged(story, resources)
    assert not said, "\n".join(said)


def test_letters_come_from_the_offices_domain_alone(resources: Resources) -> None:
    """SES judges the sender's identity, and in its sandbox each recipient's: none of them lets anybody write as another."""
    template = packaged_template(resources)
    role, domain = roles(template)["NoticesSendInvitationRole"], template.name("MailDomain")
    for sender, allowed in (
        (f"khen-thuong@{domain}", True),
        (f"x@{domain}.other.example", False),
        ("x@bank.example", False),
    ):
        context = {"ses:FromAddress": frozenset({sender})}
        for identity in (sender.rpartition("@")[2], "an@unit.example"):
            resource = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}"
            need = Need(action="ses:SendRawEmail", resource=resource, context=context)
            assert role.allows(need) is allowed, need


def test_functions_are_given_what_they_read_and_nothing_else(story: Story, resources: Resources) -> None:
    said = variables(packaged_template(resources), asked(story))
    assert not said, "\n".join(said)


def statement(resources: Resources, role: str, action: str, resource: str = "") -> dict[str, Any]:
    """The statement of a role that allows an action, on what `resource` occurs in."""
    written: list[dict[str, Any]] = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    for one in written:
        one["Action"] = listed(one["Action"])
    return next(one for one in written if action in one["Action"] and resource in str(one["Resource"]))


def without(role: str, action: str, resource: str = "") -> Fault:
    return lambda resources: statement(resources, role, action, resource)["Action"].remove(action)


def also(role: str, action: str, resource: str, more: str) -> Fault:
    return lambda resources: statement(resources, role, action, resource)["Action"].append(more)


def on(role: str, action: str, resource: str, instead: Any) -> Fault:
    return lambda resources: statement(resources, role, action, resource).update(Resource=instead)


def if_(role: str, action: str, condition: Any, resource: str = "") -> Fault:
    return lambda resources: statement(resources, role, action, resource).update(Condition=condition)


TABLE = "arn:aws:dynamodb:ap-southeast-1:123456789012:table/giaouoc-dev-"
INDEXES = {"Fn::Sub": "${CeremoniesTable.Arn}/index/*"}
SEALS = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/giaouoc-dev/*/seal"}}
LAMBDA_ALONE = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
PLANTED: dict[str, tuple[Fault, tuple[str, ...]]] = {
    "a missing action": (
        without("CeremoniesAdmitRole", "dynamodb:UpdateItem"),
        (
            f"ceremoniesAdmit needs dynamodb:UpdateItem on {TABLE}ceremonies: add it to CeremoniesAdmitRole in ",
            "infra/functions/ceremonies.yml",
        ),
    ),
    "an item of a transaction": (
        without("CertificatesHttpRole", "dynamodb:DeleteItem"),
        ("certificatesHttp needs dynamodb:DeleteItem", "CertificatesHttpRole"),
    ),
    "a fact that rides along": (
        without("PledgesSealRole", "dynamodb:PutItem", "OutboxTable"),
        (f"pledgesSeal needs dynamodb:PutItem on {TABLE}outbox", "PledgesSealRole in infra/functions/pledges.yml"),
    ),
    "a letter written whole": (
        without("NoticesSendInvitationRole", "ses:SendRawEmail"),
        ("noticesSendInvitation needs ses:SendRawEmail", ":configuration-set/giaouoc-dev"),
    ),
    "a recipient of a trial stage": (
        without("NoticesSendInvitationRole", "ses:SendRawEmail", "identity/*"),
        ("noticesSendInvitation needs ses:SendRawEmail", ":identity/an@tinh.example"),
    ),
    "a letter in anybody's name": (
        if_("NoticesSendInvitationRole", "ses:SendEmail", {"StringLike": {"ses:FromAddress": "*"}}, "identity/*"),
        ("NoticesSendInvitationRole may ses:SendEmail on", "name it whole, in infra/functions/notices.yml"),
    ),
    "a signed upload address": (
        without("CeremoniesHttpRole", "s3:PutObject", "imports/"),
        ("ceremoniesHttp needs s3:PutObject on arn:aws:s3:::giaouoc-dev-documents", "imports/ceremonies..."),
    ),
    "another key": (
        if_("CeremoniesIssueTicketRole", "kms:Sign", SEALS),
        ("ceremoniesIssueTicket needs kms:Sign", "CeremoniesIssueTicketRole"),
    ),
    "a role passed to another service": (
        if_("CampaignsPlanCampaignRole", "iam:PassRole", LAMBDA_ALONE),
        ("campaignsPlanCampaign needs iam:PassRole on arn:aws:iam::123456789012:role/SchedulesRole",),
    ),
    "a queue that schedules send to": (
        on("SchedulesRole", "sqs:SendMessage", "", [{"Fn::GetAtt": ["BusDeadQueue", "Arn"]}]),
        ("SchedulesRole needs sqs:SendMessage", "giaouoc-dev-deliver-reminder", "infra/schedules.yml"),
    ),
    "everything of a table": (
        on("CeremoniesAdmitRole", "dynamodb:UpdateItem", "", "*"),
        ("CeremoniesAdmitRole may dynamodb:UpdateItem on *: name the resource",),
    ),
    "every action": (
        also("CeremoniesAdmitRole", "dynamodb:UpdateItem", "", "dynamodb:*"),
        ("CeremoniesAdmitRole may dynamodb:* on", "name each action that is used"),
    ),
    "every index": (
        on("CeremoniesHttpRole", "dynamodb:Query", "index1", INDEXES),
        ("CeremoniesHttpRole may dynamodb:Query on", "name it whole, in infra/functions/ceremonies.yml"),
    ),
    "an action that nobody uses": (
        also("CeremoniesHttpRole", "s3:PutObject", "imports/", "s3:DeleteObject"),
        ("CeremoniesHttpRole may s3:DeleteObject on", "which no journey uses: take it out"),
    ),
    "what the trigger needs": (
        without("CeremoniesIssueTicketRole", "sqs:DeleteMessage"),
        ("CeremoniesIssueTicketRole lacks sqs:DeleteMessage", "giaouoc-dev-issue-ticket"),
    ),
    "what the stream puts aside": (
        without("OutboxRelayRole", "sqs:SendMessage"),
        ("OutboxRelayRole lacks sqs:SendMessage", "giaouoc-dev-outbox-dead", "infra/functions/outbox.yml"),
    ),
    "to hear that an object is not there": (
        without("PublicPagesRole", "s3:ListBucket"),
        ("PublicPagesRole lacks s3:ListBucket on arn:aws:s3:::giaouoc-dev-documents",),
    ),
    "traces": (
        without("PublicVerifyRole", "xray:PutTraceSegments"),
        ("PublicVerifyRole lacks xray:PutTraceSegments on *",),
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_of_a_role_is_named(story: Story, resources: Resources, fault: str) -> None:
    plant, words = PLANTED[fault]
    plant(resources)
    said = judged(story, resources)
    assert said
    for word in words:
        assert any(word in sentence for sentence in said), said


def test_a_planted_fault_of_an_environment_is_named(story: Story, resources: Resources) -> None:
    given = resources["PublicVerifyLambdaFunction"]["Properties"]["Environment"]["Variables"]
    del given["GIAOUOC_DOCUMENTS"]
    given["GIAOUOC_FORGOTTEN"] = "1"
    del resources["OutboxRelayLambdaFunction"]["Properties"]["Environment"]["Variables"]["BUS"]
    said = variables(packaged_template(resources), asked(story))
    where = "serverless.yml (for all) or infra/functions/public.yml"
    assert sorted(said) == [
        "outboxRelay reads BUS, which is not set: add it in serverless.yml (for all) or infra/functions/outbox.yml",
        f"publicVerify is given GIAOUOC_FORGOTTEN, which nothing reads: take it out of {where}",
        f"publicVerify reads GIAOUOC_DOCUMENTS, which is not set: add it in {where}",
    ]


def test_a_variable_without_which_the_story_stops_is_named() -> None:
    assert not_set(KeyError("BUS"), None) == [
        "outboxRelay reads BUS, which is not set: add it in infra/functions/outbox.yml"
    ]
    assert not_set(KeyError("GIAOUOC_PUBLIC"), None) == [
        "every function reads GIAOUOC_PUBLIC, which is not set: add it in serverless.yml"
    ]
    assert not_set(KeyError("ceremony"), None) == not_set(IndexError(0), None) == []


def test_a_journey_is_refused_what_a_role_does_not_allow(story: Story, resources: Resources) -> None:
    without("CeremoniesAdmitRole", "dynamodb:GetItem", "IdentityTable")(resources)
    ports, recorder = story.engine.ports_of("ceremoniesAdmit"), story.engine.recorder
    gate = story.world.signed_in(Role.GATE, story.ceremony, place="Cổng A")
    recorder.judge = judge_by(packaged_template(resources))
    try:
        with (
            working_as("ceremoniesAdmit"),
            pytest.raises(ClientError, match="CeremoniesAdmitRole does not let") as told,
        ):
            ports.table("identity").get("session#1", "session")
        assert told.value.response["Error"]["Code"] == "AccessDeniedException"
        with pytest.raises(ApiError) as refused:
            gate.post("/api/v1/admissions", {})
        assert refused.value.status == 500
    finally:
        recorder.judge = None


def test_a_journey_stops_where_a_variable_is_not_declared(story: Story, resources: Resources) -> None:
    del resources["CeremoniesAdmitLambdaFunction"]["Properties"]["Environment"]["Variables"]["GIAOUOC_PUBLIC"]
    aws = copy.copy(story.engine.aws)
    aws.template = packaged_template(resources)
    with pytest.raises(KeyError, match="GIAOUOC_PUBLIC"):
        AwsEngine(aws, story.engine.recorder).ports_of("ceremoniesAdmit")
