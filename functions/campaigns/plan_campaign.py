"""Queue plan-campaign <- CampaignLaunched: one scheduled reminder per milestone and unit."""

from __future__ import annotations

from typing import Any

from events.campaigns import CampaignLaunched
from shared.campaigns.usecases import PlanMilestones
from shared.edge import queue, wiring


def handler(message: dict[str, Any], context: Any) -> dict[str, Any]:
    """Queue plan-campaign <- CampaignLaunched."""
    ports = wiring.ports()
    plan = PlanMilestones(ports.table("campaigns"), ports.schedules)
    return queue.consume(message, context, {CampaignLaunched: lambda act, fact, _: plan(act, campaign=fact.campaign)})
