"""The sample's story, told to the deployed engine as `make demo` tells it to the embedded one. Called by conftest.py."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.rehearsal.live_files import LiveFiles
from infra.rehearsal.stage import Stage
from infra.sample.load import Loaded, load_all
from infra.sample.story import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told, and what lay in the dead letters at the end. `since` is when it began."""

    stage: Stage
    story: Story
    loaded: Loaded
    since: datetime
    dead: dict[str, list[Any]]

    def totals(self) -> dict[str, Any]:
        """What people would notice if anything happened twice, or was lost."""
        office, ceremony = self.story.organiser, f"/api/v1/ceremonies/{self.loaded.ceremony}"
        return {
            "letters": sorted((str(letter["to"]), str(letter["subject"])) for letter in self.stage.letters()),
            "hall": office.get(f"{ceremony}/attendance"),
            "list": office.get(f"{ceremony}/lists/{self.loaded.delegate_list}"),
            "pledge": office.get(f"/api/v1/pledges/{self.loaded.pledge}"),
            "board": office.get(f"/api/v1/pledges/{self.loaded.pledge}/board"),
            "certificates": self.story.certificates(self.loaded),
            "campaign": office.get(f"/api/v1/campaigns/{self.loaded.campaign}"),
            "schedules": sorted(one["Name"] for one in schedules(self.stage)),
        }


def tell(stage: Stage) -> Told:
    """Everything but the reminders, whose days cannot be waited for."""
    since = datetime.now(UTC)
    story = Story(
        origin=stage.origin,
        letters=stage.letters,
        files=LiveFiles.with_doors_just_opened(since),
        organiser=stage.organiser(),
        gate=stage.gate,
        browser=stage.client,
        move=lambda _at: None,
        settle=stage.settle,
        say=lambda step: print(step, flush=True),
    )
    loaded = load_all(story.organiser, story.files, story.say)
    stage.settle()
    story.admit(loaded)
    story.sign(loaded)
    story.organiser.post(f"/api/v1/ceremonies/{loaded.ceremony}/presentation")
    stage.settle()
    story.sign_late(loaded)
    story.correct(loaded, decided_on=datetime.now(story.files.local("2027-01-01T00:00").tzinfo).date())
    return Told(stage=stage, story=story, loaded=loaded, since=since, dead=dict(stage.dead_letters()))


def schedules(stage: Stage) -> list[dict[str, Any]]:
    """One-time schedules of the stage. Asked for by the first letter of their names: the emulator ends a list at a hundred."""
    client = stage.running.client("scheduler")
    letters = string.digits + string.ascii_lowercase
    lists = [client.list_schedules(GroupName=stage.prefix, NamePrefix=letter)["Schedules"] for letter in letters]
    assert all(len(one) < 100 for one in lists)
    return [dict(each) for one in lists for each in one]
