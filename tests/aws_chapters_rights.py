"""The chapter of the AWS story in which rights are given, taken and used: people, programs' tokens, an organiser of one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.identity.model import Role

if TYPE_CHECKING:
    from tests.aws_story import Story


def rights(story: Story) -> None:
    """A colleague is invited, changed and ended; a program reads everywhere; whoever holds one unit reaches that unit."""
    people_come_and_go(story)
    story.world.drain()
    a_program_reads(story)
    one_unit(story)


def people_come_and_go(story: Story) -> None:
    admin, api = story.world.signed_in(Role.ADMIN), "/api/v1/people"
    her = {"name": "Nguyễn Thị Lan", "email": "lan@office.example", "role": "CLERK", "reach": "TDOAN"}
    one = admin.post(api, her)["id"]
    story.refused(admin, "POST", api, {**her, "reach": "NOBODY"})
    admin.request("PUT", f"{api}/{one}", {"name": "Nguyễn Thị Lan", "email": "lan2@office.example"})
    admin.post(f"{api}/{one}/grants", {"role": "AUDITOR", "reach": "*"})
    admin.request("DELETE", f"{api}/{one}/grants/AUDITOR/*")
    admin.post(f"{api}/{one}/invitation")
    story.look(admin, api, f"{api}/{one}", "/console/people", f"/console/people/{one}", "/console/tokens")
    admin.post(f"{api}/{one}/end")


def a_program_reads(story: Story) -> None:
    admin = story.world.signed_in(Role.ADMIN)
    scopes = ["audit:read", "campaign:read", "ceremony:read", "certificate:read", "directory:read", "notices:read",
              "operation:read", "paper:read", "people:read", "pledge:read", "privacy:read", "setting:read"]  # fmt: skip
    program, paths = story.world.client(), (
        "people", "ceremonies", "pledges", "decisions", "campaigns", "units", "notices?state=SENT", "papers", "audit",
    )  # fmt: skip
    for path in paths:  # a use is noted once an hour: each function notes one of its own token
        made = admin.post("/api/v1/tokens", {"name": path, "scopes": scopes, "days": 30})
        program.request(
            "GET", f"/api/v1/{path}", headers={"authorization": f"Bearer {made['secret']}", "accept": "*/*"}
        )
        if path == "audit":
            admin.request("DELETE", f"/api/v1/tokens/{made['token']['id']}")
    story.look(admin, "/api/v1/tokens")


def one_unit(story: Story) -> None:
    """Of another's thing it is asked what was merged into the caller's own unit."""
    unit = story.world.signed_in(Role.ORGANISER, "SNV")
    at = f"/api/v1/ceremonies/{story.ceremony}"
    paths = [at, f"{at}/attendance", f"/api/v1/hall/{story.ceremony}", f"/api/v1/pledges/{story.pledge}",
             f"/api/v1/pledges/{story.pledge}/board", f"/api/v1/campaigns/{story.campaign}", "/api/v1/units/HCCB",
             "/api/v1/people/nobody"]  # fmt: skip
    for path in paths:
        with_no_right(story, unit, path)
    other = story.world.signed_in(Role.ORGANISER, "HCCB")
    with_no_right(story, other, f"/api/v1/decisions/{story.decision}")
    story.refused(unit, "POST", "/api/v1/admissions", {"ceremony": story.ceremony, "text": "x", "scan_id": "x" * 26})
    story.look(unit, "/console", "/api/v1/ceremonies", "/api/v1/pledges", "/api/v1/people")


def with_no_right(story: Story, client: object, path: str) -> None:
    """Asks, whatever the answer: some units take part in a thing and may read it."""
    from contextlib import suppress

    from infra.sample.client import ApiError

    with suppress(ApiError):
        client.request("GET", path)  # type: ignore[attr-defined]
