"""Every act has its sentence, so that the audit trail never shows a bare route to an officer; and what the trail is made of."""

import importlib
import re
from pathlib import Path

import pytest

from infra.embedded.template import load
from shared.edge.http import OWN_TRAIL, SAFE
from shared.edge.trail import CONTEXTS
from shared.identity.office import FEWER_ACTS, FOUR_EYES_ACTS
from shared.texts import LOCALES, beginning_with, catalogue

MODULES = {function.module for function in load("serverless.yml").functions}
ROUTES = [
    route
    for module in sorted(MODULES)
    for route in getattr(getattr(importlib.import_module(module), "ROUTES", None), "routes", ())
]
UNSAFE = sorted({
    f"{route.method} {route.path}" for route in ROUTES
    if route.method not in SAFE and route.scope not in {"public", *OWN_TRAIL}
})  # fmt: skip
TABLES = re.findall(r"^  ([A-Za-z]+)Table:", Path("infra/tables.yml").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("route", UNSAFE)
def test_an_act_is_said_in_words(route):
    assert f"act.{route}" in catalogue(), f'say in shared/texts/acts.toml what ["act.{route}"] does'


def test_no_sentence_is_left_over():
    made = {f"{route.method} {route.path}" for route in ROUTES}
    said = {code.removeprefix("act.") for code in beginning_with("act.") if not code.startswith("act.RETENTION ")}
    assert said - made == set()


def test_bulk_reading_is_said_in_words():
    kinds = {route.reads for route in ROUTES if route.reads}
    assert {kind for kind in kinds if f"audit.kind_{kind}" not in catalogue()} == set()
    assert kinds, "lists of people declare what they read"


def test_second_officers_are_for_the_acts_that_the_settings_name():
    declared = {route.four_eyes for route in ROUTES if route.four_eyes}
    assert declared == {*FOUR_EYES_ACTS, FEWER_ACTS}


def test_the_trail_reads_every_table():
    assert {name.lower() for name in TABLES} - {"outbox"} == set(CONTEXTS)


def test_lines_are_written_in_one_place_alone():
    writers = [
        str(path)
        for folder in ("shared", "functions", "infra")
        for path in Path(folder).rglob("*.py")
        if re.search(r'partition=f?"audit#', path.read_text("utf-8"))
    ]
    assert writers == ["shared/edge/audit.py"]


def test_both_languages_are_complete():
    assert all(set(entry) == set(LOCALES) for entry in beginning_with("act.").values())
