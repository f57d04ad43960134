"""Letters about the data held about a person: the link to see it, and what became of what they asked.

Called by functions/notices/send_sign_in.py. Whether anything is held about a named address is found out here and nowhere else:
where nothing is, no letter goes to a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from events.envelope import Act
from shared.edge.holdings import is_anything_held
from shared.edge.wiring import Ports
from shared.identity.subject_requests import ShowRequest
from shared.identity.subjects import MakePrivacyLink, WhoAsked
from shared.kernel.ids import derived_id
from shared.notices.letters import write_letter
from shared.notices.model import Notice
from shared.notices.usecases import SendNotice

Facts = Callable[[], Mapping[str, str | int]]


def asked(ports: Ports, act: Act, request: str) -> None:
    """The link that somebody asked for."""
    table = ports.table("identity")
    address = WhoAsked(table)(act, request)
    if address is None or not is_anything_held(ports, address):
        return
    page = f"{ports.settings.origin}/privacy"

    def facts() -> Mapping[str, str | int]:
        return {"link": f"{page}#{MakePrivacyLink(table)(act, address)}", "host": ports.settings.host}

    _send(ports, act, "privacy-link", address, f"subject-ask:{request}", facts, secret=True)


def decided(ports: Ports, act: Act, request: str, state: str) -> None:
    """What the office answered, and that it was done."""
    found = ShowRequest(ports.table("identity"))(request)
    words = {"host": ports.settings.host, "reason": found.reason, "carry_by": f"{found.carry_by:%d/%m/%Y}",
             "page": f"{ports.settings.origin}/privacy"}  # fmt: skip
    kind = f"privacy-{state.lower().replace('_', '-')}"
    _send(ports, act, kind, found.address, f"subject-request:{request}", lambda: words)


def _send(ports: Ports, act: Act, kind: str, address: str, ref: str, facts: Facts, *, secret: bool = False) -> None:
    notice = Notice(
        id=derived_id("notice", kind, ref), kind=kind, recipient=ref, address=address, address_name="",
        subject_ref=ref, carries_secret=secret,
    )  # fmt: skip
    send = SendNotice(ports.table("notices"), ports.mail)
    send(act, notice, lambda _: write_letter(notice, facts()))
