"""The ports: all that a handler may ask of the world. Each has one embedded and one AWS adapter, and one contract suite.

Who implements: shared/embedded/*, shared/aws/*. Who calls: use cases (Table, Objects, Signer, Clock, Schedules) and the
edge (Mail, Sms). The refusals that both stores share stand in kernel/limits.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from events.envelope import Envelope
from shared.kernel.clock import Clock

__all__ = [
    "ABSENT", "ANY", "Add", "Attachment", "Check", "Clock", "Delete", "Item", "Keyring", "Letter", "Mail", "Objects", "Page",
    "Put", "Schedules", "Signer", "Sms", "Table", "TextMessage", "Upload", "Write",
]  # fmt: skip

ABSENT: Final = 0
"""Expectation: nothing is stored under the key."""
ANY: Final = None
"""Expectation: none; whatever is stored is replaced."""

IndexKey = tuple[str, str]
"""(partition, sort key) under which an item also stands in an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stored item. `version` counts from 1 and grows by one with every write; `body` is plain JSON without floats."""

    partition: str
    sort: str
    version: int
    body: Mapping[str, Any]
    index1: IndexKey | None = None
    index2: IndexKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Items of one query; `cursor` is opaque and None at the end."""

    items: tuple[Item, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Store `body` whole. `expect`: ABSENT, the version read before, or ANY. `expires_at`: may be gone afterwards."""

    partition: str
    sort: str
    body: Mapping[str, Any]
    expect: int | None
    index1: IndexKey | None = None
    index2: IndexKey | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Remove the item. Removing what is absent succeeds when `expect` is ANY."""

    partition: str
    sort: str
    expect: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Write nothing, but let the commit fail unless the expectation holds (ABSENT or a version)."""

    partition: str
    sort: str
    expect: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Add `amount` to the whole number `counter` in the item's body; an absent item or counter starts at 0."""

    partition: str
    sort: str
    counter: str
    amount: int


Write = Put | Delete | Check | Add


class Table(Protocol):
    """The items of one context. Reads by key are consistent; index reads may be late and decide nothing."""

    def get(self, partition: str, sort: str) -> Item | None:
        """The item as of now, or None."""
        ...

    def query(
        self,
        partition: str,
        *,
        prefix: str = "",
        between: tuple[str, str] | None = None,
        limit: int = 100,
        cursor: str | None = None,
        reverse: bool = False,
        index: Literal[1, 2] | None = None,
    ) -> Page:
        """Items of one partition in the order of their sort keys (code point order).

        `prefix` or `between` (both ends included) narrows the sort keys, of the index if `index` is given. `limit` is
        1 to 1000. Raises ValueError for a cursor that is not from the same query.
        """
        ...

    def commit(self, writes: Sequence[Write], events: Sequence[Envelope] = ()) -> None:
        """All writes and events, or nothing; at most 100 writes and events together (kernel/limits.py).

        Raises Conflict naming the first write whose expectation failed, TooMuch for what both stores refuse,
        Unavailable when the store cannot answer.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Where a client sends a large body before `expires_at`.

    Without `fields`: PUT `url` with `headers`. With `fields`: POST to `url` a multipart form of these fields in their
    order, then the body as `file` (S3 limits the size of a form's file, but not that of a signed PUT).
    """

    url: str
    headers: Mapping[str, str]
    key: str
    expires_at: datetime
    fields: Mapping[str, str] | None = None


class Objects(Protocol):
    """Documents, lists and pictures by key, written once."""

    def put_new(self, key: str, data: bytes, content_type: str) -> bool:
        """Store if absent: True. False if the key already holds these very bytes. Raises Conflict if it holds others."""
        ...

    def replace(self, key: str, data: bytes, content_type: str) -> None:
        """Store whatever stood there: for what is derived again and again (status lists, trust list, checkpoint)."""
        ...

    def get(self, key: str) -> bytes:
        """Raises NotFound."""
        ...

    def size(self, key: str) -> int:
        """Bytes stored under the key. Raises NotFound. Ask before reading what a stranger uploaded."""
        ...

    def upload_url(self, key: str, *, content_type: str, max_bytes: int, lifetime_s: int = 900) -> Upload:
        """A place to send up to `max_bytes` under `key` without further rights.

        Once where the store can tell; so draw a fresh key for each upload, read it once and keep what was read.
        """
        ...

    def download_url(self, key: str, *, filename: str, lifetime_s: int = 300) -> str:
        """A link to GET the object as an attachment called `filename`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a letter."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one address. `id` makes it one: the same id is delivered once where the channel can tell."""

    id: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Mail(Protocol):
    """Hands a letter to the mail system. Raises Refused for an address it will never take, Unavailable to try later."""

    def send(self, letter: Letter) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """A short message to one number (+84...)."""

    id: str
    to: str
    text: str


class Sms(Protocol):
    """Hands a short message to the operator. Raises as Mail does."""

    def send(self, message: TextMessage) -> None: ...


class Schedules(Protocol):
    """Facts that come due: at `at`, `envelope` arrives on `queue` as if the bus had brought it."""

    def put(self, name: str, *, at: datetime, queue: str, envelope: Envelope) -> None:
        """Make it, or change nothing if one of that name stands or has fired. A past `at` fires at once."""
        ...

    def delete(self, name: str) -> None:
        """Take it back; nothing happens if it is gone."""
        ...


class Signer(Protocol):
    """One key that signs. `alg` is EdDSA or ES256 (DER signature over SHA-256 of the data), `kid` its 8 bytes."""

    @property
    def alg(self) -> str: ...

    @property
    def kid(self) -> bytes: ...

    def public_key(self) -> bytes:
        """Ed25519: the 32 raw bytes; ES256: the uncompressed point, 65 bytes."""
        ...

    def sign(self, data: bytes) -> bytes: ...


class Keyring(Protocol):
    """The signing keys at hand: one per issuer code and purpose (ticket, document, credential, checkpoint, seal)."""

    def signer(self, issuer: str, purpose: str, *, length: int = 0) -> Signer:
        """The key in force, for data of `length` bytes: whoever may sign more than 4,096 says how many (KMS takes no more).

        Raises Unavailable if there is no such key here.
        """
        ...

    def signer_by_kid(self, kid: bytes) -> Signer:
        """A key by its id, in force or not: a ticket is shown again under the key it was made with. Raises Unavailable."""
        ...

    def certificate(self, issuer: str) -> bytes:
        """DER of the issuer's seal certificate (self-signed or signed by its CA)."""
        ...
