"""Rules of the packaged template besides roles: each takes the template and yields the faults that it finds.

Roles are in test_packaged_template.py, queues in queue_rules.py, the distribution in distribution_rules.py.
test_template_rules.py holds every rule against our template, and against copies of it with a fault planted.
"""

import json
from collections.abc import Iterator

from tests.architecture.template_reading import Template, counted_answers, function_id, listed, of, target, watched

Faults = Iterator[str]

STRANGERS = (
    "ANY /api/v1/sessions",
    "POST /api/v1/signing/{proxy+}",
    "POST /api/v1/tickets/{proxy+}",
    "ANY /api/v1/papers/{proxy+}",
    "ANY /v/{id}",
    "$default",
)
"""Routes whose functions work before they know who calls: a one-time link, a code, a ticket, a document's id."""
LOGGED = {"requestTime", "requestId", "routeKey", "status", "responseLatency", "integrationLatency"}
NOT_PERSONAL = LOGGED | {"responseLength", "error.responseType"}
A_DAY = 24 * 3600
REPEATED = ("Campaigns", "Ceremonies", "Certificates", "Directory", "Identity", "Notices", "Papers", "Pledges")
PASSING = {f"{context}Table": "answers kept for whoever sends a call again" for context in REPEATED}
PASSING |= {"PledgesTable": "signing links", "IdentityTable": "sessions", "OutboxTable": "events relayed long ago"}
"""Tables in which something is meant to pass."""
PASSING_OBJECTS = {("DocumentsBucket", "imports/")}
PASSING_VERSIONS = {("PublicBucket", "status/"), ("PublicBucket", "log/checkpoint"), ("PublicBucket", "static/")}
"""Objects that are meant to pass, and those of which the last version alone is kept."""


def requests_are_throttled(template: Template) -> Faults:
    stage = template["Resources"]["HttpApiStage"]
    default = stage["Properties"]["DefaultRouteSettings"]
    if not 0 < default.get("ThrottlingRateLimit", 0) <= default.get("ThrottlingBurstLimit", 0) <= 1000:
        yield "the stage has no limit"
    routes = {one["RouteKey"]: name for name, one in of(template, "AWS::ApiGatewayV2::Route").items()}
    settings = stage["Properties"].get("RouteSettings", {})
    for route in STRANGERS:
        if not 0 < settings.get(route, {}).get("ThrottlingRateLimit", 0) < default.get("ThrottlingRateLimit", 0):
            yield f"{route} is not tighter than the stage"
    for route, limits in settings.items():
        if route not in routes or routes[route] not in stage.get("DependsOn", ()):
            yield f"{route}: API Gateway refuses settings of a route that is not there yet"
        if set(limits) != {"DetailedMetricsEnabled", "ThrottlingRateLimit", "ThrottlingBurstLimit"}:
            yield f"{route}: what is left out takes AWS's default, not the stage's"


def requests_end_while_somebody_waits(template: Template) -> Faults:
    """An HTTP API answers 503 after 30 seconds, whatever the function is still doing."""
    functions = of(template, "AWS::Lambda::Function")
    for one in of(template, "AWS::ApiGatewayV2::Integration").values():
        function = functions[target(one["IntegrationUri"])]
        if function["Timeout"] >= 30:
            yield f"{function['FunctionName']} may work for {function['Timeout']} s; the API waits less than 30 (timeout)"


def pages_answer_head_and_say_what_is_no_page(template: Template) -> Faults:
    """An HTTP API takes HEAD for another route than GET, and answers what has none with a word of its own in English."""
    keys = {one["RouteKey"] for one in of(template, "AWS::ApiGatewayV2::Route").values()}
    for key in keys:
        if key.startswith("GET /") and not key.startswith("GET /api/"):
            yield f"{key}: HEAD is not answered, as it is on the embedded engine"
    if "$default" not in keys:
        yield "what is no page gets no page"


def no_other_site_may_call(template: Template) -> Faults:
    for name, api in of(template, "AWS::ApiGatewayV2::Api").items():
        if "CorsConfiguration" in api:
            yield f"{name} answers other sites' pages"


def requests_are_logged_without_people(template: Template) -> Faults:
    settings = template["Resources"]["HttpApiStage"]["Properties"].get("AccessLogSettings")
    if settings is None:
        yield "no access log"
        return
    said = {value.removeprefix("$context.") for value in json.loads(settings["Format"]).values()}
    if missing := LOGGED - said:
        yield f"the access log does not say {sorted(missing)}"
    if personal := said - NOT_PERSONAL:
        yield f"the access log says {sorted(personal)}"


def logs_pass_after_90_days(template: Template) -> Faults:
    groups = of(template, "AWS::Logs::LogGroup")
    for name, group in groups.items():
        if group.get("RetentionInDays") != 90:
            yield f"{name} is kept for {group.get('RetentionInDays', 'ever')}"
    names = {one["LogGroupName"] for one in groups.values()}
    for one in of(template, "AWS::Lambda::Function").values():
        if f"/aws/lambda/{one['FunctionName']}" not in names:
            yield f"{one['FunctionName']} would make a log group of its own, kept for ever"


