"""Answers after the seconds in its path."""

import time


def handler(event, context):
    time.sleep(float(event["pathParameters"]["seconds"]))
    return {"statusCode": 200, "body": "at last"}
