"""What one admission, registration, signature and certificate asks of AWS: counted in a journey, for docs/operations.md.

Told by tests/journeys/test_operations.py on the AWS adapters, with processes that are warm: what a process reads once (the
trust list, the register of keys) is not counted. A registration and a certificate are the difference between a list of
three and a list of one, halved, so that what a list costs once falls away.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from infra.sample.load import AWARDS, import_units, plan_ceremony, send_list
from shared.identity.model import Role
from tests import aws_story
from tests.aws_calls import Call
from tests.aws_story import DOORS, FILES, HEAD, Story
from tests.journey_world import text_of

COLUMNS = (
    "reads",
    "writes",
    "in transactions",
    "S3 get",
    "S3 put",
    "KMS sign",
    "SES",
    "events",
    "messages",
    "schedules",
)
"""`writes` outside transactions, `in transactions` items; `messages` are deliveries from a queue to a function."""
UNITS = ("write units", "read units")
Costs = dict[str, Fraction]

PRICES = {
    "write units": 0.625,
    "read units": 0.125,
    "S3 get": 0.40,
    "S3 put": 5.00,
    "KMS sign": 15.00,
    "SES": 100.00,
    "events": 1.00,
    "messages": 0.80,
    "schedules": 1.00,
}
"""US dollars for a million, us-east-1, on demand, without free tiers; a message is received and deleted (0.40 each)."""


_COLUMN = {
    "GetItem": "reads",
    "Query": "reads",
    "UpdateItem": "writes",
    "DeleteItem": "writes",
    "PutItem": "writes",
    "TransactWriteItems": "in transactions",
    "GetObject": "S3 get",
    "HeadObject": "S3 get",
    "PutObject": "S3 put",
    "Sign": "KMS sign",
    "SendEmail": "SES",
    "PutEvents": "events",
    "CreateSchedule": "schedules",
}


def count(calls: Iterable[Call], messages: int) -> Counter[str]:
    """Operations of functions, by COLUMNS, and DynamoDB's units by the sizes of what was written."""
    found: Counter[str] = Counter(messages=messages)
    for call in calls:
        if not call.sent:
            continue  # a signed address costs nothing
        column, parameters = _COLUMN[call.operation], call.parameters
        in_transaction = [item for each in parameters.get("TransactItems", ()) for item in each.values()]
        found[column] += len(in_transaction or parameters.get("Entries", "1"))
        if column == "reads":
            found["read units"] += 1
        elif column in ("writes", "in transactions"):
            many = bool(in_transaction)
            found["write units"] += sum(_units(item, transaction=many) for item in in_transaction or [parameters])
    return found


def _units(item: Mapping[str, Any], *, transaction: bool) -> int:
    """Write units of one item: 1 KB each, twice in a transaction, and once more for each index that the item stands in."""
    values = item.get("ExpressionAttributeValues") or item.get("Item") or {}
    size = math.ceil(len(json.dumps([item.get("Key"), values], ensure_ascii=False).encode()) / 1024)
    indexes = sum(name in values for name in (":g1pk", ":g2pk"))
    return size * (2 if transaction else 1) + size * indexes


def measure(story: Story) -> dict[str, Costs]:
    """The counts by what was done."""
    office = story.office
    import_units(office, FILES)
    story.ceremony = plan_ceremony(office, FILES)
    found = {"registration": _per_row(story, _delegates)}
    story.world.move_to(DOORS)
    found["admission"] = _admission(story)
    found["signature"] = _signature(story)
    found["certificate"] = _per_row(story, _awards)
    return found


def _counted(story: Story, act: Callable[[], Any]) -> Counter[str]:
    """What an act brings about, until the engine is at rest."""
    calls, aws = story.engine.recorder.calls, story.engine.aws
    before, delivered = len(calls), aws.delivered
    act()
    story.world.drain()
    return count(calls[before:], aws.delivered - delivered)


