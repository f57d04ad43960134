"""Issue: once, whatever dies in between. Publication: when the presentation begins, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.certificates.decisions import RecordDecision
from shared.certificates.issue import IssueCertificate, code_text
from shared.certificates.model import CertificateState
from shared.certificates.numbers import BLOCK, HALF
from shared.certificates.publish import PublishCertificates, PublishResults, ReleaseResults
from shared.certificates.records import DownloadCertificate, FindPublicRecord, ListCertificates
from shared.certificates.status import Order, RevokeCertificate
from shared.kernel.codetext import parse_code
from shared.kernel.errors import Invalid, NotFound, Refused, Unavailable
from shared.kernel.keys import ed25519_key
from shared.kernel.tokens import DocumentKind, read
from tests.unit.certificates.conftest import BEFORE, CITATION, ORIGIN, act_at, new_decision, plain_draw, row_of

BEGAN = datetime(2027, 2, 12, 3, 15, tzinfo=UTC)
ORDER = Order(number="215/QĐ-SNV", date=BEGAN.date(), reason="Thành tích không đúng sự thật")


def published(table, ceremony="cer1"):
    decisions = PublishResults(table)(act_at(BEGAN), ceremony=ceremony, began_at=BEGAN)
    return [PublishCertificates(table)(act_at(BEGAN), decision=decision) for decision in decisions]


def test_a_certificate_says_what_the_decision_says_and_its_code_verifies(check, issue, keys):
    check(row_of("Phan Diệu Nhã"))
    [certificate] = issue()
    code = parse_code(code_text(ORIGIN, certificate))
    claims = read(code.token).open(ed25519_key(keys.signers["SNV"].public_key()))
    assert (claims.kind, claims.issuer, claims.id) == (DocumentKind.CERTIFICATE, "SNV", int(certificate.id))
    assert (claims.recipient, claims.title) == ("Phan Diệu Nhã", f"Giấy khen: {CITATION}")
    assert (claims.reference, claims.occasion) == ("128/QĐ-SNV", "KHOI2-2027")
    assert claims.status_number == certificate.status_number
    assert claims.issued_at == int(BEFORE.timestamp())
    assert claims.text_sha256 is None
    assert code.id == int(certificate.id)
    assert len(certificate.id) == 39


def test_status_numbers_are_unique_and_in_the_lower_half_of_the_block(check, issue):
    check(*[row_of(f"Người {number}") for number in range(60)])
    numbers = [certificate.status_number for certificate in issue()]
    assert len(set(numbers)) == 60
    assert all(number % BLOCK < HALF for number in numbers)
    assert numbers != sorted(numbers)


def test_issuing_again_makes_nothing_new(check, issue, facts, objects):
    check(row_of("A"), row_of("B"))
    first = issue()
    assert issue() == first
    assert len(facts("CertificateIssued")) == 2
    assert all(objects.get(each.documents.pdf_key) for each in first)


class Died(Exception):
    """The process was killed."""


@pytest.mark.parametrize("dies_at", range(8))
def test_a_crash_between_any_two_steps_loses_nothing_and_issues_nothing_twice(
    check, decision, table, objects, keys, facts, monkeypatch, dies_at
):
    """Every call to a port is a place to die, before or after it took effect."""
    check(row_of("A"))
    [granted] = facts("AwardGranted")
    left = dies_at
    plain_commit, plain_put = type(table).commit, type(objects).put_new

    def mortal(real):
        def call(self, *args):
            nonlocal left
            left -= 1
            if left == -1:
                raise Died
            done = real(self, *args)
            left -= 1
            if left == -1:
                raise Died
            return done

        return call

    seals = iter(range(100))

    def draw(certificate, code):
        drawn = plain_draw(certificate, code)
        return type(drawn)(pdf=drawn.pdf + str(next(seals)).encode(), png=drawn.png)

    monkeypatch.setattr(type(table), "commit", mortal(plain_commit))
    monkeypatch.setattr(type(objects), "put_new", mortal(plain_put))
    with pytest.raises(Died):
        IssueCertificate(table, objects, keys, ORIGIN, draw)(act_at(), decision=decision.id, award=granted.award)
    monkeypatch.undo()
    later = act_at(BEFORE + timedelta(minutes=3))
    use_case = IssueCertificate(table, objects, keys, ORIGIN, draw)
    certificate = use_case(later, decision=decision.id, award=granted.award)
    assert certificate == use_case(later, decision=decision.id, award=granted.award)
    assert certificate.issued_at in (BEFORE, BEFORE + timedelta(minutes=3))
    assert len(ListCertificates(table)(decision=decision.id).certificates) == 1
    [issued] = facts("CertificateIssued")
    assert issued.certificate == certificate.id
    assert issued.pdf_sha256 == certificate.documents.pdf_sha256
    assert certificate.token.encode() not in objects.get(certificate.documents.png_key)
    assert code_text(ORIGIN, certificate).encode() in objects.get(certificate.documents.pdf_key)


def test_without_the_issuers_key_nothing_is_decided(check, decision, table, objects, facts):
    class NoKeys:
        def signer(self, issuer, purpose):
            raise Unavailable("key.missing")

        def certificate(self, issuer):
            raise Unavailable("key.missing")

    check(row_of("A"))
    [granted] = facts("AwardGranted")
    with pytest.raises(Unavailable):
        IssueCertificate(table, objects, NoKeys(), ORIGIN, plain_draw)(
            act_at(), decision=decision.id, award=granted.award
        )
    assert not ListCertificates(table)(decision=decision.id).certificates


def test_an_award_that_has_not_arrived_is_asked_for_again(table, objects, keys):
    with pytest.raises(NotFound):
        IssueCertificate(table, objects, keys, ORIGIN, plain_draw)(act_at(), decision="d", award="a")


def test_issued_is_not_published(check, issue, table, facts):
    check(row_of("A"))
    [certificate] = issue()
    record = FindPublicRecord(table)(certificate.id)
    assert record is not None
    assert not record.published
    assert (record.decision_number, record.issuer_name, record.state) == ("", "", None)
    assert not facts("CertificatePublished")
    assert PublishCertificates(table)(act_at(), decision=certificate.decision) == 0


def test_the_beginning_of_the_presentation_publishes_every_certificate_once(check, issue, table, facts):
    check(*[row_of(f"Người {number}") for number in range(90)])
    certificates = issue()
    assert published(table) == [90]
    assert published(table) == [0]
    assert len(facts("ResultsPublished")) == 1
    assert len({fact.certificate for fact in facts("CertificatePublished")}) == 90
    assert len(facts("CertificatePublished")) == 90
    record = FindPublicRecord(table)(certificates[0].id)
    assert record is not None
    assert (record.published, record.state) == (True, CertificateState.VALID)
    assert record.decision_number == certificates[0].decision_number


def test_another_ceremony_publishes_nothing_of_this_one(check, issue, table):
    check(row_of("A"))
    issue()
    assert published(table, ceremony="cer2") == []


def test_a_decision_that_loses_the_race_against_the_presentation_is_refused_not_forgotten(table, decision):
    published(table)
    unaware = new_decision(number="131/QĐ-SNV")  # the edge read the ceremony a moment before
    with pytest.raises(Refused) as refused:
        RecordDecision(table)(act_at(BEGAN), unaware)
    assert refused.value.code == "certificate.presentation_began"
    assert RecordDecision(table)(act_at(BEGAN), new_decision()).id == decision.id
    began = new_decision(number="132/QĐ-SNV", ceremony="cer2", presentation_began_at=BEGAN)
    with pytest.raises(Refused):
        RecordDecision(table)(act_at(BEGAN), began)


def test_a_certificate_finished_after_the_presentation_began_is_published_at_once(check, issue, table, facts):
    check(row_of("A"))
    assert published(table) == [0]
    issue(BEGAN + timedelta(minutes=1))
    assert len(facts("CertificatePublished")) == 1


def test_an_organiser_releases_results_that_no_ceremony_announces(table, check, issue, facts):
    quiet = RecordDecision(table)(act_at(), new_decision(number="129/QĐ-SNV", ceremony=None))
    check(row_of("A"), of=quiet)
    issue()
    ReleaseResults(table)(act_at(BEGAN), decision=quiet.id)
    ReleaseResults(table)(act_at(BEGAN + timedelta(days=1)), decision=quiet.id)
    assert PublishCertificates(table)(act_at(BEGAN), decision=quiet.id) == 1
    assert len(facts("ResultsPublished")) == 1


def test_a_certificate_revoked_before_the_publication_appears_as_revoked_and_nobody_is_written_to(
    check, issue, table, facts
):
    check(row_of("A"))
    [certificate] = issue()
    RevokeCertificate(table)(act_at(BEGAN), certificate=certificate.id, order=ORDER)
    published(table)
    record = FindPublicRecord(table)(certificate.id)
    assert record is not None
    assert record.state is CertificateState.REVOKED
    assert not facts("CertificatePublished")


def test_documents_are_downloaded_once_they_are_finished(check, issue, table, objects):
    check(row_of("A"))
    [certificate] = issue()
    download = DownloadCertificate(table, objects)
    assert download(certificate=certificate.id, kind="pdf").startswith(ORIGIN)
    with pytest.raises(Invalid):
        download(certificate=certificate.id, kind="exe")
    with pytest.raises(NotFound):
        download(certificate="0" * 39, kind="pdf")


def test_lists_are_sorted_by_given_name(check, issue, table, decision):
    check(row_of("Trần Văn Ân"), row_of("Lê Thị Đào"), row_of("Bùi Văn Anh"), row_of("Đỗ Hữu Dũng"))
    issue()
    names = [each.recipient.name for each in ListCertificates(table)(decision=decision.id).certificates]
    assert names == ["Bùi Văn Anh", "Trần Văn Ân", "Đỗ Hữu Dũng", "Lê Thị Đào"]
    with pytest.raises(Invalid):
        ListCertificates(table)(decision=decision.id, cursor="???")
