"""Clients made of the condensed data call the services as clients made of botocore's own do."""

import contextlib
import gzip
import json
import re
from pathlib import Path

import botocore
import botocore.awsrequest
import botocore.loaders
import botocore.session
import pytest

from infra.build.botocore_data import condensed
from shared.aws.clients import SERVICES

ORIGINAL = Path(botocore.__file__).parent / "data"
REGIONS = ("ap-southeast-1", "eu-central-1", "us-east-1", "cn-north-1")

CALLS = {
    "dynamodb": ("get_item", {"TableName": "t", "Key": {"pk": {"S": "1"}}}),
    "events": ("put_events", {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}"}]}),
    "kms": ("sign", {"KeyId": "k", "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}),
    "s3": ("get_object", {"Bucket": "b", "Key": "k"}),
    "scheduler": ("get_schedule", {"Name": "n"}),
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b"m"}}}),
    "sns": ("publish", {"PhoneNumber": "+84900000000", "Message": "m"}),
    "sqs": ("get_queue_url", {"QueueName": "q"}),
}


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


def sent(client, operation, words):
    """Where a request of the client goes, and what it holds; nothing leaves this process."""
    caught = []

    def answer(request, **_):
        caught.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, None)

    client.meta.events.register("before-send", answer)
    with contextlib.suppress(Exception):  # an answer without a body is none; the request was made
        getattr(client, operation)(**words)
    request = caught[0]
    scope = re.search(rb"Credential=a/\d+/([^,]+)", request.headers["Authorization"])
    return request.method, request.url, request.body, scope[1]


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize("region", REGIONS)
def test_a_request_goes_to_the_same_place(service, region, packed):
    call = CALLS[service]
    assert sent(client(service, region, packed), *call) == sent(client(service, region), *call)


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
    return {
        name: "" if name == "documentation" and isinstance(each, str) else without_texts(each, texts)
        for name, each in value.items()
    }


def test_what_is_not_a_model_stays_as_it_is():
    for name in ("botocore/data/partitions.json", "botocore/client.py", "botocore/data/kms/2014-11-01/waiters-2.json"):
        assert condensed(name, b"{ }", SERVICES) == b"{ }"
