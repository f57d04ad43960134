"""Queue second <- TicketIssued: an effect that must be new, and a count."""

from events.ceremonies import TicketIssued
from shared.edge import queue, wiring
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Add, Put


def take(act, fact, envelope):
    put = Put(partition="effects", sort=fact.registration, body={}, expect=ABSENT)
    table = wiring.ports().table("second")
    try:
        table.commit([put, Add(partition="count", sort="all", counter="n", amount=1)])
    except Conflict:
        table.commit([Add(partition="count", sort="again", counter="n", amount=1)])


def handler(message, context):
    return queue.consume(message, context, {TicketIssued: take})
