"""ministack, with what stands in the way of the rehearsal mended. Run as a script, by ministack's own interpreter.

Each mend says what of the pinned version it is about; with another version they must be read again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import signal
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.app import main
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import cloudfront, kms, lambda_svc

Resource = Callable[..., str]
Enforce = Callable[..., Any]
Facts = Callable[[str, str, bytes, Any], dict[str, Any]]
Resolve = Callable[[str, Any], Any]
Forward = Callable[..., Any]
Execute = Callable[[dict[str, Any], Any], Any]

log = logging.getLogger("rehearsal")
_API = re.compile(r"([0-9a-f]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")


def with_cookies(execute: Execute) -> Execute:
    """An HTTP API with payload 2.0 gives the cookies of a request as `cookies`; ministack leaves them in the headers
    (API Gateway developer guide, "Payload format": "All cookie headers [...] are added to the cookies field")."""

    def mended(record: dict[str, Any], event: Any) -> Any:
        if isinstance(event, dict) and event.get("version") == "2.0" and "cookies" not in event:
            cookies = event.get("headers", {}).pop("cookie", None)
            if cookies:
                event["cookies"] = [each.strip() for each in cookies.split(";")]
        return execute(record, event)

    return mended


def reaching_apis(forward: Forward) -> Forward:
    """A distribution hands requests on to an HTTP API of the account; ministack refuses origins at AWS's own names except
    load balancers and function addresses. The API is found by its name, on this very server."""

    def mended(origin: dict[str, Any], method: str, uri: str, query: str, headers: dict[str, Any], *rest: Any) -> Any:
        api = _API.fullmatch(origin["domain_name"])
        if api is not None:
            here = {
                "domain_name": "127.0.0.1",
                "http_port": int(os.environ["GATEWAY_PORT"]),
                "protocol_policy": "http-only",
            }
            origin, headers = {**origin, **here}, {**headers, "host": f"{api[1]}.execute-api.localhost"}
        return forward(origin, method, uri, query, headers, *rest)

    return mended


def over_tls(resolve: Resolve) -> Resolve:
    """Buckets refuse what does not come over TLS; here the loopback address stands for it."""

    def mended(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    return mended


def knowing_keys(context: Facts) -> Facts:
    """Roles are given KMS keys by alias and by encryption context (KMS developer guide, "Condition keys for AWS KMS"), and
    items by the beginning of their partition (DynamoDB developer guide, "Using IAM policy conditions for fine-grained access
    control"); ministack judges rights without looking at any of them."""

    def mended(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        found = dict(context(service, action, body, params))
        if service == "dynamodb" and action == "dynamodb:Query":
            asked = json.loads(body)
            if "IndexName" not in asked:  # the product asks for one partition, by this name
                found["dynamodb:leadingkeys"] = [asked["ExpressionAttributeValues"][":pk"]["S"]]
        if service != "kms":
            return found
        asked = json.loads(body or b"{}")
        key = str(asked.get("KeyId", "")).rpartition("/")[2]
        names = [arn.partition(":alias/")[2] for arn, target in kms._aliases.items() if target == key]
        found["kms:resourcealiases"] = [f"alias/{name}" for name in names]
        for name, value in (asked.get("EncryptionContext") or {}).items():
            found[f"kms:encryptioncontext:{name}".lower()] = value
        return found

    return mended


def naming_resources(resource: Resource) -> Resource:
    """A schedule's ARN names its group, and a letter is judged on the sender's identity (Service Authorization Reference);
    ministack takes the group for `default` and the identity for any."""

    def mended(
        service: str, method: str, path: str, headers: Any, body: bytes, params: Any, region: str, account: str
    ) -> str:
        if service == "scheduler" and path.startswith("/schedules/"):
            asked = json.loads(body or b"{}")
            group = asked.get("GroupName") or (params.get("groupName") or ["default"])[0]
            return f"arn:aws:scheduler:{region}:{account}:schedule/{group}/{path.rpartition('/')[2]}"
        if service == "ses" and path.endswith("/outbound-emails"):
            domain = json.loads(body)["FromEmailAddress"].rpartition("@")[2].rstrip(">")
            return f"arn:aws:ses:{region}:{account}:identity/{domain}"
        return resource(service, method, path, headers, body, params, region, account)

    return mended


def telling_denials(enforce: Enforce) -> Enforce:
    """What was refused to whom stands in the log: a function's own log must not quote it."""

    def mended(access_key: str, action: str, *rest: Any, **given: Any) -> Any:
        denied = enforce(access_key, action, *rest, **given)
        if denied is not None:
            caller = getattr(denied, "principal_arn", denied)
            log.warning("denied: %s on %s to %s", action, given.get("resource_arn", "*"), caller)
        return denied

    return mended


class SharedArchive(zipfile.ZipFile):
    """A function's archive, unpacked once for all its processes: ministack unpacks 150 MB for each of dozens. As on Lambda,
    nothing is written beside the code (PYTHONDONTWRITEBYTECODE)."""

    _unpacking = threading.Lock()

    def extractall(self, path: Any = None, *_: Any, **__: Any) -> None:
        archive, place = Path(str(self.filename)), Path(path)
        with archive.open("rb") as file:
            unpacked = Path(tempfile.gettempdir(), "unpacked", hashlib.file_digest(file, "sha256").hexdigest())
        with self._unpacking:
            if not unpacked.exists():
                beside = unpacked.with_suffix(".new")
                super().extractall(beside)
                os.replace(beside, unpacked)
        place.rmdir()
        place.symlink_to(unpacked)
        archive.unlink()


def end_with(parent: int) -> None:
    """Whoever started it may be killed: then nobody would stop it and the functions' processes."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=[os.getppid()], daemon=True).start()
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=SharedArchive)
    lambda_svc._execute_function_with_config_scope = with_cookies(lambda_svc._execute_function_with_config_scope)
    cloudfront._forward_to_origin = reaching_apis(cloudfront._forward_to_origin)
    iam_evaluator._resolve_condition_key = over_tls(iam_evaluator._resolve_condition_key)
    iam_actions.request_tag_context = knowing_keys(iam_actions.request_tag_context)
    iam_evaluator.enforce = telling_denials(iam_evaluator.enforce)
    iam_actions.extract_resource_arn = naming_resources(iam_actions.extract_resource_arn)
    main()
