"""The Merkle tree of RFC 6962 section 2: hashes, and checking that an entry is in a tree and that one tree continues another.

Called by shared.kernel.tlog (proofs of one document) and shared.transparency (the log itself, which also makes the proofs).
A leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right): neither can pass for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from shared.kernel.malformed import Malformed

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_PATH = 64
"""Hashes of the longest path: no tree here has 2^64 leaves."""


class NotInTree(Malformed):
    """A proof that does not lead to the root. `reason`: `index`, `length`, `root`."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of a tree of `size` leaves in which `leaf` (a hash) stands at `index` (RFC 9162 section 2.1.3.2).

    Raises NotInTree: `index` (not below `size`), `length` (a path of another number of hashes than this place has).
    """
    if not 0 <= index < size:
        raise NotInTree("index")
    root = leaf
    for sibling, on_left in zip(path, _sides(index, size - 1, len(path)), strict=True):
        root = node_hash(sibling, root) if on_left else node_hash(root, sibling)
    return root


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Nothing, if the first `old_size` leaves of the new tree are those of the old one (RFC 9162 section 2.1.4.2).

    Raises NotInTree: `index` (the new tree is smaller), `length`, `root`.
    """
    if not 0 <= old_size <= new_size:
        raise NotInTree("index")
    if old_size in (0, new_size):
        _same(old_root, EMPTY_ROOT if old_size == 0 else new_root)
        if path:
            raise NotInTree("length")
        return
    hashes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not hashes:
        raise NotInTree("length")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for sibling, on_left in zip(hashes[1:], _sides(place, last, len(hashes) - 1), strict=True):
        old = node_hash(sibling, old) if on_left else old
        new = node_hash(sibling, new) if on_left else node_hash(new, sibling)
    _same(old, old_root)
    _same(new, new_root)


def _sides(place: int, last: int, count: int) -> tuple[bool, ...]:
    """On the way up from `place` in a row whose last place is `last`: whether each of `count` siblings stands on the left.

    Raises NotInTree(`length`) if the root is reached sooner or later.
    """
    sides = []
    for _ in range(count):
        if last == 0:
            raise NotInTree("length")
        on_left = bool(place & 1) or place == last
        while on_left and not place & 1 and place:  # levels at which this subtree has no sibling
            place, last = place >> 1, last >> 1
        sides.append(on_left)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise NotInTree("length")
    return tuple(sides)


def _same(found: bytes, expected: bytes) -> None:
    if found != expected:
        raise NotInTree("root")
