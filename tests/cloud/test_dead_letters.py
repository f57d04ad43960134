"""What cannot be done ends in the dead letters, rings an alarm, and is done once after the mend: `giaouoc redrive`."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.rehearsal.live_files import LiveFiles
from infra.rehearsal.operator import OperatorError
from infra.rehearsal.stage import Stage
from infra.sample.load import import_units
from tests.cloud.mishaps import alarms_in_breach, impatient, without_variable
from tests.cloud.telling import schedules
from tests.cloud_wait import until

UNITS = ("TDOAN", "LDLD", "HPN")
QUEUE = "plan-campaign"


@pytest.fixture(scope="module")
def office(stage: Stage) -> Any:
    client = stage.organiser()
    import_units(client, LiveFiles.with_doors_just_opened(datetime.now(UTC)))
    stage.settle()
    return client


def launch(office: Any, name: str) -> str:
    """A campaign far ahead; it is planned in the background: one reminder for each unit and milestone."""
    given = LiveFiles.with_doors_just_opened(datetime.now(UTC)).json("campaign.json")
    body = {
        **given,
        "kind": "THEMATIC",
        "commemorates": None,
        "name": name,
        "short_name": name,
        "unit": "TDOAN",
        "units": UNITS,
    }
    return str(office.post("/api/v1/campaigns", body)["campaign"]["id"])


def reminders(stage: Stage) -> Counter[str]:
    """Schedules by the campaign that they are for."""
    client, found = stage.running.client("scheduler"), Counter[str]()
    for one in schedules(stage):
        whole = client.get_schedule(Name=one["Name"], GroupName=stage.prefix)
        found[json.loads(whole["Target"]["Input"])["detail"]["data"]["campaign"]] += 1
    return found


def planned(office: Any, campaign: str) -> bool:
    return office.get(f"/api/v1/campaigns/{campaign}")["plan"] is not None


def dead(stage: Stage, queue: str) -> list[dict[str, Any]]:
    return stage.dead_letters().get(f"{queue}-dead", [])


def test_a_message_that_failed_five_times_is_done_once_after_the_mend(stage: Stage, office: Any) -> None:
    with impatient(stage, QUEUE):
        with without_variable(stage, "campaignsPlanCampaign", "GIAOUOC_SCHEDULES_ROLE"):
            campaign = launch(office, "Đợt thi đua khi thiếu cấu hình")
            (letter,) = until(lambda: dead(stage, QUEUE), lambda found: len(found) == 1, within_s=90)
        assert letter["ReceiveCount"] == 5
        assert campaign in letter["Body"]
        assert alarms_in_breach(stage) == {f"{stage.prefix}-{QUEUE}-dead"}
        assert not planned(office, campaign)
        assert "CampaignLaunched" in stage.operator.giaouoc("redrive")
        stage.operator.giaouoc("redrive", QUEUE)
        until(lambda: planned(office, campaign), bool)
        stage.settle()
    assert dead(stage, QUEUE) == []
    assert alarms_in_breach(stage) == set()
    milestones = office.get(f"/api/v1/campaigns/{campaign}")["plan"]["milestones"]
    assert reminders(stage)[campaign] == len(UNITS) * len(milestones) == 15


def test_a_fact_of_a_version_that_nobody_knows_stops_no_other(stage: Stage, office: Any) -> None:
    with impatient(stage, QUEUE):
        known = launch(office, "Đợt thi đua thứ nhất")
        stage.settle()
        envelope = envelope_of(stage, known)
        strange = {**envelope, "id": "0" * 26, "version": 99}
        stage.running.client("events").put_events(
            Entries=[
                {
                    "EventBusName": stage.prefix,
                    "Source": envelope["source"],
                    "DetailType": envelope["type"],
                    "Detail": json.dumps(strange),
                }
            ]
        )
        other = launch(office, "Đợt thi đua thứ hai")
        until(lambda: planned(office, other), bool)
        until(lambda: dead(stage, QUEUE), lambda found: len(found) == 1, within_s=90)
        stage.operator.giaouoc("redrive", QUEUE)  # nothing was mended: it comes back, and harms nobody
        until(lambda: dead(stage, QUEUE), lambda found: len(found) == 1, within_s=90)
    counts = reminders(stage)
    assert (counts[known], counts[other]) == (15, 15)
    stage.running.client("sqs").purge_queue(QueueUrl=stage.queue_url(f"{QUEUE}-dead"))
    until(lambda: dead(stage, QUEUE), lambda found: not found)


def test_facts_that_the_relay_could_not_carry_are_found_again_in_the_stream(stage: Stage, office: Any) -> None:
    with without_variable(stage, "outboxRelay", "BUS"):
        campaign = launch(office, "Đợt thi đua khi bị đứt đường truyền")
        (lost,) = until(lambda: dead(stage, "outbox"), lambda found: len(found) >= 1, within_s=120)
    message = json.loads(lost["Body"])
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "TDOAN" not in lost["Body"]
    assert alarms_in_breach(stage) == {f"{stage.prefix}-outbox-dead"}
    after = launch(office, "Đợt thi đua sau khi nối lại")
    until(lambda: planned(office, after), bool)  # what came later passes
    assert not planned(office, campaign)
    stage.operator.giaouoc("redrive", "outbox")
    until(lambda: planned(office, campaign), bool)
    stage.settle()
    counts = reminders(stage)
    assert (counts[campaign], counts[after]) == (15, 15)
    assert dead(stage, "outbox") == []


def test_what_is_no_fact_ends_alone_and_the_redrive_says_that_it_stays(stage: Stage, office: Any) -> None:
    item = {"pk": {"S": "poison"}, "sk": {"S": "event"}, "envelope": {"S": "no JSON"}}
    stage.running.client("dynamodb").put_item(TableName=f"{stage.prefix}-outbox", Item=item)
    campaign = launch(office, "Đợt thi đua bên cạnh rác")
    until(lambda: planned(office, campaign), bool, within_s=90)
    (lost,) = until(lambda: dead(stage, "outbox"), lambda found: len(found) == 1, within_s=90)
    assert "no JSON" not in lost["Body"]
    with pytest.raises(OperatorError):
        stage.operator.giaouoc("redrive", "outbox")
    assert len(dead(stage, "outbox")) == 1
    stage.running.client("dynamodb").delete_item(
        TableName=f"{stage.prefix}-outbox", Key={"pk": item["pk"], "sk": item["sk"]}
    )
    stage.running.client("sqs").purge_queue(QueueUrl=stage.queue_url("outbox-dead"))
    until(lambda: dead(stage, "outbox"), lambda found: not found)


def envelope_of(stage: Stage, campaign: str) -> dict[str, Any]:
    """The fact of a campaign's launch, as the outbox keeps it."""
    pages = stage.running.client("dynamodb").get_paginator("scan").paginate(TableName=f"{stage.prefix}-outbox")
    texts = [item["envelope"]["S"] for page in pages for item in page["Items"]]
    found = [one for one in map(json.loads, texts) if one["type"] == "CampaignLaunched"]
    return next(one for one in found if one["data"]["campaign"] == campaign)
