"""docs/operations.md says what the code does: its table is measured, and compared here."""

from __future__ import annotations

from pathlib import Path

from tests.aws_journey import AwsEngine
from tests.aws_story import BEGINS, Story
from tests.journey_world import journey
from tests.operations import measure, prices, table

PAGE = Path("docs/operations.md")


def test_the_page_says_what_each_act_asks_of_aws(tmp_path: Path) -> None:
    with journey("aws", tmp_path, at=BEGINS) as world:
        assert isinstance(world.engine, AwsEngine)
        measured = table(measure(Story(world=world, engine=world.engine)))
        assert world.dead_letters() == {}
    page = PAGE.read_text("utf-8")
    for part in (measured, prices()):
        assert part in page, f"put this into {PAGE} in place of the old table:\n\n{part}\n"
