"""Growing the log's Merkle tree and making proofs from it (RFC 6962 section 2.1). Pure; checking stands in shared.kernel.merkle.

The **frontier** is all that appending needs: the roots of the perfect subtrees that the leaves fall into, the largest first,
one for each bit of the size. Called by append.py (frontier) and proofs.py (paths, from the nodes that tiles hold).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from shared.kernel.merkle import EMPTY_ROOT, node_hash

Node = Callable[[int, int], bytes]
"""(level, number) -> root of the perfect subtree over the leaves [number * 2^level, (number + 1) * 2^level)."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves by the roots of its perfect subtrees. Raises ValueError unless there is one for each bit."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError("a frontier has one hash for each bit of its size")

    @property
    def root(self) -> bytes:
        return folded(self.hashes)

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The tree with these leaf hashes after the present ones."""
        hashes, size = list(self.hashes), self.size
        for leaf in leaves:
            merged, bits = leaf, size
            while bits & 1:
                merged, bits = node_hash(hashes.pop(), merged), bits >> 1
            hashes.append(merged)
            size += 1
        return Frontier(size, tuple(hashes))


def folded(hashes: tuple[bytes, ...]) -> bytes:
    """The root over perfect subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def root_at(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return _root(0, size, node)


def inclusion_path(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """PATH(index, D[size]): from the leaf's sibling upwards. Raises ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root(middle, end, node))
            end = middle
        else:
            path.append(_root(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """PROOF(old, D[new]): that a tree of `new` leaves continues one of `old`. Raises ValueError unless 0 <= old <= new."""
    if not 0 <= old <= new:
        raise ValueError("no such trees")
    if old in (0, new):
        return ()
    start, end = 0, new
    path: list[bytes] = []
    while end > old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_root(middle, end, node))
            end = middle
        else:
            path.append(_root(start, middle, node))
            start = middle
    if start > 0:  # the old tree is not a perfect subtree of its own: the verifier needs this part of it
        path.append(_root(start, end, node))
    return tuple(reversed(path))


def _split(count: int) -> int:
    """The largest power of two below `count` (which is above 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _root(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]); `start` is a multiple of the largest perfect subtree in the range, as it is on every path."""
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(node(level, start >> level))
        start += 1 << level
    return folded(tuple(hashes))
