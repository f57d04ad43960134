"""What serverless.yml says, for the embedded engine: functions, routes, queues, subscriptions, schedules, tables.

`load(path)` is called by the server, the worker, the scheduler and the supervisor at start, and by the architecture
tests. It knows a fixed subset of the language and refuses the rest by file and line (`TemplateError`), so that nothing
described for AWS is silently missing here.

    assemble.py    load(): the parts together, and whether they fit
    source.py      YAML to nodes that know their file and line
    variables.py   ${file()}, ${self:}, ${opt:}, ${param:}, ${sls:stage}
    resources.py   queues, rules, schedules, tables
    functions.py   functions and their events
    model.py       the result: frozen values
    routing.py     which route serves a request, as API Gateway decides it
    expressions.py rate() and cron(): when next
"""

from __future__ import annotations

from infra.embedded.template.assemble import load
from infra.embedded.template.error import TemplateError
from infra.embedded.template.expressions import Cron, Rate
from infra.embedded.template.model import Function, Queue, Route, Schedule, Service, Subscription, Table, TableIndex
from infra.embedded.template.routing import Match, Router

__all__ = [
    "Cron",
    "Function",
    "Match",
    "Queue",
    "Rate",
    "Route",
    "Router",
    "Schedule",
    "Service",
    "Subscription",
    "Table",
    "TableIndex",
    "TemplateError",
    "load",
]
