"""Both engines read the same description: our loader's view of serverless.yml equals the packaging tool's."""

from pathlib import Path
from typing import Any

import pytest

from infra.embedded.template.assemble import resolve
from tests.architecture.packaging import ROOT, printed

GIVEN = {"stage": "prod", "region": "ap-southeast-2"}
PARAMETERS = {"host": "thidua.example.vn", "issuer": "TINH-A"}


def merged(blocks: Any) -> dict[str, Any]:
    """The tool merges lists of mappings into one."""
    whole: dict[str, Any] = {}
    for block in blocks if isinstance(blocks, list) else [blocks]:
        for key, value in block.items():
            whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    return whole


@pytest.mark.parametrize("given", [False, True], ids=["defaults", "options"])
def test_the_loader_resolves_what_the_packaging_tool_resolves(given: bool, tmp_path: Path) -> None:
    arguments = [f"--{name}={value}" for name, value in GIVEN.items()]
    arguments += [f"--param={name}={value}" for name, value in PARAMETERS.items()]
    theirs = printed(tmp_path, *(arguments if given else ()))
    node, stage = resolve(ROOT / "serverless.yml", GIVEN if given else {}, PARAMETERS if given else {})
    ours = node.plain()
    ours["functions"], ours["resources"] = merged(ours["functions"]), merged(ours["resources"])

    assert stage == theirs["provider"]["stage"]
    for name, function in theirs["functions"].items():
        assert function.pop("name") == f"giaouoc-{stage}-{name}"
    theirs["package"].pop("artifactsS3KeyDirname")  # where the deployment puts the archive
    provider = theirs["provider"]  # the tool keeps the bucket's name apart from its settings
    provider["deploymentBucket"] = provider.pop("deploymentBucketObject")
    assert ours == theirs
