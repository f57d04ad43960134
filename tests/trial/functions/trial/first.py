"""Queue first <- DelegateRegistered: an effect that must be new, a count, and the next fact, in one commit."""

from events.ceremonies import DelegateRegistered, TicketIssued
from events.envelope import wrap
from shared.edge import queue, wiring
from shared.kernel.errors import Conflict
from shared.kernel.ports import ABSENT, Add, Put


def take(act, fact, envelope):
    number = fact.registration
    issued = TicketIssued(ceremony=fact.ceremony, registration=number, ticket=number)
    try:
        wiring.ports().table("first").commit(
            [
                Put(partition="effects", sort=number, body={}, expect=ABSENT),
                Add(partition="count", sort="all", counter="n", amount=1),
            ],
            [wrap(issued, act, subject=number, version=2)],
        )
    except Conflict:  # its effect was there: the acknowledgement had been lost
        wiring.ports().table("first").commit([Add(partition="count", sort="again", counter="n", amount=1)])


def handler(message, context):
    return queue.consume(message, context, {DelegateRegistered: take})
