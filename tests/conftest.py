"""How tests are shared out among processes: a file stays together, since its tests may tell one story on one engine."""

from __future__ import annotations

from typing import Any

import pytest

_TOGETHER = ("tests/browser/",)
"""Folders whose files share one engine: they run in one process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, whatever `--dist` says. (`loadgroup` looks for its groups in ids that pytest 9.2 no longer lets it change.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return next((folder for folder in _TOGETHER if path.startswith(folder)), path)

    return ByFile(config, log)
