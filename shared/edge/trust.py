"""The trust list that this host publishes, checked under its root key before anything here relies on it.

Called by functions that verify tokens (admissions, /v) and by those that sign. The list and its signature are public
objects; the root's public key is kept beside the private objects, put there by the key session (infra/commands).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final

from shared.edge.trust_files import LIST_KEY, SIGNATURE_KEY, past_list_key, root_vkey
from shared.edge.wiring import Ports
from shared.kernel.elapsed import Reading, read_clocks
from shared.kernel.errors import NotFound, Unavailable
from shared.kernel.malformed import Malformed
from shared.kernel.notes import Vkey, parse_vkey
from shared.kernel.ports import Objects
from shared.kernel.trust import BadTrust, TrustList
from shared.kernel.trust_json import follows, parse_list
from shared.kernel.trust_root import VerifiedList, signed_seq, verify_list

FRESH_S: Final = 10.0
"""A revoked key is noticed within this time."""

_kept: weakref.WeakKeyDictionary[Objects, tuple[Reading, TrustList]] = weakref.WeakKeyDictionary()


def trust_list(ports: Ports, *, reading: Callable[[], Reading] = read_clocks) -> TrustList:
    """The list in force. Raises Unavailable(trust.no_list) if there is none or the root key did not sign it."""
    now = reading()
    kept = _kept.get(ports.public)
    if kept is not None and now.since(kept[0]) < FRESH_S:
        return kept[1]
    try:
        root = parse_vkey(root_vkey(ports))
        verified = _verified(ports.public, root)
    except (NotFound, Malformed):
        raise Unavailable("trust.no_list") from None
    _kept[ports.public] = (now, verified.trust)
    return verified.trust


def _verified(public: Objects, root: Vkey) -> VerifiedList:
    """The list that the root key signed. The key session replaces list and signature one after the other; in between, and
    until it is held again if it broke off there, the list that is signed still stands under its number, and the other one
    follows it. Raises BadTrust for a list that is neither signed nor such a follower, and what verify_list raises."""
    data, signature = public.get(LIST_KEY), public.get(SIGNATURE_KEY)
    try:
        return verify_list(data, signature, root)
    except BadTrust as mismatch:
        if mismatch.reason != "not_this_list":
            raise
        signed = verify_list(public.get(past_list_key(signed_seq(signature))), signature, root)
        if not follows(parse_list(data), signed.trust):
            raise
        return signed
