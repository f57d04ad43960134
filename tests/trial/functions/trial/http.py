"""Answers as it is told: the event itself, bytes, cookies, an exception, an order with its fact."""

import base64
import json
import os
import uuid

from events.ceremonies import DelegateRegistered
from events.envelope import SYSTEM, Act, wrap
from shared.edge import wiring
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Put


def handler(event, context):
    what = event["rawPath"].removeprefix("/trial/")
    if what == "echo":
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
    if what == "bytes":
        sent = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
        body = base64.b64encode(sent[::-1]).decode()
        return {"statusCode": 200, "headers": {}, "body": body, "isBase64Encoded": True}
    if what == "cookies":
        return {"statusCode": 201, "headers": {"x-seen": ";".join(event.get("cookies", ()))}, "cookies": ["a=1", "b=2"]}
    if what == "pid":
        return {"statusCode": 200, "body": str(os.getpid())}
    if what == "orders":
        number = json.loads(event["body"])["number"]
        act = Act(actor=SYSTEM, at=wiring.ports().clock.now(), correlation_id=context.aws_request_id)
        fact = DelegateRegistered(ceremony="trial", registration=number, unit="u", category="DELEGATE")
        put = Put(partition="orders", sort=number, body={"by": uuid.uuid4().hex}, expect=ABSENT)
        try:
            wiring.ports().table("trial").commit([put], [wrap(fact, act, subject=number, version=1)])
        except Conflict:  # ordered before, the answer was lost
            return {"statusCode": 409}
        return {"statusCode": 201}
    raise RuntimeError(what)
