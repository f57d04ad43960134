"""botocore's data files as a package holds them: without what only people read, and without other services' endpoints.

Every cold process that makes a client parses a service's model, three quarters of which are its documentation, and the
endpoints of all services, a megabyte: a tenth of its first answer (decision 0016). Called by wheels.py; that clients are made
of the result as of the original is a test (tests/unit/build/test_botocore_data.py).
"""

from __future__ import annotations

import gzip
import json
from typing import Any, Final

FOLDER: Final = "botocore/data/"
CHANGED: Final = f"{FOLDER}CHANGED.txt"
NOTE: Final = (
    "The packaging of Giao Ước changed files of this folder: texts of documentation in service-2.json.gz are empty, and\n"
    "endpoints.json lacks the services that the product does not call. Nothing else differs.\n"
)
"""Goes with the files: their licence (Apache-2.0, 4b) wants changes to be told."""
_ENDPOINTS: Final = f"{FOLDER}endpoints.json"
_MODEL: Final = "/service-2.json.gz"
_NAMED_OTHERWISE: Final = {"sesv2": "email"}
"""Services whose endpoints go by another name than the service."""


def condensed(name: str, data: bytes, services: frozenset[str]) -> bytes:
    """The bytes that a package holds of the file `name` of the wheel; of most files the same."""
    if name == _ENDPOINTS:
        return _spelled(_endpoints(json.loads(data), {_NAMED_OTHERWISE.get(one, one) for one in services}))
    if name.startswith(FOLDER) and name.endswith(_MODEL):
        return gzip.compress(_spelled(_undocumented(json.loads(gzip.decompress(data)))), mtime=0)
    return data


def _endpoints(everything: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Regions and partitions stay whole; of their services, those that are wanted."""
    partitions = [
        {**each, "services": {name: one for name, one in each["services"].items() if name in wanted}}
        for each in everything["partitions"]
    ]
    return {**everything, "partitions": partitions}


def _undocumented(model: Any) -> Any:
    """With the texts called `documentation` empty: botocore asks for some. A member of that name is no text and stays."""
    if isinstance(model, dict):
        return {
            name: "" if name == "documentation" and isinstance(each, str) else _undocumented(each)
            for name, each in model.items()
        }
    return [_undocumented(each) for each in model] if isinstance(model, list) else model


def _spelled(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
