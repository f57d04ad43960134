"""Archives: the same bytes from the same files, whoever owns them and whenever they were written."""

import os
import stat
import tempfile
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from infra.build import archive

FILES = {"shared/a.py": b"a = 1\n", "b.txt": b"x" * 70_000, "empty": b"", "deep/er/\u1ea1.toml": b"\x00\xff"}


def made(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def test_two_trees_alike_give_archives_alike(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one", FILES), made(tmp_path / "two", dict(reversed(FILES.items())))
    os.utime(two / "b.txt", (1, 1))
    (two / "b.txt").chmod(0o600)
    (two / "shared" / "a.py").chmod(0o777)
    first = archive.write(tmp_path / "1.zip", one, FILES)
    second = archive.write(tmp_path / "2.zip", two, reversed(list(FILES)))
    assert first == second
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert (first.files, first.unzipped) == (4, sum(map(len, FILES.values())))
    assert first.zipped == (tmp_path / "1.zip").stat().st_size


def test_any_user_may_read_what_is_unpacked(tmp_path: Path) -> None:
    """Lambda runs as a user who does not own the files."""
    tree = made(tmp_path / "tree", FILES)
    (tree / "b.txt").chmod(0o600)
    archive.write(tmp_path / "a.zip", tree, FILES)
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert {stat.S_IMODE(entry.external_attr >> 16) for entry in packed.infolist()} == {0o644}
        assert packed.testzip() is None
        assert {name: packed.read(name) for name in packed.namelist()} == FILES


@given(st.lists(st.sampled_from(sorted(FILES)), min_size=1))
def test_order_and_repetition_of_the_list_change_nothing(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = made(Path(folder) / "tree", FILES)
        one = archive.write(Path(folder) / "1.zip", tree, names)
        two = archive.write(Path(folder) / "2.zip", tree, sorted(set(names)))
        assert one == two
