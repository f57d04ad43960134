"""The events as a public contract: each has a schema and a golden sample, and nothing breaks within a version."""

import json
import re
from pathlib import Path

import pytest

from events.catalogue import BY_CLASS, CATALOGUE
from events.envelope import MAX_EVENT_BYTES, UnknownEvent, open_envelope, read_envelope, type_of
from infra.build.schemas import FOLDER, breaking_changes, file_of, schema_of, text_of

SAMPLES = Path("events/samples")
PERSONAL = re.compile(r"e?mail|phone|address|token|secret|password|birth", re.IGNORECASE)
KEYS = sorted(CATALOGUE)
NAMES = [f"{kind}.v{version}" for kind, version in KEYS]


@pytest.mark.parametrize(("kind", "version"), KEYS, ids=NAMES)
def test_the_committed_schema_is_what_the_class_says(kind, version):
    path = file_of(kind, version)
    assert path.exists(), f"{path.name} is missing: make schemas"
    committed, made = json.loads(path.read_text("utf-8")), schema_of(kind, version)
    broken = breaking_changes(committed, made)
    assert not broken, f"{kind} v{version} breaks its consumers: {broken}; make version {version + 1} instead"
    assert text_of(made) == path.read_text("utf-8"), f"{kind} v{version} changed compatibly: make schemas"


@pytest.mark.parametrize(("kind", "version"), KEYS, ids=NAMES)
def test_the_golden_sample_still_opens_and_means_the_same(kind, version):
    path = SAMPLES / f"{kind}.v{version}.json"
    assert path.exists(), f"{path} is missing: one golden sample per event type and version"
    text = path.read_text("utf-8")
    envelope = read_envelope(json.loads(text))
    fact = open_envelope(envelope, BY_CLASS)
    assert type_of(type(fact)) == (kind, version, envelope.source)
    assert envelope.wire() == json.loads(text)
    assert len(text.encode()) < MAX_EVENT_BYTES


@pytest.mark.parametrize(("kind", "version"), KEYS, ids=NAMES)
def test_every_event_is_explained_and_carries_no_contact_data(kind, version):
    schema = schema_of(kind, version)
    assert schema["description"], f"{kind}: its docstring is its page in the reference"
    fields = json.dumps(schema.get("properties", {}))
    assert not [name for name in re.findall(r'"(\w+)": \{', fields) if PERSONAL.search(name)]


def test_no_schema_or_sample_is_left_of_an_event_that_is_gone():
    known = {f"{name}.json" for name in NAMES}
    assert {path.name for path in FOLDER.glob("*.json")} == known
    assert {path.name for path in SAMPLES.glob("*.json")} == known


def test_an_unknown_version_is_refused_loudly():
    wire = json.loads(next(iter(sorted(SAMPLES.glob("*.v1.json")))).read_text("utf-8"))
    with pytest.raises(UnknownEvent, match="v99"):
        open_envelope(read_envelope({**wire, "version": 99}), BY_CLASS)


def test_unknown_fields_are_ignored():
    wire = json.loads(next(iter(sorted(SAMPLES.glob("*.v1.json")))).read_text("utf-8"))
    newer = {**wire, "data": {**wire["data"], "added_later": "x"}}
    assert open_envelope(read_envelope(newer), BY_CLASS) == open_envelope(read_envelope(wire), BY_CLASS)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: s["properties"].pop("unit"), "data.unit: removed"),
        (lambda s: s["properties"].update(unit={"type": "integer"}), "data.unit: type changed"),
        (lambda s: s["required"].append("kind"), "data.kind: newly required"),
    ],
    ids=["removed", "retyped", "required"],
)
def test_a_breaking_change_is_named(change, named):
    old = {"properties": {"unit": {"type": "string"}, "kind": {"type": "string"}}, "required": ["unit"]}
    new = json.loads(json.dumps(old))
    change(new)
    assert any(line.startswith(named) for line in breaking_changes(old, new))


def test_a_new_optional_field_breaks_nothing():
    old = {"properties": {"unit": {"type": "string"}}, "required": ["unit"]}
    new = {"properties": {"unit": {"type": "string"}, "note": {"type": "string", "default": ""}}, "required": ["unit"]}
    assert breaking_changes(old, new) == []
