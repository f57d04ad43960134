"""The Merkle tree against pymerkle, which nobody here wrote: roots, proofs of inclusion and of consistency."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from shared.kernel.merkle import EMPTY_ROOT, NotInTree, check_consistency, leaf_hash, node_hash, root_of_path
from shared.transparency.tree import Frontier, consistency_path, inclusion_path, root_at

ENTRIES = [f"entry {number}".encode() for number in range(140)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def node(level, number):
    if level == 0:
        return LEAVES[number]
    return node_hash(node(level - 1, 2 * number), node(level - 1, 2 * number + 1))


@pytest.fixture(scope="module")
def others():
    return InmemoryTree.init_from_entries(ENTRIES, algorithm="sha256")


def test_the_empty_tree_and_one_leaf_are_as_rfc_6962_says():
    assert Frontier().root == EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert Frontier().extended([leaf_hash(b"a")]).root == hashlib.sha256(b"\x00a").digest()


@pytest.mark.parametrize("size", range(1, 140))
def test_the_roots_are_those_of_pymerkle(others, size):
    root = others.get_state(size)
    assert Frontier().extended(LEAVES[:size]).root == root_at(size, node) == root


@given(size=st.integers(1, 140), data=st.data())
def test_inclusion_is_as_pymerkle_proves_it(others, size, data):
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(index, size, node)
    assert list(path) == others.prove_inclusion(index + 1, size).path[1:]
    assert root_of_path(LEAVES[index], index, size, path) == others.get_state(size)


@given(new=st.integers(1, 140), data=st.data())
def test_consistency_is_as_pymerkle_sees_it(others, new, data):
    old = data.draw(st.integers(0, new))
    path = consistency_path(old, new, node)
    check_consistency(old, others.get_state(old), new, others.get_state(new), path)
    if old:
        verify_consistency(root_at(old, node), root_at(new, node), others.prove_consistency(old, new))


@given(size=st.integers(2, 140), data=st.data())
def test_a_changed_proof_leads_elsewhere(others, size, data):
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_path(index, size, node))
    root = others.get_state(size)
    at = data.draw(st.integers(0, len(path) - 1))
    changed = [*path[:at], bytes(32), *path[at + 1 :]]
    assert root_of_path(LEAVES[index], index, size, changed) != root
    for short_or_long in (path[:-1], [*path, bytes(32)]):
        with pytest.raises(NotInTree, match="length"):
            root_of_path(LEAVES[index], index, size, short_or_long)
    with pytest.raises(NotInTree, match="index"):
        root_of_path(LEAVES[index], size, size, path)


@given(new=st.integers(2, 140), data=st.data())
def test_another_tree_is_no_continuation(others, new, data):
    old = data.draw(st.integers(1, new - 1))
    path = list(consistency_path(old, new, node))
    roots = (others.get_state(old), others.get_state(new))
    for wrong in (
        (bytes(32), roots[1], path),
        (roots[0], bytes(32), path),
        (*roots, path[:-1]),
        (*roots, [*path, b""]),
    ):
        with pytest.raises(NotInTree):
            check_consistency(old, wrong[0], new, wrong[1], wrong[2])
    with pytest.raises(NotInTree):
        check_consistency(new, roots[1], old, roots[0], path)


@settings(max_examples=30)
@given(parts=st.lists(st.integers(0, 40), max_size=6))
def test_appending_in_parts_gives_the_same_tree(parts):
    tree, leaves = Frontier(), [leaf_hash(bytes([number])) for number in range(sum(parts))]
    for count in parts:
        tree = tree.extended(leaves[tree.size : tree.size + count])
    assert tree == Frontier().extended(leaves)
