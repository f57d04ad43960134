"""The files of the log are where C2SP tlog-tiles puts them, and what it says they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import Conflict
from shared.transparency.tiles import bundle_key, decode_bundle, encode_bundle, tile_key


@pytest.mark.parametrize(
    ("level", "number", "width", "key"),
    [
        (0, 0, 256, "log/tile/0/000"),
        (0, 5, 3, "log/tile/0/005.p/3"),
        (1, 999, 256, "log/tile/1/999"),
        (2, 1000, 256, "log/tile/2/x001/000"),
        (0, 1234067, 256, "log/tile/0/x001/x234/067"),
        (63, 1234067, 255, "log/tile/63/x001/x234/067.p/255"),
    ],
)
def test_tiles_lie_where_the_specification_says(level, number, width, key):
    assert tile_key(level, number, width) == key
    assert bundle_key(number, width) == key.replace(f"tile/{level}/", "tile/entries/")


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_are_read_as_they_were_written(entries):
    assert list(decode_bundle(encode_bundle(entries))) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab\x00"])
def test_a_bundle_cut_short_is_refused(data):
    with pytest.raises(ValueError, match="middle"):
        list(decode_bundle(data))


def test_an_entry_that_no_bundle_holds_is_refused():
    with pytest.raises(ValueError, match="too long"):
        encode_bundle([bytes(1 << 16)])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, {"tile/0/000.p/1", "tile/entries/000.p/1"}),
        (255, {"tile/0/000.p/255", "tile/entries/000.p/255"}),
        (256, {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}),
        (257, {"tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"}),
    ],
)
def test_a_tree_has_the_tiles_of_its_size(log, size, expected):
    log.write(*range(size))
    assert set(log.files()) == {"log/checkpoint"} | {f"log/{name}" for name in expected}


def test_what_was_published_never_changes(log):
    log.write(*range(256))
    files = log.files()
    log.write(*range(256, 600))
    assert {name: data for name, data in log.files().items() if name in files and name != "log/checkpoint"} == {
        name: data for name, data in files.items() if name != "log/checkpoint"
    }
    with pytest.raises(Conflict):
        log.public.put_new("log/tile/0/000", b"other", "application/octet-stream")
