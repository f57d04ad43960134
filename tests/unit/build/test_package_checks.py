"""What must not be deployed is found in the archive itself, one planted fault at a time."""

import importlib.util
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from infra.build import bytecode, checks, package, reach, wheels
from infra.build.errors import BuildError
from infra.build.targets import Group, Target, host_target, lambda_target

HOST = host_target()
GROUP = Group(name="edge", most_zipped=50_000, most_unzipped=60_000)
CODE = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
ARM = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + (183).to_bytes(2, "little")
X86 = ARM[:18] + (62).to_bytes(2, "little")
SOUND = {"shared/a.py": b"", f"shared/__pycache__/a.{HOST.cache_tag}.pyc": CODE, "LICENSE": b"free"}


def faults(folder: Path, files: dict[str, bytes], target: Target = HOST) -> list[str]:
    with zipfile.ZipFile(folder / "edge.zip", "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return checks.faults(folder / "edge.zip", GROUP, target)


def test_a_sound_package_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("PIL/_imaging.so", X86 if HOST.machine == "aarch64" else ARM, f"{HOST.name} runs on {HOST.machine}"),
        ("big", bytes(60_000), "60000 are allowed"),
        ("infra/build/package.py", b"", "no function needs"),
        ("tests/x.txt", b"", "no function needs"),
        ("uvicorn/LICENSE", b"", "no function needs"),
        ("x.pyi", b"", "no function needs"),
        ("shared/embedded/store.toml", b"", "not for packages"),
        ("events/samples/A.v1.json", b"", "not for packages"),
        ("typst/x.bin", b"", "belongs to the group render"),
        ("font_source_sans_pro/files/a.otf", b"", "belongs to the group render"),
        ("../x", b"", "leaves the package"),
        ("shared/b.py", b"", "has no bytecode"),
        (f"c/__pycache__/a.{HOST.cache_tag}.pyc", CODE[:4] + (3).to_bytes(4, "little"), "not unchecked bytecode"),
        (f"c/__pycache__/a.{HOST.cache_tag}.pyc", CODE[:4] + bytes(12), "not unchecked bytecode"),
        (f"c/__pycache__/a.{HOST.cache_tag}.pyc", b"\0\0\r\n" + CODE[4:], "not unchecked bytecode"),
    ],
)
def test_one_fault_is_found(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    found = faults(tmp_path, {**SOUND, name: data})
    assert any(said in sentence for sentence in found), found
    assert all(sentence.startswith(f"{HOST.name}/edge.zip: ") for sentence in found)


def test_a_library_for_a_newer_c_library_is_found(tmp_path: Path) -> None:
    code = bytecode.magic_of(lambda_target()) + CODE[4:]
    sound = {"shared/a.py": b"", "shared/__pycache__/a.cpython-313.pyc": code, "x.so": ARM + b"\0GLIBC_2.34\0"}
    assert faults(tmp_path, sound, lambda_target()) == []
    found = faults(tmp_path, {**sound, "y.so": ARM + b"\0GLIBC_2.17\0GLIBC_2.35\0"}, lambda_target())
    assert found == ["lambda/edge.zip: y.so needs glibc 2.35, lambda has 2.34"]


def test_an_archive_of_noise_is_too_big_zipped(tmp_path: Path) -> None:
    assert any("zipped" in sentence for sentence in faults(tmp_path, {**SOUND, "noise": bytes(range(256)) * 210}))


@pytest.mark.parametrize(
    ("file", "loads"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        ("a-1-cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", True),
        ("a-1-cp38-abi3-manylinux2014_aarch64.whl", True),
        ("a-1-cp311-abi3-manylinux_2_34_aarch64.whl", True),
        ("a-1-cp311-abi3-manylinux_2_35_aarch64.whl", False),
        ("a-1-cp313-cp313-manylinux_2_17_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp313-cp313t-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp314-abi3-manylinux_2_17_aarch64.whl", False),
        ("a-1-cp313-cp313-musllinux_1_2_aarch64.whl", False),
        ("a-1.tar.gz", False),
    ],
)
def test_wheels_that_load_on_lambda(file: str, loads: bool) -> None:
    """Amazon Linux 2023 has glibc 2.34."""
    wheel = wheels.Wheel(name="a", version="1", file=Path(file))
    assert (wheels.refused(wheel, lambda_target()) is None) == loads


def wheel_of(folder: Path, name: str, files: dict[str, bytes]) -> wheels.Wheel:
    file = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as packed:
        for path, data in files.items():
            packed.writestr(path, data)
    return wheels.Wheel(name=name, version="1", file=file)


def test_a_wheel_leaves_its_licence_and_what_runs(tmp_path: Path) -> None:
    kept = {
        "one/__init__.py",
        "one/data.json",
        "one-1.dist-info/METADATA",
        "one-1.dist-info/licenses/LICENSE.txt",
        "two/pure.py",
    }
    dropped = [
        "one/__init__.pyi",
        "one/py.typed",
        "one/x.h",
        "one/tests/test_a.py",
        "one/__pycache__/a.cpython-311.pyc",
    ]
    dropped += [
        "one-1.dist-info/RECORD",
        "one-1.dist-info/WHEEL",
        "one-1.dist-info/entry_points.txt",
        "one-1.data/scripts/one",
    ]
    files = dict.fromkeys([*kept - {"two/pure.py"}, *dropped, "one-1.data/purelib/two/pure.py"], b"")
    written = wheels.unpack(wheel_of(tmp_path, "one", files), tmp_path / "tree", frozenset())
    assert written == kept
    assert {
        path.relative_to(tmp_path / "tree").as_posix() for path in (tmp_path / "tree").rglob("*") if path.is_file()
    } == kept


def test_of_a_library_in_many_parts_the_imported_one_is_kept(tmp_path: Path) -> None:
    kept = {"pyasn1_modules/__init__.py", "pyasn1_modules/rfc5280.py"}
    files = dict.fromkeys([*kept, "pyasn1_modules/rfc2459.py"], b"")
    assert wheels.unpack(wheel_of(tmp_path, "pyasn1_modules", files), tmp_path / "tree", frozenset()) == kept


def test_two_wheels_with_one_file_stop_the_build(tmp_path: Path) -> None:
    for name in ("one", "two"):
        wheel = wheel_of(tmp_path, name, {"same/__init__.py": b""})
        if name == "one":
            wheels.unpack(wheel, tmp_path / "tree", frozenset())
        else:
            with pytest.raises(BuildError, match="same/__init__"):
                wheels.unpack(wheel, tmp_path / "tree", frozenset())


def test_imports_are_found_wherever_they_hide(tmp_path: Path) -> None:
    files = {
        "functions/__init__.py": "",
        "functions/one.py": "from typing import TYPE_CHECKING\nimport shared.top\n"
        "if TYPE_CHECKING:\n    import never\nelse:\n    import always\n"
        "def f():\n    def g():\n        from shared import inner\n    return 'font_source_sans_pro'\n",
        "shared/__init__.py": "",
        "shared/top.py": "import json\ntry:\n    import fast\nexcept ImportError:\n    import slow.deep\n",
        "shared/inner.py": "class A:\n    import lonely\nNAME = 'shared.by_name'\n",
        "shared/by_name.py": "import last",
        "shared/unused.py": "import nobody",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    reached = reach.reach("functions.one", tmp_path)
    assert set(reached.libraries) == {"always", "fast", "slow", "lonely", "last", "font_source_sans_pro"}
    assert set(reached.ours) == {"functions", "functions.one", "shared", "shared.top", "shared.inner", "shared.by_name"}
    assert reached.libraries["last"] == "shared.by_name"


def test_what_a_function_would_miss_is_named_with_its_importer(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "edge.zip", "w") as packed:
        packed.writestr("functions/__init__.py", "")
    found = checks.missing(tmp_path / "edge.zip", ["functions.public.verify"], HOST)
    assert "host/edge.zip: functions.public.verify is missing, functions.public.verify imports it" in found
    assert any("boto3 is missing, shared.aws.clients imports it" in sentence for sentence in found)


def test_wheels_of_an_earlier_build_are_used_again_only_if_they_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host lock allows the wheels of every Python; those of the last one may be of no use to this one."""
    asked = []

    def pip(command: list[str], **_: object) -> object:
        asked.append(command)
        folder = Path(command[command.index("-d") + 1])
        (folder / f"a-1-{'py3-none-any' if len(asked) == 1 else 'cp99-cp99-linux_x86_64'}.whl").write_bytes(b"wheel")
        return type("Ran", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setattr(wheels.subprocess, "run", pip)
    lock = tmp_path / "lock.txt"
    lock.write_text(f"a==1 \\\n    --hash=sha256:{sha256(b'wheel').hexdigest()}\n")
    fetched = wheels.fetch(HOST, lock, tmp_path / "wheels")
    assert wheels.fetch(HOST, lock, tmp_path / "wheels") == fetched
    assert len(asked) == 1
    fetched[0].file.write_bytes(b"another wheel")
    wheels.fetch(HOST, lock, tmp_path / "wheels")
    assert len(asked) == 2, "its hash is not in the lock"
    wheels.fetch(HOST, lock, tmp_path / "wheels")
    assert len(asked) == 3, "cp99 does not load here"


def test_a_target_that_is_none_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert package.main(["arm"]) == 1
    said = capsys.readouterr().err
    assert "TARGET=arm" in said
    assert "TARGET=lambda" in said
