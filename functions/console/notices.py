"""/console/notices: the ledger of messages."""

from __future__ import annotations

from urllib.parse import urlencode

from functions.console.listing import MOST, MOST_TAKEN, Listing, Order, Shown, gathered, narrowed, take
from functions.console.routes import page
from shared.documents.table_export import Kind
from shared.edge import pages
from shared.edge.answers import Answer
from shared.edge.http import Request
from shared.kernel.errors import Invalid
from shared.notices.model import Entry, State
from shared.notices.suppression import may_be_lifted
from shared.notices.usecases import ListNotices
from shared.texts import LOCALES, say

_PAGE = 100


def notices(request: Request) -> Answer:
    """The ledger by state; addresses only as a hint."""
    state = _state(request)
    entries, complete = _entries(request, state, MOST)
    found, start = narrowed(request, _LISTING, entries), _start(request)
    part = found[start : start + _PAGE]
    query = {"state": state.value, **{name: request.query[name] for name in ("q", "sort") if request.query.get(name)}}
    return pages.render(
        request,
        "console_notices.html",
        state=state,
        states=tuple(State),
        entries=part,
        liftable={entry.id for entry in part if may_be_lifted(entry)},
        total=len(found),
        things=len(entries),
        complete=complete,
        cursor=str(start + _PAGE) if start + _PAGE < len(found) else None,
        first=start == 0,
        query=query,
        wanted=request.query.get("q", "").strip()[:100],
        sort=request.query.get("sort", "newest"),
        orders=_LISTING.orders,
        taken=[(f"/console/notices/export?{urlencode({**query, 'format': form})}", form) for form in ("xlsx", "csv")],
    )


def export(request: Request) -> Answer:
    """The ledger of one state as a file."""
    return take(request, _LISTING, _entries(request, _state(request), MOST_TAKEN)[0])


def _state(request: Request) -> State:
    wanted = request.query.get("state", "")
    return State(wanted) if wanted in set(State) else State.SENT


def _entries(request: Request, state: State, most: int) -> tuple[list[Entry], bool]:
    read = ListNotices(request.ports.table("notices"))

    def part(cursor: str | None) -> tuple[tuple[Entry, ...], str | None]:
        found = read(state=state, limit=200, cursor=cursor)
        return found.entries, found.cursor

    return gathered(part, most)


def _start(request: Request) -> int:
    text = request.query.get("cursor", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Invalid("list.bad_cursor", field="cursor")
    return int(text)


def _text(one: Entry) -> str:
    """Found by the words for its kind and reason in either language, by its address's hint and by what it is about."""
    words = " ".join(say(f"console.notice_{one.kind}", locale) for locale in LOCALES)
    why = " ".join(say(one.reason, locale) for locale in LOCALES) if one.reason else ""
    return f"{words} {why} {one.address_hint} {one.recipient} {one.subject_ref}".replace("@", " ").replace(":", " ")


_LISTING: Listing[Entry] = Listing(
    name="notices",
    path="/console/notices",
    text=_text,
    href=lambda one: f"/console/notices?state={one.state.value}",
    states=tuple(State),
    state=lambda one: one.state.value,
    columns=(
        Shown(title="console.col_kind", cell=lambda one: one.kind, words="console.notice_%s"),
        Shown(title="console.col_address", cell=lambda one: one.address_hint),
        Shown(title="console.col_at", cell=lambda one: one.settled_at or one.created_at, kind=Kind.MOMENT),
        Shown(title="console.col_attempts", cell=lambda one: one.attempts, kind=Kind.WHOLE),
        Shown(title="console.col_why", cell=lambda one: one.reason or "", words="%s", width=60),
        Shown(title="listing.col_state", cell=lambda one: one.state.value, words="console.state_%s"),
        Shown(title="listing.col_recipient_ref", cell=lambda one: one.recipient, width=40),
        Shown(title="listing.col_about", cell=lambda one: one.subject_ref, width=40),
    ),
    orders=(
        Order(name="newest", title="listing.sort_newest", key=lambda one: (one.settled_at or one.created_at, one.id),
              reverse=True),
        Order(name="oldest", title="listing.sort_oldest", key=lambda one: (one.settled_at or one.created_at, one.id)),
        Order(name="kind", title="console.col_kind", key=lambda one: (one.kind, one.id)),
    ),
)  # fmt: skip


PAGES = (
    page("/console/notices", "notices:read", notices, "The ledger of messages"),
    page("/console/notices/export", "notices:read", export, "The ledger as a file", reads="notices"),
)
