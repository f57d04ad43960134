"""Every row is tried on paper before it is taken: what could never be drawn is told with row, field and remedy."""

from functools import partial

import pytest

from shared.certificates.catalogue import catalogue
from shared.certificates.decisions import RecordDecision
from shared.certificates.rules import check_rows
from shared.edge.papers import printable
from shared.texts import catalogue as sentences
from tests.edge_world import act, sample_world
from tests.unit.certificates.conftest import list_of, new_decision, row_of


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with sample_world(tmp_path_factory.mktemp("paper"), keys=False) as world:
        yield world


def checked(world, *rows):
    decision = RecordDecision(world.ports.table("certificates"))(act(world), new_decision())
    attempt = partial(printable(world.ports), decision)
    return check_rows(decision, "list", list_of(*rows), catalogue(), frozenset(), attempt)


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (row_of("Nguyễn 團結"), "name", "award.letter_not_in_font"),
        (row_of("Trần " + "Ẵ" * 80), "name", "award.does_not_fit"),
        (row_of(citation="Có thành tích ☃"), "citation", "award.letter_not_in_font"),
        (row_of(position="Chuyên viên 🌳"), "position", "award.letter_not_in_font"),
    ],
)
def test_a_row_that_no_paper_can_bear_is_reported_and_the_good_one_kept(world, row, field, code):
    found = checked(world, row_of("Phan Diệu Nhã"), row)
    assert [award.recipient.name for award in found.awards] == ["Phan Diệu Nhã"]
    assert [(problem.field, problem.code) for problem in found.report.problems] == [(field, code)]
    assert code in sentences()
