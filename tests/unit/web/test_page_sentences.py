"""Every sentence that a page's script or template asks for by a made-up code exists."""

import re
from pathlib import Path

import pytest

from shared.campaigns.model import MilestoneKind
from shared.ceremonies.model import ListState as DelegateListState
from shared.ceremonies.model import TicketState
from shared.certificates.model import CertificateState
from shared.certificates.model import ListState as AwardListState
from shared.kernel.token_check import Check
from shared.kernel.verification import Answer
from shared.notices.model import State as NoticeState
from shared.pledges.model import Role
from shared.pledges.model import State as PledgeState
from shared.texts import catalogue

SCRIPTS = sorted(Path("shared/web/static").rglob("*.js"))
KINDS = re.compile(r"(?:kind=|KIND(?:: Final)? = )\"([a-z-]+)\"|else \"(reminder-[a-z]+)\"")
MADE_UP = {
    "console.state_": [
        *PledgeState, *DelegateListState, *AwardListState, *CertificateState, *NoticeState,
        "WAITING", "DEFERRED", "CANCELLED",
    ],
    "console.milestone_": list(MilestoneKind),
    "verify.": list(Answer),
    "verify.check_": [*Check, "passed", "failed", "open"],
    "verify.kind_": ["c", "p"],
    "verify.missing_": [
        "no_status", "status_not_fresh", "no_log_proof", "key_compromised", "no_trust_list", "lower_seq", "unsigned",
        "not_this_list", "fault",
    ],
    "ticket_page.state_": [state for state in TicketState if state is not TicketState.VALID],
    "sign_page.role_": list(Role),
    "sign_page.other_": ["pledge", "text", "party", "statement"],
}  # fmt: skip


@pytest.mark.parametrize("path", SCRIPTS, ids=str)
def test_a_script_says_only_what_stands_in_the_catalogues(path):
    said = re.findall(r"""say\(["']([a-z_]+\.[A-Za-z0-9_.-]+)["']""", path.read_text("utf-8"))
    assert [code for code in said if code not in catalogue()] == []


@pytest.mark.parametrize("beginning", MADE_UP)
def test_a_made_up_code_has_its_sentence(beginning):
    assert [end for end in MADE_UP[beginning] if f"{beginning}{end}" not in catalogue()] == []


def test_every_answer_is_explained():
    assert [answer for answer in Answer if f"verify.{answer}_text" not in catalogue()] == []


def test_every_kind_of_message_has_a_name_in_the_ledger():
    kinds = set()
    for path in (*Path("functions/notices").glob("send_*.py"), Path("functions/notices/deliver_reminder.py")):
        kinds |= {one or other for one, other in KINDS.findall(path.read_text("utf-8"))}
    assert len(kinds) >= 4
    assert [kind for kind in kinds if f"console.notice_{kind}" not in catalogue()] == []
