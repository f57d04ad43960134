"""What is made at its first use: clients, and adapters whose libraries few functions need. Called by clients.py and world.py.

A function gets every port, but a cold process pays only for the ones that its request uses: the mail adapter loads the
package of mail messages, the keyring the signature library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


def later(make: Callable[[], T]) -> T:
    """Behaves like what `make` returns, and calls it when the first attribute is asked for. `make` may be called twice by
    two threads at once; one of the two stays."""
    return cast(T, _Later(make))


class _Later:
    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make
        self._made: object = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)
