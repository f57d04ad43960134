"""Queue send-sign-in <- SignInRequested, PersonInvited, GrantsChanged, PersonAddressChanged, PasskeyChanged, PasskeysReset:
letters to people with an account;
PrivacyLinkRequested, SubjectRequestDecided: letters to people about whom something is held.

Links and codes are made inside `compose`, at the moment of sending. Whether an asked-for address is anybody's is found out
here and nowhere else: for an address that nobody has there is no letter and no line in the ledger.
"""

from __future__ import annotations

from typing import Any

from events.envelope import Act
from events.identity import (
    GrantsChanged,
    PasskeyChanged,
    PasskeysReset,
    PersonAddressChanged,
    PersonInvited,
    PrivacyLinkRequested,
    SignInRequested,
    SubjectRequestDecided,
)
from shared.edge import queue, sign_in_letters, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """One letter per fact."""
    ports = wiring.ports()

    def asked(act: Act, fact: SignInRequested, _: Any) -> None:
        sign_in_letters.asked(ports, act, fact.request)

    def invited(act: Act, fact: PersonInvited, _: Any) -> None:
        sign_in_letters.invited(ports, act, fact.account, fact.request)

    def changed(act: Act, fact: PasskeyChanged, envelope: Any) -> None:
        sign_in_letters.changed(ports, act, fact, envelope.occurred_at)

    def reset(act: Act, fact: PasskeysReset, _: Any) -> None:
        sign_in_letters.reset(ports, act, fact.account, fact.recovery)

    def address_changed(act: Act, fact: PersonAddressChanged, envelope: Any) -> None:
        sign_in_letters.address_changed(ports, act, fact, envelope.occurred_at)

    def rights_changed(act: Act, fact: GrantsChanged, _: Any) -> None:
        sign_in_letters.rights_changed(ports, act, fact)

    def privacy_asked(act: Act, fact: PrivacyLinkRequested, _: Any) -> None:
        from shared.edge import privacy_letters  # reads several contexts: for these letters alone

        privacy_letters.asked(ports, act, fact.request)

    def privacy_decided(act: Act, fact: SubjectRequestDecided, _: Any) -> None:
        from shared.edge import privacy_letters

        privacy_letters.decided(ports, act, fact.request, fact.state)

    kinds: dict[type, queue.Consumer] = {
        PrivacyLinkRequested: privacy_asked, SubjectRequestDecided: privacy_decided,
        GrantsChanged: rights_changed, PersonAddressChanged: address_changed,
        SignInRequested: asked, PersonInvited: invited, PasskeyChanged: changed, PasskeysReset: reset,
    }  # fmt: skip
    return queue.consume(message, context, kinds)