def _per_row(story: Story, send: Callable[[Story, int, str], None]) -> Costs:
    _counted(story, lambda: send(story, 1, "a"))  # warms the processes
    one = _counted(story, lambda: send(story, 1, "b"))
    three = _counted(story, lambda: send(story, 3, "c"))
    return {name: Fraction(three[name] - one[name], 2) for name in {*one, *three}}


def _delegates(story: Story, rows: int, mark: str) -> None:
    """A list of new delegates with addresses: tickets are drawn and invitations sent."""
    lines = [f"{row};Lê Thị {mark.upper()} {row};Sở Nội vụ;{mark}{row}@tinh.example" for row in range(rows)]
    data = "\n".join(["STT;Họ và tên;Đơn vị;Email", *lines, ""]).encode()
    send_list(story.office, f"/api/v1/ceremonies/{story.ceremony}", f"{mark}.csv", data)


def _awards(story: Story, rows: int, mark: str) -> None:
    """A decision with its list: certificates are made, published, entered in the log, and their slips sent."""
    office = story.office
    body = {**aws_story.decision_body(), "number": f"{100 + ord(mark)}/QĐ-SNV"}
    path = f"/api/v1/decisions/{office.post('/api/v1/decisions', body)['id']}"
    head, first, *_ = FILES.bytes(AWARDS).decode("utf-8-sig").splitlines(keepends=True)
    lines = []
    for row in range(rows):
        cells = first.rstrip("\r\n").split(";")
        cells[0], cells[2], cells[-1] = str(row), f"Đoàn Thị {mark.upper()} {row}", f"{mark}{row}@tinh.example"
        lines.append(";".join(cells) + "\n")
    send_list(office, path, AWARDS, "".join([head, *lines]).encode())
    story.world.drain()
    office.post(f"{path}/release")


def _admission(story: Story) -> Costs:
    """The second ticket at a door whose process is warm."""
    gate = story.world.signed_in(Role.GATE, story.ceremony, place="Cổng A")
    words = [word for letter in story.world.letters() for word in text_of(letter).split()]
    tickets = list(dict.fromkeys(word for word in words if "/t#" in word))
    for place, text in enumerate(tickets[:2]):
        scan = {"ceremony": story.ceremony, "text": text, "scan_id": f"scan-count-{place}"}
        counted = _counted(story, lambda scan=scan: gate.post("/api/v1/admissions", scan))  # type: ignore[misc]
    return {name: Fraction(number) for name, number in counted.items()}


def _signature(story: Story) -> Costs:
    """The second of three members reads and signs; its receipt is sent; nobody is asked because of it."""
    body = aws_story.pledge_body(story.ceremony, "đo")
    units = (HEAD, "TDOAN", "HCCB", "LDLD")
    body["parties"] = [party for party in FILES.json("pledge.json")["parties"] if party["unit"] in units]
    office = story.office
    pledge = office.post("/api/v1/pledges", body)["pledge"]["id"]
    office.post(f"/api/v1/pledges/{pledge}/open")
    story.world.drain()
    for unit in units[1:3]:
        counted = _counted(story, lambda unit=unit: aws_story.sign(story, unit))  # type: ignore[misc]
    story.world.move_to(DOORS + timedelta(days=1))
    return {name: Fraction(number) for name, number in counted.items()}


def table(measured: dict[str, Costs]) -> str:
    """The table of docs/operations.md."""
    head = ["", *COLUMNS, *UNITS, "USD per million"]
    rows = [head, ["---", *["--:"] * (len(head) - 1)]]
    for name, costs in measured.items():
        numbers = [costs.get(column, Fraction(0)) for column in (*COLUMNS, *UNITS)]
        price = sum(float(costs.get(unit, 0)) * each for unit, each in PRICES.items())
        rows.append([name, *(_number(each) for each in numbers), f"{price:.0f}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def prices() -> str:
    """The unit prices of docs/operations.md."""
    return "\n".join(
        ["| a million | USD |", "| --- | --: |", *(f"| {unit} | {price:.2f} |" for unit, price in PRICES.items())]
    )


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.1f}"
