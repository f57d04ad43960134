"""What every FailedWork does (shared/kernel/operations.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.kernel.errors import NotFound
from shared.kernel.operations import MOST_AT_ONCE, told_of
from tests.hostile import HOSTILE_NAMES

QUEUE, OTHER = "issue-ticket", "send-invitation"


def message(number: int, **data: Any) -> str:
    detail = {
        "id": f"e{number}", "type": "DelegateRegistered", "correlation_id": f"call-{number:04}",
        "data": {"ceremony": "c0ffee0123456789", "registration": f"R-{number}", "name": "Lê Thị An", **data},
    }  # fmt: skip
    return json.dumps({"detail": detail}, ensure_ascii=False)


def test_every_work_is_told_the_idle_ones_too(failing: Any) -> None:
    failing.fail(QUEUE, message(1))
    failing.fail(QUEUE, message(2))
    failing.send(OTHER, message(3))
    works = {each.name: each for each in failing.failed_work.works()}
    assert {QUEUE, OTHER} <= set(works)
    assert list(works) == sorted(works)
    assert (works[QUEUE].failed, works[QUEUE].waiting) == (2, 0)
    assert (works[OTHER].failed, works[OTHER].waiting) == (0, 1)


def test_a_message_is_told_without_any_personal_datum(failing: Any) -> None:
    failing.fail(QUEUE, message(1))
    (item,) = failing.failed_work.look(QUEUE)
    assert (item.fact, item.correlation_id) == ("DelegateRegistered", "call-0001")
    assert item.things == {"ceremony": "c0ffee0123456789", "registration": "R-1"}
    assert abs(datetime.now(UTC) - item.since) < timedelta(hours=1)
    assert "An" not in repr(item)


def test_looking_changes_nothing(failing: Any) -> None:
    for number in range(12):
        failing.fail(QUEUE, message(number))
    for _ in range(2):
        assert len(failing.failed_work.look(QUEUE, 100)) == 12
        assert len(failing.failed_work.look(QUEUE, 5)) == 5


def test_one_goes_back_and_the_others_stay(failing: Any) -> None:
    for number in range(3):
        failing.fail(QUEUE, message(number))
    item = failing.failed_work.look(QUEUE)[1]
    done = failing.failed_work.retry(QUEUE, [item.id])
    assert (done.count, done.left) == (1, 0)
    (back,) = failing.due(QUEUE)
    assert back["detail"]["correlation_id"] == item.correlation_id
    assert item.id not in {each.id for each in failing.failed_work.look(QUEUE)}
    assert len(failing.failed_work.look(QUEUE)) == 2


def test_all_of_a_work_go_back_and_those_of_others_stay(failing: Any) -> None:
    for number in range(3):
        failing.fail(QUEUE, message(number))
    failing.fail(OTHER, message(9))
    done = failing.failed_work.retry(QUEUE)
    assert (done.count, done.left) == (3, 0)
    assert len(failing.due(QUEUE)) == 3
    assert failing.failed_work.look(QUEUE) == ()
    assert len(failing.failed_work.look(OTHER)) == 1


def test_of_too_many_some_go_back_and_how_many_stay_is_said(failing: Any) -> None:
    for number in range(MOST_AT_ONCE + 3):
        failing.fail(QUEUE, message(number))
    done = failing.failed_work.retry(QUEUE)
    assert (done.count, done.left) == (MOST_AT_ONCE, 3)
    done = failing.failed_work.retry(QUEUE)
    assert (done.count, done.left) == (3, 0)


@pytest.mark.parametrize("unknown", ["0", "1000000", "nothing", "", "1' OR 1=1", "٣", *HOSTILE_NAMES[:3]])
def test_what_is_not_there_is_said_to_stay(failing: Any, unknown: str) -> None:
    failing.fail(QUEUE, message(1))
    done = failing.failed_work.retry(QUEUE, [unknown])
    assert (done.count, done.left) == (0, 1)
    assert failing.failed_work.drop(QUEUE, unknown) is False
    assert len(failing.failed_work.look(QUEUE)) == 1


def test_what_is_given_up_is_gone(failing: Any) -> None:
    failing.fail(QUEUE, message(1))
    failing.fail(QUEUE, message(2))
    item = failing.failed_work.look(QUEUE)[0]
    assert failing.failed_work.drop(QUEUE, item.id) is True
    assert failing.failed_work.drop(QUEUE, item.id) is False
    assert item.id not in {each.id for each in failing.failed_work.look(QUEUE)}
    assert failing.due(QUEUE) == []


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', '{"detail": 5}', '{"detail": {"type": "<b>", "data": []}}'])
def test_a_body_of_any_form_is_shown_and_tried_again(failing: Any, body: str) -> None:
    failing.fail(QUEUE, body or " ")
    (item,) = failing.failed_work.look(QUEUE)
    assert (item.fact, item.things) == ("-", {})
    assert failing.failed_work.drop(QUEUE, item.id)


@pytest.mark.parametrize("name", ["no-such-work", "x-issue-ticket", "", "issue-ticket-dead"])
def test_a_work_that_does_not_exist_is_said(failing: Any, name: str) -> None:
    for ask in (
        lambda: failing.failed_work.look(name),
        lambda: failing.failed_work.retry(name),
        lambda: failing.failed_work.drop(name, "1"),
    ):
        with pytest.raises(NotFound) as told:
            ask()
        assert told.value.code == "operations.no_work"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_nothing_but_ids_is_told_of_a_fact(name: str) -> None:
    told = told_of(message(1, ceremony=name, pledge=name))
    assert "ceremony" not in told.things
    assert "pledge" not in told.things
    assert name not in repr(told)
