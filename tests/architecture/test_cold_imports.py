"""What each function loads before its first request. Every entry costs every cold start, whatever is then asked (decision 0016).

Only modules of the product are counted: what a library loads is its own affair, and differs between versions of Python.
"""

import json
import subprocess
import sys

import pytest

from infra.embedded.template import load

FUNCTIONS = {function.name: function.module for function in load("serverless.yml").functions}

SDK = {"boto3", "botocore"}
BODIES = {"pydantic"}
PAGES = {"jinja2"}
SIGNATURES = {"cryptography"}
LOGGER = {"aws_lambda_powertools"}
LETTERS = {"email.message"}
DRAWING = {"PIL", "typst", "qrcode", "fontTools"}
WORKBOOKS = {"python_calamine", "openpyxl", "xlsxwriter"}

HTTP = SDK | BODIES | PAGES | SIGNATURES | LOGGER | LETTERS | DRAWING | WORKBOOKS | {"events.catalogue"}
CALLERS = {"shared.edge.audit", "shared.edge.freshness", "shared.edge.idempotency", "shared.edge.four_eyes"}
CALLERS |= {"shared.edge.navigation", "shared.identity.model", "shared.identity.sessions", "shared.identity.accounts"}
PUBLIC = HTTP | {"cbor2", "rfc8785", "email", "logging", "ssl", "asyncio", "shared.pledges", "shared.kernel.trust"}
PUBLIC |= CALLERS
CONSUMER = {"boto3", "events.catalogue"} | BODIES | PAGES | SIGNATURES | LETTERS | DRAWING | WORKBOOKS
DRAWS = {"boto3", "events.catalogue"} | BODIES | PAGES | WORKBOOKS
RELAY = CONSUMER | LOGGER | {"shared.edge"}

BUDGET = {
    # what it must not load, and how many modules of the product it may
    "publicVerify": (PUBLIC, 40),
    "publicPages": (PUBLIC, 33),
    "identityHttp": (HTTP, 56),  # signing in, one's account and people are one function
    "auditHttp": (HTTP, 70),
    "privacyHttp": (HTTP, 110),
    "privacyApplyRetention": (CONSUMER, 70),
    "operationsHttp": (HTTP, 60),
    "noticesHttp": (HTTP, 44),
    "directoryHttp": (HTTP, 72),
    "campaignsHttp": (HTTP, 55),
    "ceremoniesAdmit": (HTTP | CALLERS, 58),
    "hallHttp": (HTTP, 72),
    "pledgesSigningHttp": (HTTP, 71),
    "certificatesHttp": (HTTP, 84),
    "ceremoniesHttp": (HTTP, 86),
    "papersHttp": (HTTP, 110),
    "pledgesHttp": (HTTP, 85),
    "consoleHttp": (HTTP, 190),
    "outboxRelay": (RELAY, 18),
    "campaignsPlanCampaign": (CONSUMER, 32),
    "ceremoniesCountAttendance": (CONSUMER, 30),
    "ceremoniesImportDelegates": (CONSUMER, 65),
    "ceremoniesIssueTicket": (CONSUMER, 46),
    "certificatesPublishCertificates": (CONSUMER, 30),
    "certificatesPublishResults": (CONSUMER, 31),
    "certificatesSignStatusLists": (CONSUMER, 59),
    "noticesDeliverReminder": (CONSUMER, 55),
    "noticesNoteMailFeedback": (CONSUMER, 29),
    "noticesSendContactChanged": (CONSUMER, 45),
    "noticesSendPledgeStatus": (CONSUMER, 67),
    "noticesSendSealedPledge": (CONSUMER, 65),
    "noticesSendSignIn": (CONSUMER, 50),
    "noticesSendSignatureReceipt": (CONSUMER, 66),
    "noticesSendSigningLinks": (CONSUMER, 66),
    "pledgesCountSignatures": (CONSUMER, 44),
    "transparencyWriteLog": (CONSUMER, 67),
    "certificatesCheckAwards": (DRAWS, 75),
    "certificatesIssueCertificate": (DRAWS, 70),
    "noticesSendCertificate": (DRAWS, 79),
    "noticesSendInvitation": (DRAWS, 90),
    "pledgesSeal": (DRAWS, 78),
}

PROBE = """
import json, sys, importlib.abc
importers = {}
class Witness(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__", "").startswith(("importlib", "_frozen_importlib")):
            frame = frame.f_back
        importers.setdefault(name, frame.f_globals.get("__name__") if frame else None)
        return None
before = set(sys.modules)
sys.meta_path.insert(0, Witness())
import %s
print(json.dumps({name: importers.get(name) for name in sys.modules if name not in before}))
"""


def loaded_by(module):
    """Module -> the module that asked for it first."""
    run = subprocess.run([sys.executable, "-c", PROBE % module], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def chain(name, importers):
    """`functions.x.http -> shared.edge.pages -> jinja2`"""
    steps = [name]
    while importers.get(steps[0]) and importers[steps[0]] != "__main__":
        steps.insert(0, importers[steps[0]])
    return " -> ".join(steps)


def test_every_function_has_a_budget():
    assert FUNCTIONS.keys() - BUDGET.keys() == set(), "say in BUDGET what it may load"
    assert BUDGET.keys() - FUNCTIONS.keys() == set(), "there is no such function any more"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_loads_no_more_than_its_first_request_needs(function):
    forbidden, most = BUDGET.get(function, (set(), 0))
    importers = loaded_by(FUNCTIONS[function])
    wrong = sorted(forbidden & importers.keys())
    assert not wrong, (
        f"{function} must not load {', '.join(wrong)} before it is asked for it: {chain(wrong[0], importers)}. "
        "Import it in the function that needs it, or move that one into a module of its own."
    )
    ours = sorted(name for name in importers if name.startswith(("functions.", "shared.", "events.")))
    assert len(ours) <= most, f"{function} loads {len(ours)} of our modules, {most} are allowed: {', '.join(ours)}"
