"""What a request restricts a search to, in; the filters of the search out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from codilingua.search.filters import Filters


class Restricting(Protocol):
    """The fields that REST and the assistants' tools name alike."""

    @property
    def chapter(self) -> Sequence[str]: ...

    @property
    def code(self) -> Sequence[str]: ...

    @property
    def billable(self) -> bool: ...

    @property
    def leaves(self) -> bool: ...

    @property
    def no_external(self) -> bool: ...


def filters(asked: Restricting) -> Filters:
    """What is left out."""
    return Filters(
        chapters=tuple(asked.chapter),
        codes=tuple(asked.code),
        billable=asked.billable,
        leaves=asked.leaves,
        external_causes=not asked.no_external,
    )
