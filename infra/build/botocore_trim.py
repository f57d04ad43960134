"""Which files of botocore and boto3 no function needs: the models of services that the product does not call.

botocore describes some 400 services in 16 MB; a function calls eight. Its data files that belong to no service
(partitions, endpoints, retries) stay. Called by wheels.py; that a client of each service can be made of what is left is
a test (tests/unit/build).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from infra.build.errors import BuildError

_MODELS: Final = "botocore/data/"
_ONLY_TO_READ: Final = ("examples-1.json", "examples-1.json.gz")
_RESOURCES: Final = ("boto3/data/", "boto3/examples/")
"""boto3's resources and their documentation: the product uses clients."""


def unneeded(names: Iterable[str], services: frozenset[str]) -> frozenset[str]:
    """Those of a wheel's file names that are left out; `services` as botocore spells them ("dynamodb", "sesv2").

    Of a service with several dated models the newest stays, which is the one that botocore loads. Raises BuildError when
    a service is not in the wheel.
    """
    listed = list(names)
    models = [name for name in listed if name.startswith(_MODELS) and name.count("/") > 2]
    if models:
        newest: dict[str, str] = {}
        for name in models:
            service, version = name.split("/")[2:4]
            newest[service] = max(version, newest.get(service, ""))
        if missing := sorted(services - newest.keys()):
            raise BuildError(f"botocore knows no service {', '.join(missing)}: see SERVICES in shared/aws/clients.py")
        kept = {f"{_MODELS}{service}/{newest[service]}/" for service in services}
        models = [
            name
            for name in models
            if not any(name.startswith(folder) for folder in kept) or name.endswith(_ONLY_TO_READ)
        ]
    return frozenset((*models, *(name for name in listed if name.startswith(_RESOURCES))))
