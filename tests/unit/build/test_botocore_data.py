"""Clients made of the condensed data call the services as clients made of botocore's own do."""

import gzip
import json
from pathlib import Path

import botocore
import botocore.loaders
import botocore.session
import pytest

from infra.build.botocore_data import condensed
from shared.aws.clients import SERVICES

ORIGINAL = Path(botocore.__file__).parent / "data"
REGIONS = ("ap-southeast-1", "eu-central-1", "us-east-1", "cn-north-1")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """botocore's data as a package has it."""
    folder = tmp_path_factory.mktemp("data")
    files = list(ORIGINAL.glob("*.json"))
    files += [path for name in SERVICES for path in (ORIGINAL / name).rglob("*.json*")]
    for path in files:
        name = path.relative_to(ORIGINAL).as_posix()
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(condensed(f"botocore/data/{name}", path.read_bytes(), SERVICES))
    return folder


def client(service, region, folder=None):
    session = botocore.session.Session()
    if folder is not None:
        loader = botocore.loaders.Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)
        session.register_component("data_loader", loader)
    return session.create_client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")


def described(client):
    """All that a call depends on: operations with their shapes, where they go, how they are signed."""
    model, signer = client.meta.service_model, client._request_signer
    return {
        "endpoint": client.meta.endpoint_url,
        "region": client.meta.region_name,
        "signing": (model.signing_name, model.signature_version, signer.signing_name, signer.region_name),
        "protocol": (model.protocol, model.api_version, client.meta.config.signature_version),
        "operations": {name: shape_of(model.operation_model(name)) for name in model.operation_names},
    }


def shape_of(operation):
    return [
        operation.http,
        operation.auth_type,
        *(str(sorted(one.members)) if one else None for one in (operation.input_shape, operation.output_shape)),
        sorted(error.name for error in operation.error_shapes),
    ]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_client_is_the_same(service, packed):
    for region in REGIONS:
        assert described(client(service, region, packed)) == described(client(service, region))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_model_loses_its_documentation_and_nothing_else(service, packed):
    path = max((packed / service).rglob("service-2.json.gz"))  # the newest version
    model = json.loads(gzip.decompress(path.read_bytes()))
    original = json.loads(gzip.decompress((ORIGINAL / path.relative_to(packed)).read_bytes()))
    texts = []
    assert model == without_texts(original, texts)
    assert len(texts) > 20


def without_texts(value, texts):
    if isinstance(value, list):
        return [without_texts(each, texts) for each in value]
    if not isinstance(value, dict):
        return value
    texts += [text for name, text in value.items() if name == "documentation" and isinstance(text, str)]
    kept = {name: each for name, each in value.items() if name != "documentation" or not isinstance(each, str)}
    return {name: without_texts(each, texts) for name, each in kept.items()}


def test_what_is_not_a_model_stays_as_it_is():
    for name in ("botocore/data/partitions.json", "botocore/client.py", "botocore/data/kms/2014-11-01/waiters-2.json"):
        assert condensed(name, b"{ }", SERVICES) == b"{ }"