def failures_ring(template: Template) -> Faults:
    if ("RelayLagsAlarm", function_id("outboxRelay")) not in set(watched(template, "IteratorAge")):
        yield "nobody hears that the outbox is not relayed"
    for metric in ("Errors", "Throttles"):
        for name in ("ceremoniesAdmit", "publicVerify"):
            if function_id(name) not in {one for _, one in watched(template, metric)}:
                yield f"nobody hears of {metric} of {name}"
    for rule in of(template, "AWS::Events::Rule").values():
        if "ScheduleExpression" in rule:
            for one in rule["Targets"]:
                if target(one["Arn"]) not in {function for _, function in watched(template, "Errors")}:
                    yield f"nobody hears when {target(one['Arn'])} fails at its time"


def errors_that_are_answered_ring(template: Template) -> Faults:
    """Functions answer requests with 500 or 503 and do not end by it, so Lambda counts no error."""
    if ("ServerErrorsAlarm", "HttpApi") not in set(watched(template, "5xx")):
        yield "nobody hears that requests fail"
    stage = template["Resources"]["HttpApiStage"]["Properties"]
    written = stage.get("AccessLogSettings", {"Format": "{}"})
    said = json.loads(written["Format"])
    if (said.get("route"), said.get("status")) != ("$context.routeKey", "$context.status"):
        yield "the access log does not say route and status as alarms count them"
    routes = {one["RouteKey"] for one in of(template, "AWS::ApiGatewayV2::Route").values()}
    log = next((name for name in of(template, "AWS::Logs::LogGroup") if f'"{name}"' in json.dumps(written)), "")
    for alarm, route in (("AdmitFailsAlarm", "POST /api/v1/admissions"), ("VerifyFailsAlarm", "ANY /v/{id}")):
        counted = f'{log} {{ $.route = "{route}" && $.status = 5* }}'
        if route not in routes or (alarm, counted) not in set(counted_answers(template)):
            yield f"nobody hears that {route} fails"


def alarms_reach_somebody(template: Template) -> Faults:
    for name, alarm in of(template, "AWS::CloudWatch::Alarm").items():
        if alarm.get("AlarmActions") != [{"Ref": "AlarmTopic"}]:
            yield f"{name} rings nowhere"
    topics = of(template, "AWS::SNS::Topic")
    for name, topic in topics.items():
        key = of(template, "AWS::KMS::Key").get(target(topic.get("KmsMasterKeyId")))
        if key is None:
            yield f"{name} is not encrypted, or with AWS's own key, which CloudWatch and SES may not use"
        elif not key.get("EnableKeyRotation"):
            yield f"the key of {name} does not rotate"
        elif "cloudwatch.amazonaws.com" not in json.dumps(key["KeyPolicy"]):
            yield f"CloudWatch may not use the key of {name}"
    subscriptions = of(template, "AWS::SNS::Subscription").values()
    if ("AlarmTopic", "email") not in {(target(one["TopicArn"]), one["Protocol"]) for one in subscriptions}:
        yield "nobody gets the alarms"


def rules_lose_nothing(template: Template) -> Faults:
    for name, rule in of(template, "AWS::Events::Rule").items():
        if "EventPattern" not in rule:
            continue
        for one in rule["Targets"]:
            if target(one.get("DeadLetterConfig", {}).get("Arn")) != "BusDeadQueue":
                yield f"{name} drops what it cannot deliver: its target has no DeadLetterConfig to BusDeadQueue"
            if one.get("RetryPolicy", {}).get("MaximumEventAgeInSeconds") != A_DAY:
                yield f"{name} does not say how long it tries (RetryPolicy)"
    archives = [target(one["SourceArn"]) for one in of(template, "AWS::Events::Archive").values()]
    if archives != ["Bus"]:
        yield "facts are not archived"


def only_our_schedules_use_the_role(template: Template) -> Faults:
    group = template["Resources"]["Schedules"]["Properties"]["Name"]
    role = template["Resources"]["SchedulesRole"]["Properties"]["AssumeRolePolicyDocument"]
    for statement in role["Statement"]:
        given = statement.get("Condition", {}).get("StringEquals", {})
        arn = given.get("aws:SourceArn", {}).get("Fn::Sub", "")
        if not arn.endswith(f":schedule-group/{group}") or given.get("aws:SourceAccount") != {"Ref": "AWS::AccountId"}:
            yield "a schedule of somebody else's may send with our role"


