"""Chapters of the AWS story (tests/aws_story.py) about the console: its lists, its forms, and what lies under "Kỹ thuật"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shared.edge.works import WORKS
from shared.identity.model import Role

if TYPE_CHECKING:
    from tests.aws_story import Story

LISTS = ("ceremonies", "pledges", "decisions", "certificates", "campaigns", "notices")
FORMS = ("ceremonies", "pledges", "decisions", "campaigns")


def console_lists(story: Story) -> None:
    """Every list is looked at, searched and taken away; the forms in which something new begins."""
    office = story.office
    story.look(office, "/console", *(f"/console/{name}" for name in LISTS), *(f"/console/{name}/new" for name in FORMS))
    for name in LISTS:
        story.look(office, f"/console/{name}?q=le", f"/console/{name}/export?format=csv")
    story.look(office, f"/console/ceremonies/{story.ceremony}/delegates/export?format=csv")
    story.look(office, f"/api/v1/decisions/{story.decision}/progress")
    bound = story.world.signed_in(Role.ORGANISER, "TDOAN")
    story.look(bound, "/console", "/console/ceremonies", "/console/pledges")


def what_failed(story: Story) -> None:
    """Of every work one message is tried again and one given up; keys, copies, settings."""
    admin = story.world.signed_in(Role.ADMIN)
    story.look(admin, "/console/operations", "/console/settings", "/api/v1/operations/copies")
    story.refused(admin, "POST", "/api/v1/operations/copies")
    standing = admin.get("/api/v1/settings")
    body = {name: standing[name] for name in ("name", "zone", "language", "version")}
    admin.request("PUT", "/api/v1/settings", {**body, "contact": "Phòng Thi đua", "second_officer": []})
    for work in WORKS:
        again, given_up = put_aside(story, work), put_aside(story, work)
        path = f"/api/v1/operations/works/{work}"
        assert admin.post(f"{path}/retry", {"ids": [again]}) == {"count": 1, "left": 0}
        admin.post(f"{path}/drop", {"id": given_up, "reason": "Thử xong"})
        assert len(story.engine.aws.messages(work)) == 1
    for work in ("bus", "outbox"):
        one, other = put_aside(story, work), put_aside(story, work)
        story.look(admin, f"/console/operations/{work}")
        for each in (one, other):
            admin.post(f"/api/v1/operations/works/{work}/drop", {"id": each, "reason": "Thử xong"})
    assert admin.get("/api/v1/operations/works")["failed"] == 0
    story.look(admin, "/console/operations")


def put_aside(story: Story, work: str) -> str:
    """A message among the dead letters; its id."""
    sqs, prefix = story.engine.aws.client("sqs"), story.engine.aws.service.prefix
    url = sqs.get_queue_url(QueueName=f"{prefix}-{work}-dead")["QueueUrl"]
    body = json.dumps({"detail": {"type": "X", "correlation_id": "story", "data": {}}})
    return str(sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"])
