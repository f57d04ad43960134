"""The templates of a package say what the files say."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from jinja2 import ModuleLoader

from infra.build import templates
from shared.edge import pages
from shared.edge.public_record import PublicPage
from tests.hostile import HTML

FILES = sorted(path.name for path in pages.TEMPLATES.glob("*.html"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """An environment as a package has it."""
    tree = tmp_path_factory.mktemp("tree")
    paths = templates.compile_into(tree)
    assert len(paths) == len(FILES)
    (folder,) = {(tree / path).parent for path in paths}
    return pages.environment().overlay(loader=ModuleLoader(folder))


@pytest.mark.parametrize("name", FILES)
def test_every_template_is_there_and_has_the_same_blocks(compiled, name):
    made, read = compiled.get_template(name), pages.environment().get_template(name)
    assert made.blocks.keys() == read.blocks.keys()


def test_a_page_is_the_same_and_still_escapes(compiled):
    record = PublicPage(id="1" * 39, answer=HTML, tone="ended", help="?", notes=(HTML,), rows=((HTML, HTML),))
    given = {
        "t": lambda code, /, **_: code, "words": lambda *_: {"a": HTML}, "locale": "vi", "host": "h",
        "sample": True, "look": "dark",
        "record": record, "root": "", "checked_at": pages.moment(datetime(2027, 2, 12, tzinfo=UTC)),
    }  # fmt: skip
    page = compiled.get_template("v.html").render(**given)
    assert page == pages.environment().get_template("v.html").render(**given)
    assert HTML not in page


def test_builds_do_not_differ(tmp_path):
    code = "import sys, pathlib; from infra.build import templates; templates.compile_into(pathlib.Path(sys.argv[1]))"
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env={"PYTHONHASHSEED": seed})
        made.append({path.name: path.read_bytes() for path in folder.rglob("*.py")})
    assert made[0] == made[1]
