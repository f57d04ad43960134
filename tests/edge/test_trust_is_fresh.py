"""A process looks at the published trust list again in time, also when it was frozen or its clock was set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.edge.trust import FRESH_S, trust_list
from shared.edge.trust_files import LIST_KEY
from shared.kernel.elapsed import Reading, read_clocks
from shared.kernel.errors import Unavailable
from tests.edge_world import sample_world


@pytest.mark.parametrize(
    ("later", "looks_again"),
    [
        (Reading(FRESH_S / 2, FRESH_S / 2), False),
        (Reading(FRESH_S, FRESH_S), True),
        (Reading(0.001, 3600), True),  # frozen between two requests
        (Reading(FRESH_S, -3600), True),  # the wall clock was set back
    ],
)
def test_a_list_is_not_trusted_longer_than_its_time(tmp_path: Path, later: Reading, looks_again: bool) -> None:
    with sample_world(tmp_path) as world:
        known = trust_list(world.ports, reading=lambda: Reading(0, 0))
        world.ports.public.replace(LIST_KEY, b"no list", "application/json")
        if looks_again:
            with pytest.raises(Unavailable) as caught:
                trust_list(world.ports, reading=lambda: later)
            assert caught.value.code == "trust.no_list"
        else:
            assert trust_list(world.ports, reading=lambda: later) == known


def test_both_clocks_are_read() -> None:
    first = read_clocks()
    assert read_clocks().since(first) >= 0
