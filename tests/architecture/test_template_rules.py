"""Every rule holds for the packaged template, and finds the fault when one is planted."""

import ast
import copy
from collections.abc import Callable
from typing import Any

import pytest

from infra.build.openapi import route_tables
from infra.embedded.template.assemble import resolve
from shared.edge.http import SAFE
from tests.architecture import distribution_rules, queue_rules, template_rules
from tests.architecture.packaging import ROOT
from tests.architecture.template_reading import Template, of
from tests.architecture.template_rules import PASSING, Faults

Rule = Callable[[Template], Faults]
RULES: tuple[Rule, ...] = (*template_rules.RULES, *queue_rules.RULES, *distribution_rules.RULES)
STAGE = "HttpApiStage.Properties"
FRONT = "Distribution.Properties.DistributionConfig"
STREAM = "OutboxRelayEventSourceMappingDynamodbOutboxTable.Properties"
GONE = object()

# What stands where: a place in Resources, what is put there instead (GONE: nothing), and the rule that must notice.
PLANTED: tuple[tuple[str, str, Any], ...] = (
    ("requests_are_throttled", f"{STAGE}.DefaultRouteSettings.ThrottlingRateLimit", GONE),
    ("requests_are_throttled", f"{STAGE}.RouteSettings.ANY /v/{{id}}", GONE),
    ("requests_are_throttled", f"{STAGE}.RouteSettings.POST /api/v1/tickets/{{proxy+}}.ThrottlingRateLimit", 5000),
    ("requests_are_throttled", f"{STAGE}.RouteSettings.GET /nowhere", {"ThrottlingRateLimit": 1}),
    ("requests_are_throttled", "HttpApiStage.DependsOn", []),
    ("requests_end_while_somebody_waits", "CeremoniesHttpLambdaFunction.Properties.Timeout", 60),
    ("pages_answer_head_and_say_what_is_no_page", "HttpApiRouteAnyVIdVar.Properties.RouteKey", "GET /v/{id}"),
    ("pages_answer_head_and_say_what_is_no_page", "HttpApiRouteDefault", GONE),
    ("no_other_site_may_call", "HttpApi.Properties.CorsConfiguration", {"AllowOrigins": ["*"]}),
    ("requests_are_logged_without_people", f"{STAGE}.AccessLogSettings", GONE),
    ("requests_are_logged_without_people", f"{STAGE}.AccessLogSettings.Format", '{"ip":"$context.identity.sourceIp"}'),
    ("requests_are_logged_without_people", f"{STAGE}.AccessLogSettings.Format", '{"path":"$context.path"}'),
    ("logs_pass_after_90_days", "HttpApiLogGroup.Properties.RetentionInDays", GONE),
    ("logs_pass_after_90_days", "PublicVerifyLogGroup", GONE),
    ("queues_are_trios", "IssueTicketQueue.Properties.RedrivePolicy", GONE),
    ("queues_are_trios", "IssueTicketQueue.Properties.RedrivePolicy.maxReceiveCount", 1),
    ("queues_are_trios", "SealPledgeQueue.Properties.VisibilityTimeout", 60),
    ("queues_are_trios", "IssueTicketDeadQueue.Properties.MessageRetentionPeriod", 345600),
    ("queues_are_trios", "IssueTicketQueue.Properties.MessageRetentionPeriod", 1209600),
    ("queues_are_trios", "IssueTicketDeadQueue.Properties.RedriveAllowPolicy", {"redrivePermission": "allowAll"}),
    ("dead_letters_ring", "WriteLogDeadAlarm", GONE),
    ("dead_letters_ring", "BusDeadAlarm", GONE),
    ("dead_letters_ring", "OutboxDeadAlarm.Properties.MetricName", "NumberOfMessagesSent"),
    ("dead_letters_ring", "IssueTicketDeadAlarm.Properties.Threshold", 1000),
    ("the_stream_loses_nothing", f"{STREAM}.DestinationConfig", GONE),
    ("the_stream_loses_nothing", f"{STREAM}.FunctionResponseTypes", GONE),
    ("the_stream_loses_nothing", f"{STREAM}.MaximumRetryAttempts", GONE),
    ("the_stream_loses_nothing", f"{STREAM}.FilterCriteria", GONE),
    ("the_stream_loses_nothing", "OutboxDeadQueue.Properties.MessageRetentionPeriod", 345600),
    (
        "queues_limit_their_functions",
        "CeremoniesIssueTicketEventSourceMappingSQSIssueTicketQueue.Properties.ScalingConfig",
        GONE,
    ),
    ("queues_are_closed", "BusDeadQueue.Properties.RedriveAllowPolicy", GONE),
    ("queues_are_closed", "WriteLogQueue.Properties.SqsManagedSseEnabled", GONE),
    ("queues_are_reached_by_tls_alone", "QueuesNeedTls.Properties.PolicyDocument.Statement", []),
    ("queues_are_reached_by_tls_alone", "IssueTicketQueuePolicy", GONE),
    ("waiting_is_watched", "HallWaitsAlarm", GONE),
    ("failures_ring", "RelayLagsAlarm", GONE),
    ("failures_ring", "AdmitFailsAlarm", GONE),
    ("errors_that_are_answered_ring", "AdmitFailsAlarm.Properties.Metrics.1.MetricStat.Metric.MetricName", "4xx"),
    ("errors_that_are_answered_ring", "VerifyFailsAlarm.Properties.Metrics.1.MetricStat.Metric.Namespace", "giaouoc"),
    ("errors_that_are_answered_ring", "VerifyAnswers", GONE),
    ("errors_that_are_answered_ring", "VerifyAnswers.Properties.LogGroupName", {"Ref": "PublicVerifyLogGroup"}),
    ("errors_that_are_answered_ring", "VerifyAnswers.Properties.FilterPattern", '{ $.route = "GET /v/{id}" }'),
    ("errors_that_are_answered_ring", "HttpApiRouteAnyVIdVar.Properties.RouteKey", "GET /v/{id}"),
    ("errors_that_are_answered_ring", f"{STAGE}.AccessLogSettings.Format", '{"status":"$context.status"}'),
    ("failures_ring", "TimedWorkFailsAlarm", GONE),
    ("errors_that_are_answered_ring", "ServerErrorsAlarm", GONE),
    ("alarms_reach_somebody", "IssueTicketDeadAlarm.Properties.AlarmActions", []),
    ("alarms_reach_somebody", "AlarmMail", GONE),
    ("alarms_reach_somebody", "AlarmTopic.Properties.KmsMasterKeyId", "alias/aws/sns"),
    ("alarms_reach_somebody", "TopicsKey.Properties.EnableKeyRotation", False),
    ("rules_lose_nothing", "IssueTicketRule.Properties.Targets.0.DeadLetterConfig", GONE),
    ("rules_lose_nothing", "IssueTicketRule.Properties.Targets.0.RetryPolicy", GONE),
    ("rules_lose_nothing", "BusArchive", GONE),
    (
        "only_our_schedules_use_the_role",
        "SchedulesRole.Properties.AssumeRolePolicyDocument.Statement.0.Condition.StringEquals.aws:SourceArn",
        GONE,
    ),
    ("tables_are_kept", "PledgesTable.DeletionPolicy", GONE),
    ("tables_are_kept", "PledgesTable.Properties.DeletionProtectionEnabled", False),
    ("tables_are_kept", "PledgesTable.Properties.PointInTimeRecoverySpecification", GONE),
    ("tables_are_kept", "PledgesTable.Properties.SSESpecification", GONE),
    (
        "tables_are_kept",
        "TransparencyTable.Properties.TimeToLiveSpecification",
        {"AttributeName": "ttl", "Enabled": True},
    ),
    ("buckets_are_closed_and_kept", "DocumentsBucket.Properties.VersioningConfiguration", GONE),
    ("buckets_are_closed_and_kept", "ServerlessDeploymentBucket.Properties.PublicAccessBlockConfiguration", GONE),
    ("buckets_are_closed_and_kept", "PublicBucket.Properties.BucketEncryption", GONE),
    ("buckets_are_closed_and_kept", "DocumentsBucketPolicy.Properties.PolicyDocument.Statement", []),
    ("buckets_are_closed_and_kept", "DocumentsBucket.Properties.LifecycleConfiguration.Rules.1.Prefix", "pledges/"),
    ("buckets_are_closed_and_kept", "PublicBucket.Properties.LifecycleConfiguration.Rules.2.Prefix", "log/"),
    ("buckets_are_closed_and_kept", "DocumentsBucket.Properties.LifecycleConfiguration.Rules.1.Prefix", GONE),
    ("forms_send_files_from_our_name_alone", "DocumentsBucket.Properties.CorsConfiguration", GONE),
    (
        "forms_send_files_from_our_name_alone",
        "DocumentsBucket.Properties.CorsConfiguration.CorsRules.0.AllowedOrigins",
        ["*"],
    ),
    ("letters_go_out_signed_and_by_tls", "MailSet.Properties.DeliveryOptions", GONE),
    ("letters_go_out_signed_and_by_tls", "MailDomain.Properties.DkimAttributes.SigningEnabled", False),
    ("what_becomes_of_letters_is_heard", "MailFeedback.Properties.EventDestination.MatchingEventTypes", ["BOUNCE"]),
    ("what_becomes_of_letters_is_heard", "MailFeedbackSubscription", GONE),
    (
        "what_becomes_of_letters_is_heard",
        "MailFeedbackTopicPolicy.Properties.PolicyDocument.Statement.0.Condition.StringEquals.aws:SourceArn",
        GONE,
    ),
    (
        "only_the_distribution_reads_public_files",
        "PublicBucketPolicy.Properties.PolicyDocument.Statement.1.Condition",
        {},
    ),
    ("only_the_distribution_reads_public_files", f"{FRONT}.Origins.1.OriginAccessControlId", GONE),
    (
        "only_the_distribution_reads_public_files",
        "OwnBuckets.Properties.OriginAccessControlConfig.SigningBehavior",
        "never",
    ),
    ("paths_go_where_the_embedded_engine_serves_them", f"{FRONT}.CacheBehaviors.4", GONE),
    ("paths_go_where_the_embedded_engine_serves_them", f"{FRONT}.CacheBehaviors.0.TargetOriginId", "functions"),
    ("paths_go_where_the_embedded_engine_serves_them", f"{FRONT}.DefaultCacheBehavior.TargetOriginId", "files"),
    ("nothing_of_a_person_is_cached", f"{FRONT}.DefaultCacheBehavior.CachePolicyId", {"Ref": "FileCaching"}),
    ("nothing_of_a_person_is_cached", f"{FRONT}.CustomErrorResponses.7", GONE),
    ("nothing_of_a_person_is_cached", f"{FRONT}.CustomErrorResponses.2.ErrorCachingMinTTL", 10),
    ("files_say_how_long_they_may_be_kept", "FileCaching.Properties.CachePolicyConfig.MinTTL", 3600),
    ("files_say_how_long_they_may_be_kept", "FileCaching.Properties.CachePolicyConfig.DefaultTTL", 86400),
    ("headers_are_those_of_the_embedded_engine", f"{FRONT}.CacheBehaviors.0.ResponseHeadersPolicyId", GONE),
    (
        "headers_are_those_of_the_embedded_engine",
        "FileHeaders.Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig.StrictTransportSecurity",
        GONE,
    ),
    (
        "headers_are_those_of_the_embedded_engine",
        "OpenFileHeaders.Properties.ResponseHeadersPolicyConfig.CorsConfig",
        GONE,
    ),
    ("old_encryption_is_refused", f"{FRONT}.ViewerCertificate.MinimumProtocolVersion", "TLSv1"),
    ("old_encryption_is_refused", f"{FRONT}.DefaultCacheBehavior.ViewerProtocolPolicy", "allow-all"),
    ("old_encryption_is_refused", f"{FRONT}.Origins.0.CustomOriginConfig.OriginProtocolPolicy", "http-only"),
    ("functions_know_what_came_through", f"{FRONT}.Origins.0.OriginCustomHeaders", GONE),
    (
        "functions_know_what_came_through",
        "PublicVerifyLambdaFunction.Properties.Environment.Variables.GIAOUOC_FRONT",
        "other",
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_our_template_keeps_the_rule(rule: Rule, whole_template: Template) -> None:
    found = list(rule(whole_template))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("name", "place", "instead"), PLANTED, ids=[f"{name}-{place}" for name, place, _ in PLANTED])
def test_the_rule_finds_a_planted_fault(name: str, place: str, instead: Any, whole_template: Template) -> None:
    template = copy.deepcopy(whole_template)
    _plant(template["Resources"], place, instead)
    rule = next(rule for rule in RULES if rule.__name__ == name)
    assert list(rule(template)) != []


def test_every_rule_is_tried_with_a_fault() -> None:
    assert {name for name, _, _ in PLANTED} == {rule.__name__ for rule in RULES}


def test_a_queue_in_two_alarms_or_two_policies_is_found(whole_template: Template) -> None:
    template = copy.deepcopy(whole_template)
    template["Resources"]["SecondAlarm"] = copy.deepcopy(template["Resources"]["HallWaitsAlarm"])
    template["Resources"]["SecondPolicy"] = copy.deepcopy(template["Resources"]["IssueTicketQueuePolicy"])
    assert list(queue_rules.waiting_is_watched(template)) != []
    assert list(queue_rules.queues_are_reached_by_tls_alone(template)) != []


def test_items_pass_where_the_code_means_it() -> None:
    """A context that gives a Put an end needs a table that watches it, and no other table does."""
    found, tables = {"OutboxTable"}, _tables()  # shared/aws/actions.py: events end by themselves
    found |= {f"{home.capitalize()}Table" for home in _repeated()}  # shared/edge/idempotency.py
    for path in sorted((ROOT / "shared").glob("*/*.py")):
        context = path.parent.name
        if f"{context.capitalize()}Table" not in tables:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if named in ("put", "Put") and any(word.arg == "expires_at" for word in node.keywords):  # type: ignore[attr-defined]
                found.add(f"{context.capitalize()}Table")
    assert found == set(PASSING)


def _repeated() -> set[str]:
    """The contexts whose tables keep what was answered to a call that may be sent again."""
    signed_in = [(each.home, route) for each in route_tables() for route in each.routes if route.scope != "public"]
    return {home for home, route in signed_in if route.method not in SAFE}


def _tables() -> set[str]:
    resources = resolve(ROOT / "serverless.yml", {}, {})[0].plain()["resources"]
    return {name for block in resources for name, one in block.get("Resources", {}).items() if name.endswith("Table")}


@pytest.mark.parametrize(("given", "reserved"), [({}, "0"), ({"verifyReserve": "50"}, "50")], ids=["off", "on"])
def test_verification_has_its_own_share_where_the_account_allows_it(
    given: dict[str, str], reserved: str, whole_template: Template
) -> None:
    """Off unless asked for: a new account could not deploy it."""
    node = resolve(ROOT / "serverless.yml", {}, given)[0].plain()
    public = next(block["publicVerify"] for block in node["functions"] if "publicVerify" in block)
    condition, value, otherwise = public["reservedConcurrency"]["Fn::If"]
    assert (condition, value, otherwise) == ("VerifyIsReserved", reserved, {"Ref": "AWS::NoValue"})
    assert whole_template["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": ["0", "0"]}]}
    assert not any(
        "ReservedConcurrentExecutions" in one for name, one in _functions(whole_template) if name != "PublicVerify"
    )


def _functions(template: Template) -> list[tuple[str, dict[str, Any]]]:
    found = of(template, "AWS::Lambda::Function")
    return [(name.removesuffix("LambdaFunction"), one) for name, one in found.items()]


def _plant(resources: dict[str, Any], place: str, instead: Any) -> None:
    """Puts `instead` at a dotted place (numbers are places in lists; route keys may hold dots nowhere)."""
    *way, last = place.split(".")
    node: Any = resources
    for step in way:
        node = node[int(step) if isinstance(node, list) else step]
    key = int(last) if isinstance(node, list) else last
    if instead is GONE:
        del node[key]
    else:
        node[key] = instead
