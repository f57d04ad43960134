"""Loads the sample through the public API, step by step, as the officers of a block would: each step is safe to repeat.

Called by `make run` at the first start and by `make demo`. Nothing here knows the store: what the API cannot do, the
sample cannot either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from infra.sample.client import Client
from infra.sample.files import SampleFiles

BLOCK: Final = "Khối thi đua 2"
YEAR: Final = 2027
DELEGATES: Final = "delegates.xlsx"
AWARDS: Final = "awards.csv"
OCCASION: Final = "KTD2-2027"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The ids that the API answered."""

    ceremony: str
    delegate_list: str
    pledge: str
    decision: str
    award_list: str
    campaign: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def load_all(client: Client, files: SampleFiles, said: Callable[[str], None] = lambda _step: None) -> Loaded:
    """Everything that stands before the ceremony begins. Lists are checked in the background afterwards."""
    said("units")
    import_units(client, files)
    said("ceremony")
    ceremony = plan_ceremony(client, files)
    delegate_list = send_list(client, f"/api/v1/ceremonies/{ceremony}", DELEGATES, files.bytes(DELEGATES))
    said("pledge")
    pledge = draft_pledge(client, files, ceremony)
    client.post(f"/api/v1/pledges/{pledge}/open")
    said("decision")
    decision = record_decision(client, files, ceremony)
    award_list = send_list(client, f"/api/v1/decisions/{decision}", AWARDS, files.bytes(AWARDS))
    said("campaign")
    campaign = launch_campaign(client, files)
    return Loaded(
        ceremony=ceremony,
        delegate_list=delegate_list,
        pledge=pledge,
        decision=decision,
        award_list=award_list,
        campaign=campaign,
    )


def import_units(client: Client, files: SampleFiles) -> None:
    """Units and the block of the year."""
    client.post_file(f"/api/v1/units/import?block={quote(BLOCK)}&year={YEAR}", files.bytes("units.csv"), "text/csv")


def plan_ceremony(client: Client, files: SampleFiles) -> str:
    """The ceremony's id."""
    plan = files.json("ceremony.json")
    for name in ("doors_open", "starts", "ends"):
        plan[name] = files.local(plan[name]).isoformat()
    return str(client.post("/api/v1/ceremonies", plan)["id"])


def send_list(client: Client, path: str, name: str, data: bytes) -> str:
    """Uploads a list and hands it in; its id."""
    kind = "text/csv" if name.endswith(".csv") else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    upload = client.post(f"{path}/uploads", {"content_type": kind})
    client.upload(upload, data)
    return str(client.post(f"{path}/lists", {"key": upload["key"], "filename": name})["id"])


def draft_pledge(client: Client, files: SampleFiles, ceremony: str) -> str:
    """The pledge's id; it is still a draft."""
    draft = files.json("pledge.json")
    body = {**draft, "block": BLOCK, "ceremony": ceremony, "occasion": OCCASION}
    return str(client.post("/api/v1/pledges", body)["pledge"]["id"])


def record_decision(client: Client, files: SampleFiles, ceremony: str) -> str:
    """The award decision's id."""
    given = files.json("award_decision.json")
    authority = given["authority"]
    decision = client.post(
        "/api/v1/decisions",
        {
            "number": given["number"],
            "date": given["date"],
            "subject": given["subject"],
            "kind": given["kind"],
            "unit": authority["unit"],
            "level": authority["level"],
            "office": authority["office"],
            "signer": authority["signer"],
            "capacity": authority["capacity"],
            "ceremony": ceremony,
            "occasion": OCCASION,
            "announce_at": files.local(given["announce_at"]).isoformat(),
        },
    )
    return str(decision["id"])


def launch_campaign(client: Client, files: SampleFiles) -> str:
    """The campaign's id: all members of the block take part."""
    campaign: dict[str, Any] = files.json("campaign.json")
    day = date.fromisoformat(campaign["day"])
    campaign["commemorates"]["day"] = f"{day.day}/{day.month}"  # the day itself was moved with all others
    blocks = client.get(f"/api/v1/blocks?year={YEAR}")["blocks"]
    seats = next(block for block in blocks if block["name"] == BLOCK)["seats"]
    campaign["units"] = [seat["unit"] for seat in seats if seat["role"] in ("HEAD", "STANDING", "MEMBER")]
    campaign["unit"] = next(seat["unit"] for seat in seats if seat["role"] == "STANDING")
    return str(client.post("/api/v1/campaigns", campaign)["campaign"]["id"])
