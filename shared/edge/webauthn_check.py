"""Passkeys at the edge: the options that a browser is given, and the check of what it sends back (WebAuthn Level 3, FORMATS 6).

Called by functions/identity/*.py. Verification is py_webauthn's; what it leaves to the caller is decided here: the relying
party is HOST without its port, the one origin is this host's, frames of other sites are no place to sign in from, and the
counter is the context's to judge (shared/identity/passkeys.py). Asked for and kept: attestation `none`, user verified.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from shared.edge.settings import Settings
from shared.identity.model import Account
from shared.identity.passkeys import ALGORITHMS, Made, Passkey
from shared.kernel import base64url
from shared.kernel.errors import Refused
from shared.kernel.malformed import Malformed

_MOST_TRANSPORTS = 8
_TIMEOUT_MS = 120_000


def relying_party(settings: Settings) -> str:
    """The RP ID. Raises Refused(identity.passkeys_not_here): a passkey is bound to a name, and these are nobody's names."""
    name = settings.host.partition(":")[0]
    if name == "localhost":
        if settings.secure:  # the sample alone is served there, without TLS
            raise Refused("identity.passkeys_not_here", host=name)
        return name
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    raise Refused("identity.passkeys_not_here", host=name)


def enrolment_options(
    settings: Settings, account: Account, standing: tuple[Passkey, ...], challenge: bytes
) -> dict[str, Any]:
    """What navigator.credentials.create() gets: a discoverable credential, user verified."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AttestationConveyancePreference,
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=relying_party(settings),
        rp_name="Giao Ước",
        user_id=account.id.encode(),
        user_name=account.email or account.name or account.id,
        user_display_name=account.name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url.decode(each.credential)) for each in standing],
        supported_pub_key_algs=_algorithms(),
    )
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


def use_options(settings: Settings, standing: tuple[Passkey, ...], challenge: bytes) -> dict[str, Any]:
    """What navigator.credentials.get() gets. Without `standing` the authenticator itself offers whom it knows."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=relying_party(settings),
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url.decode(each.credential)) for each in standing],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    made: dict[str, Any] = json.loads(options_to_json(options))
    return made


def challenge_of(credential: Mapping[str, Any]) -> bytes:
    """The challenge that an answer says it answers; nothing else of it is believed yet. Raises Refused(answer_malformed)."""
    try:
        return base64url.decode(str(_client_data(credential).get("challenge")))
    except Malformed:
        raise Refused("identity.answer_malformed") from None


def user_of(credential: Mapping[str, Any]) -> str:
    """The account that a discoverable credential names. Raises Refused(identity.answer_malformed)."""
    try:
        return base64url.decode(str(credential["response"]["userHandle"])).decode("ascii")
    except (Malformed, KeyError, TypeError, UnicodeDecodeError):
        raise Refused("identity.answer_malformed") from None


def id_of(credential: Mapping[str, Any]) -> str:
    """The credential's id, as the authenticator spells it."""
    return str(credential.get("id", ""))[:1024]


def verified_enrolment(settings: Settings, challenge: bytes, credential: Mapping[str, Any]) -> Made:
    """The new credential. Raises Refused: identity.answer_malformed, identity.answer_not_valid."""
    from webauthn import verify_registration_response
    from webauthn.helpers.structs import CredentialDeviceType

    _own_frame(credential)
    with_exceptions = _failures()
    try:
        found = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying_party(settings),
            expected_origin=settings.origin,
            require_user_verification=True,
            supported_pub_key_algs=_algorithms(),
        )
    except with_exceptions:
        raise Refused("identity.answer_not_valid") from None
    told = credential["response"].get("transports") or ()
    transports = tuple(str(each)[:20] for each in told[:_MOST_TRANSPORTS]) if isinstance(told, list) else ()
    return Made(
        credential=base64url.encode(found.credential_id),
        public_key=found.credential_public_key,
        counter=found.sign_count,
        transports=transports,
        backed_up=found.credential_backed_up and found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def verified_use(settings: Settings, challenge: bytes, credential: Mapping[str, Any], passkey: Passkey) -> int:
    """The counter that the authenticator gave, for the context to judge. Raises Refused as above."""
    from webauthn import verify_authentication_response

    _own_frame(credential)
    with_exceptions = _failures()
    try:
        found = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=relying_party(settings),
            expected_origin=settings.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except with_exceptions:
        raise Refused("identity.answer_not_valid") from None
    return found.new_sign_count


def _algorithms() -> list[Any]:
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    return [COSEAlgorithmIdentifier(each) for each in ALGORITHMS]


def _failures() -> tuple[type[Exception], ...]:
    """What the library raises for an answer that is none: its own, and those of the parsers beneath it."""
    from webauthn.helpers.exceptions import WebAuthnException

    return (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError)


def _own_frame(credential: Mapping[str, Any]) -> None:
    client = _client_data(credential)
    if client.get("crossOrigin") not in (None, False) or "topOrigin" in client:
        raise Refused("identity.answer_not_valid")


def _client_data(credential: Mapping[str, Any]) -> dict[str, Any]:
    try:
        raw = base64url.decode(str(credential["response"]["clientDataJSON"]))
        client = json.loads(raw.decode("utf-8"))
    except (Malformed, KeyError, TypeError, ValueError):
        raise Refused("identity.answer_malformed") from None
    if not isinstance(client, dict):
        raise Refused("identity.answer_malformed")
    return client