def tables_are_kept(template: Template) -> Faults:
    for name, table in of(template, "AWS::DynamoDB::Table").items():
        if (template["Resources"][name].get("DeletionPolicy"), table.get("DeletionProtectionEnabled")) != (
            "Retain",
            True,
        ):
            yield f"{name} could be deleted: DeletionPolicy Retain and DeletionProtectionEnabled"
        if table.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield f"{name} cannot be brought back to a moment (PointInTimeRecoverySpecification)"
        if table.get("SSESpecification") != {"SSEEnabled": True}:
            yield f"{name} is not encrypted under a key that shows its use"
        passes = table.get("TimeToLiveSpecification")
        if passes != ({"AttributeName": "ttl", "Enabled": True} if name in PASSING else None):
            yield f"{name}: items {'pass unmeant' if passes else 'never pass'} (TimeToLiveSpecification)"


def buckets_are_closed_and_kept(template: Template) -> Faults:
    closed = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    policies = of(template, "AWS::S3::BucketPolicy").values()
    for name, bucket in of(template, "AWS::S3::Bucket").items():
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{name} forgets what was replaced (VersioningConfiguration)"
        open_ = bucket.get("PublicAccessBlockConfiguration", {})
        if {key for key, value in open_.items() if value is True} != closed:
            yield f"{name} could be opened to the public (PublicAccessBlockConfiguration)"
        if "BucketEncryption" not in bucket:
            yield f"{name} is not encrypted"
        denied = [
            one
            for policy in policies
            if policy["Bucket"] == {"Ref": name}
            for one in policy["PolicyDocument"]["Statement"]
            if one["Effect"] == "Deny" and str(one["Condition"]["Bool"]["aws:SecureTransport"]).lower() == "false"
        ]
        if not denied:
            yield f"{name} may be reached without TLS"
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ()):
            place = (name, rule.get("Prefix", "everything"))
            if "ExpirationInDays" in rule and place not in PASSING_OBJECTS:
                yield f"{name} loses {place[1]}"
            if "NoncurrentVersionExpiration" in rule and place not in PASSING_OBJECTS | PASSING_VERSIONS:
                yield f"{name} loses older versions of {place[1]}"


def forms_send_files_from_our_name_alone(template: Template) -> Faults:
    for name, bucket in of(template, "AWS::S3::Bucket").items():
        rules = bucket.get("CorsConfiguration", {}).get("CorsRules", [])
        if name != "DocumentsBucket":
            if rules:
                yield f"{name} takes files from pages"
            continue
        origins = [origin for rule in rules for origin in listed(rule["AllowedOrigins"])]
        methods = {method for rule in rules for method in listed(rule["AllowedMethods"])}
        if origins != ["https://not-given.invalid"] or methods != {"POST"}:
            yield f"{name} takes {sorted(methods)} from {origins}"


def letters_go_out_signed_and_by_tls(template: Template) -> Faults:
    sets = of(template, "AWS::SES::ConfigurationSet")
    for name, one in sets.items():
        if one.get("DeliveryOptions", {}).get("TlsPolicy") != "REQUIRE":
            yield f"{name} sends letters in the clear"
        if one.get("ReputationOptions") != {"ReputationMetricsEnabled": True}:
            yield f"{name} does not tell the rate of bounces"
    for name, identity in of(template, "AWS::SES::EmailIdentity").items():
        if identity.get("DkimAttributes") != {"SigningEnabled": True}:
            yield f"{name} does not sign letters"


def what_becomes_of_letters_is_heard(template: Template) -> Faults:
    reported = set()
    for one in of(template, "AWS::SES::ConfigurationSetEventDestination").values():
        if target(one["EventDestination"]["SnsDestination"]["TopicARN"]) == "MailFeedbackTopic":
            reported |= set(one["EventDestination"]["MatchingEventTypes"])
    if missing := {"BOUNCE", "COMPLAINT", "DELIVERY_DELAY"} - reported:
        yield f"nobody hears of {sorted(missing)}"
    brought = {
        target(one["Endpoint"])
        for one in of(template, "AWS::SNS::Subscription").values()
        if target(one["TopicArn"]) == "MailFeedbackTopic" and "RedrivePolicy" in one
    }
    if brought != {"MailFeedbackQueue"}:
        yield "what SES reports does not come to the queue"
    allowed = [
        one
        for policy in of(template, "AWS::SNS::TopicPolicy").values()
        if {"Ref": "MailFeedbackTopic"} in policy["Topics"]
        for one in policy["PolicyDocument"]["Statement"]
        if one["Effect"] == "Allow"
    ]
    if not all("aws:SourceArn" in one["Condition"]["StringEquals"] for one in allowed) or not allowed:
        yield "reports of another account's letters could be let in"


RULES = (
    requests_are_throttled,
    requests_end_while_somebody_waits,
    pages_answer_head_and_say_what_is_no_page,
    no_other_site_may_call,
    requests_are_logged_without_people,
    logs_pass_after_90_days,
    failures_ring,
    errors_that_are_answered_ring,
    alarms_reach_somebody,
    rules_lose_nothing,
    only_our_schedules_use_the_role,
    tables_are_kept,
    buckets_are_closed_and_kept,
    forms_send_files_from_our_name_alone,
    letters_go_out_signed_and_by_tls,
    what_becomes_of_letters_is_heard,
)
