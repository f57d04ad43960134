"""What a cold function has loaded once it has answered: thrift at import is worth nothing if the first answer pays for it.

The processes are those of `make bench` (infra/bench/cold_starts.py): on the AWS adapters, with services that answer at once.
"""

import sysconfig
from pathlib import Path

import pytest

from infra.bench.aws_stand_in import services
from infra.bench.cold_events import first_events
from infra.bench.cold_process import start
from infra.bench.world import bench_world
from infra.embedded.world import ROOT

DRAWING = {"PIL", "typst", "qrcode", "fontTools"}
NEVER_FOR = {
    "publicVerify": DRAWING | {"pydantic", "cryptography", "cbor2", "aws_lambda_powertools"},
    "publicPages": DRAWING | {"pydantic", "cryptography", "cbor2", "aws_lambda_powertools", "boto3"},
    "ceremoniesAdmit": DRAWING | {"jinja2", "aws_lambda_powertools"},
    "ceremoniesHttp": DRAWING | {"jinja2", "pydantic", "cryptography", "aws_lambda_powertools"},
    "consoleHttp": DRAWING | {"pydantic", "cryptography", "aws_lambda_powertools"},
    "identityHttp": DRAWING | {"jinja2", "pydantic", "cryptography", "cbor2", "aws_lambda_powertools"},
    "outboxRelay": DRAWING | {"jinja2", "pydantic", "cryptography", "cbor2", "aws_lambda_powertools"},
}


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """function name -> its cold process, once it has answered its first event."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("cold"))
        with bench_world() as world:
            events = first_events(world)
            modules = {one.name: one for one in world.service.functions}
            assert modules.keys() - events.keys() == set(), "say in infra/bench/cold_events.py what it is asked first"
            with services(world) as environment:
                paths = [ROOT, Path(sysconfig.get_paths()["purelib"]), Path(sysconfig.get_paths()["platlib"])]

                def answered(name):
                    one = modules[name]
                    return start(f"import {one.module}", paths, environment, handler=one.handler, event=events[name])

                yield answered


@pytest.mark.parametrize("function", sorted(NEVER_FOR))
def test_the_first_answer_loads_no_library_that_it_does_not_use(cold, function):
    process = cold(function)
    assert process.outcome in ("200", "acknowledged"), process.outcome
    assert process.packages & NEVER_FOR[function] == set()
