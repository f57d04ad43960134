"""What is found in award lists: the sample's own, and every defect alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.certificates.catalogue import catalogue
from shared.certificates.decisions import ReceiveAwardList, RecordDecision
from shared.certificates.lists import CheckAwards, RefuseList
from shared.certificates.model import AuthorityLevel, ListState, RecipientType
from shared.certificates.rules import COLUMNS, check_rows
from shared.documents.workbook import read_workbook
from shared.embedded.store import Store
from shared.kernel.errors import Invalid, Refused
from shared.kernel.lists import read_list
from tests.unit.certificates.conftest import act_at, list_of, new_decision, row_of

GIVEN = ["name", "type", "form", "citation", "email", "unit"]
SAMPLE = Path("samples/khoi-thi-dua-2/awards.csv")


def found(entries):
    return [(entry.row, entry.number, entry.field, entry.code) for entry in entries]


def test_the_sample_list_is_reported_row_by_row_and_its_good_rows_become_awards(check, facts):
    report = check(read=read_list(read_workbook(SAMPLE.read_bytes()), COLUMNS))
    assert found(report.problems) == [
        (11, "10", "form", "award.form_not_grantable"),
        (22, "21", "citation", "award.no_citation"),
        (34, "33", "name", "award.no_recipient"),
        (52, "50", "name", "award.twice"),
    ]
    assert found(report.notes) == [(45, "44", "name", "award.nfd_fixed")]
    assert report.problems[0].facts == {"form": "Bằng khen", "source": "Luật 06/2022/QH15, Điều 79"}
    assert report.problems[3].facts == {"first_row": 51}
    assert report.notes[0].facts == {"text": "Trần Quốc Thiện"}
    assert (report.list.rows, report.list.accepted, report.list.rejected) == (65, 61, 4)
    assert report.list.unverified == ("Giấy khen: Luật 06/2022/QH15, Điều 75",)
    assert len(facts("AwardGranted")) == 61
    accepted = facts("AwardListAccepted")
    assert [(fact.rows, fact.accepted, fact.rejected) for fact in accepted] == [(65, 61, 4)]


def test_a_list_that_is_checked_again_grants_nothing_twice(check, table, decision, facts):
    first = check(row_of("A"), row_of("B"))
    again = CheckAwards(table)(
        act_at(), decision=decision.id, list_id=first.list.id, read=list_of(row_of("A"), row_of("C"))
    )
    assert again == first.list
    assert len(facts("AwardGranted")) == 2


def test_a_check_that_was_cut_off_goes_on_where_it_stood(table, decision, facts, monkeypatch):
    rows = [row_of(f"Người thứ {number}") for number in range(100)]
    received = ReceiveAwardList(table)(act_at(), decision=decision.id, object_key="imports/b.csv", filename="b.csv")
    commits = 0
    real = type(table).commit

    def dying(self, writes, events=()):
        nonlocal commits
        commits += 1
        if commits == 2:
            raise RuntimeError("the process died")
        return real(self, writes, events)

    monkeypatch.setattr(type(table), "commit", dying)
    with pytest.raises(RuntimeError):
        CheckAwards(table)(act_at(), decision=decision.id, list_id=received.id, read=list_of(*rows))
    assert len(facts("AwardGranted")) == 40
    done = CheckAwards(table)(act_at(), decision=decision.id, list_id=received.id, read=list_of(*rows))
    assert (done.accepted, done.rejected) == (100, 0)
    assert len({fact.award for fact in facts("AwardGranted")}) == len(facts("AwardGranted")) == 100


def test_an_award_of_another_list_of_the_decision_is_not_granted_again(check):
    check(row_of("A"))
    report = check(row_of("A"), row_of("B"), key="imports/second.csv")
    assert found(report.problems) == [(2, "1", "name", "award.already_granted")]
    assert report.list.accepted == 1


def test_two_people_of_one_name_need_something_that_tells_them_apart(check):
    report = check(row_of("Lê An"), row_of("Lê An", position="Văn thư"), row_of("Lê An", email="khac@tinh.example"))
    assert found(report.problems) == [(4, "1", "name", "award.twice")]


def test_spelling_is_kept_and_makes_different_people(check):
    assert check(row_of("Đặng Diệu Thúy"), row_of("Đặng Diệu Thuý")).list.accepted == 2


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " \u200b"}, "name", "award.no_recipient"),
        ({"type": ""}, "type", "award.no_type"),
        ({"type": "Con mèo"}, "type", "award.unknown_type"),
        ({"form": ""}, "form", "award.no_form"),
        ({"form": "Giấy khôn"}, "form", "award.unknown_form"),
        ({"form": "Bằng khen"}, "form", "award.form_not_grantable"),
        ({"form": "Lao động tiên tiến", "type": "Tập thể"}, "form", "award.form_not_for_recipient"),
        ({"citation": "Thành tích " * 60}, "citation", "award.field_too_long"),
        ({"citation": "Thành tích đặc biệt xuất sắc " * 14}, "citation", "award.text_too_long"),
    ],
)
def test_a_row_that_cannot_become_an_award_says_why_and_holds_up_nobody(check, changes, field, code):
    report = check(row_of(**changes), row_of("Người khác"))
    assert (2, "1", field, code) in found(report.problems)
    assert (report.list.accepted, report.list.rejected) == (1, 1)


def test_all_problems_of_a_row_are_told_at_once(check):
    report = check(row_of("", type="?", form="?", citation=""), row_of("B"))
    assert [problem.field for problem in report.problems] == ["name", "citation", "type", "form"]
    assert report.list.rejected == 1


def test_what_can_be_set_right_is_set_right_and_noted(check, table, decision):
    report = check(row_of("Nguyễn\u202e Văn\u200b A", email="nguoi nhan", direct_worker="có lẽ"))
    assert found(report.notes) == [
        (2, "1", "name", "award.invisible_removed"),
        (2, "1", "direct_worker", "award.direct_worker_unclear"),
        (2, "1", "email", "award.bad_email"),
    ]
    assert report.notes[0].facts == {"signs": "U+202E U+200B"}
    assert report.list.accepted == 1


def test_an_unreadable_file_leaves_its_reason_and_no_award(table, decision, facts):
    received = ReceiveAwardList(table)(act_at(), decision=decision.id, object_key="imports/c.pdf", filename="c.pdf")
    refused = RefuseList(table)(act_at(), decision=decision.id, list_id=received.id, code="list.is_pdf")
    assert (refused.state, refused.refusal) == (ListState.UNREADABLE, "list.is_pdf")
    again = CheckAwards(table)(act_at(), decision=decision.id, list_id=received.id, read=list_of(row_of()))
    assert again == refused
    assert not facts("AwardGranted")


def test_a_list_of_more_rows_than_a_decision_has_is_refused_whole(check, facts):
    with pytest.raises(Refused) as refused:
        check(*[row_of(f"Người {number}") for number in range(5001)])
    assert refused.value.code == "award_list.too_many_rows"
    assert not facts("AwardGranted")


def test_the_same_decision_again_is_the_one_that_stands(table, decision):
    assert RecordDecision(table)(act_at(), new_decision()) == decision
    with pytest.raises(Refused) as refused:
        RecordDecision(table)(act_at(), new_decision(subject="Về việc khác"))
    assert refused.value.code == "decision.recorded_otherwise"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ceremony": "q" * 65}, "ceremony"),
        ({"ceremony": "a#b"}, "ceremony"),
        ({"issuer": replace(new_decision().issuer, heading_lines=("A",) * 5)}, "heading_lines"),
        ({"issuer": replace(new_decision().issuer, heading_lines=("A" * 161,))}, "heading_lines"),
        ({"issuer": replace(new_decision().issuer, place="A" * 161)}, "place"),
    ],
)
def test_what_stands_on_papers_is_bounded(table, changes, field):
    with pytest.raises(Invalid) as refused:
        RecordDecision(table)(act_at(), new_decision(**changes))
    assert refused.value.facts["field"] == field


def test_heading_and_place_are_cleaned_for_papers(table):
    snapshot = replace(new_decision().issuer, heading_lines=(" UỶ BAN\u202e\nMẶT TRẬN ",), place="Tỉnh\u200b  ")
    issuer = RecordDecision(table)(act_at(), new_decision(issuer=snapshot)).issuer
    assert (issuer.heading_lines, issuer.place) == (("UỶ BAN MẶT TRẬN",), "Tỉnh")


@pytest.mark.parametrize("field", ["number", "subject", "office", "signer"])
def test_a_decision_with_a_missing_text_names_the_field(table, field):
    with pytest.raises(Invalid) as refused:
        RecordDecision(table)(act_at(), new_decision(**{field: "  "}))
    assert refused.value.facts["field"] == field


def test_the_head_of_a_department_grants_no_certificate_of_merit_and_the_province_does():
    pairs = catalogue()
    merit, commendation = pairs.find("bằng khen"), pairs.find("GIAY KHEN")
    assert merit is not None
    assert commendation is not None
    day, person = date(2027, 1, 27), RecipientType.INDIVIDUAL
    for level in (AuthorityLevel.PROVINCE_DEPARTMENT, AuthorityLevel.UNIT, AuthorityLevel.COMMUNE):
        assert pairs.judge(merit, level, person, day).refusal == "award.form_not_grantable"
        assert pairs.judge(commendation, level, person, day).refusal is None
    verdict = pairs.judge(merit, AuthorityLevel.PROVINCE, person, day)
    assert verdict.refusal is None
    assert verdict.unverified, "what nobody has compared with the official text is labelled"


def test_before_the_law_the_catalogue_is_silent_instead_of_refusing():
    pairs = catalogue()
    form = pairs.find("Giấy khen")
    assert form is not None
    verdict = pairs.judge(form, AuthorityLevel.COMMUNE, RecipientType.INDIVIDUAL, date(2020, 5, 1))
    assert (verdict.refusal, verdict.silent) == (None, True)


def test_every_grant_names_its_source():
    assert all(grant.source for grant in catalogue().grants)
    assert all(form.recipients_source for form in catalogue().forms.values())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(GIVEN), st.text(max_size=30)), min_size=1, max_size=8))
def test_no_text_breaks_the_check_and_every_row_is_accounted_for(changes):
    with Store(":memory:") as store:
        decision = RecordDecision(store.table("certificates"))(act_at(), new_decision())
    read = list_of(*[row_of(**change) for change in changes])
    checked = check_rows(decision, "list", read, catalogue(), frozenset())
    assert len(checked.awards) == checked.report.accepted
    assert checked.report.accepted + checked.report.rejected == len(read.rows)
    assert len({award.id for award in checked.awards}) == len(checked.awards)
    assert all(award.citation and award.recipient.name for award in checked.awards)
