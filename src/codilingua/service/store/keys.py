"""Names and scopes in; API keys out, once; a token in; the key that it is, or None, out."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from codilingua.errors import UsageError
from codilingua.service.store.errors import StoreError
from codilingua.service.store.store import Store
from codilingua.service.store.tables import api_key
from codilingua.service.store.values import now

Scope = Literal["search", "feedback", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""What a key may be for."""

REFRESH = 3.0
"""Seconds for which the keys that were read are believed."""

LIMIT = 5.0
"""Seconds after which they are not, even if they cannot be read again: a revoked key stops by then."""

_UNKNOWN = 0.25
"""Seconds after which they are read again for a key that is not among them: it may be new."""

_REST = 1.0
"""Seconds without another try after one that failed."""

_ALPHABET = string.ascii_letters + string.digits
_PREFIX = 8
_SECRET = 43  # of 62 characters each: 256 bits
_LAST = 4
_TOKEN = re.compile(rf"cdl_([A-Za-z0-9]{{{_PREFIX}}})_[A-Za-z0-9]{{{_SECRET}}}")
_NAME = re.compile(r"[\w][\w.@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. The token itself is nowhere; ``last4`` are its last characters, by which its
    holder recognizes it. ``revoked_at`` is None while it is valid.
    """

    name: str
    scopes: frozenset[str]
    prefix: str
    last4: str
    created: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The valid keys by prefix, each with its digest, as they stood at a moment of the monotonic clock."""

    at: float
    keys: Mapping[str, tuple[Key, str]]


class Keys:
    """The API keys of a store. For any number of threads."""

    def __init__(self, store: Store, refresh: float = REFRESH, limit: float = LIMIT) -> None:
        self._database = store.database
        self._refresh, self._limit = refresh, limit
        self._snapshot = _Snapshot(float("-inf"), {})
        self._reading = threading.Lock()
        self._failed: tuple[float, str] | None = None

    def add(self, name: str, scopes: Iterable[str]) -> tuple[Key, str]:
        """
        :return: the key and its token, which cannot be had again.
        :raises UsageError: when the name is not fit or taken, or a scope is not known or none is given.
        :raises StoreError: when it cannot be kept.
        """
        asked = frozenset(scopes)
        if not _NAME.fullmatch(name):
            raise UsageError(f"key name {name[:70]!r}: give 1-64 letters, digits or . _ @ -, no space")
        unknown = sorted(asked - set(SCOPES))
        if unknown or not asked:
            raise UsageError(f"scope {unknown[0] if unknown else ''!r}: give some of {', '.join(SCOPES)}")
        prefix, secret = _drawn(_PREFIX), _drawn(_SECRET)
        token = f"cdl_{prefix}_{secret}"
        key = Key(name, asked, prefix, token[-_LAST:], now())
        row = {
            "prefix": prefix,
            "name": name,
            "scopes": sorted(asked),
            "digest": _digest(token),
            "last4": key.last4,
            "created": key.created,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(insert(api_key).values(row))
        except IntegrityError:
            raise UsageError(f"there is a key named {name!r}: revoke it first, or choose another") from None
        return key, token

    def all(self) -> list[Key]:
        """Every key there ever was, the oldest first.

        :raises StoreError: when they cannot be read.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(api_key).order_by(api_key.c.created)).mappings().all()
        return [_key(row) for row in rows]

    def revoke(self, name: str) -> None:
        """Make the valid key of this name invalid.

        :raises UsageError: when there is none.
        :raises StoreError: when that cannot be kept.
        """
        valid = (api_key.c.name == name) & api_key.c.revoked_at.is_(None)
        with self._database.writing() as connection:
            changed = connection.execute(update(api_key).where(valid).values(revoked_at=now())).rowcount
        if not changed:
            raise UsageError(f"there is no valid key named {name!r}: see  codilingua keys list")

    def check(self, token: str) -> Key | None:
        """The valid key that a token stands for; None where there is none. Takes as long for a wrong secret
        as for a right one. Seldom asks the database; never believes it for longer than ``limit``.

        :raises StoreError: when that is not known, because the database cannot be read.
        """
        prefix = _prefix(token)
        return None if prefix is None else _match(self._current(prefix), prefix, token)

    def recall(self, token: str) -> tuple[bool, Key | None]:
        """As ``check``, but without ever waiting for the database: fit for an event loop.

        :return: whether the answer is known so, and the answer. Where it is not, ``check`` has it.
        """
        prefix, held = _prefix(token), self._snapshot
        if prefix is None:
            return True, None
        return (True, _match(held, prefix, token)) if self._is_fresh(held, prefix) else (False, None)

    def _current(self, prefix: str) -> _Snapshot:
        held = self._snapshot
        if self._is_fresh(held, prefix):
            return held
        # One thread reads; the others need not wait while what they have may still be believed.
        if not self._reading.acquire(blocking=time.monotonic() - held.at >= self._limit):
            return held
        try:
            held = self._snapshot
            if not self._is_fresh(held, prefix):
                self._snapshot = held = self._read(held)
            return held
        finally:
            self._reading.release()

    def _is_fresh(self, held: _Snapshot, prefix: str) -> bool:
        age = time.monotonic() - held.at
        return age < (self._refresh if prefix in held.keys else min(_UNKNOWN, self._refresh))

    def _read(self, held: _Snapshot) -> _Snapshot:
        """:raises StoreError: when it fails and what is held is too old."""
        # Before it is read: what is revoked in between is seen the next time.
        began = time.monotonic()
        if self._failed is None or began - self._failed[0] >= _REST:
            try:
                keys = self._valid()
            except StoreError as error:
                self._failed = (time.monotonic(), str(error))
            else:
                self._failed = None
                return _Snapshot(began, keys)
        if time.monotonic() - held.at < self._limit:
            return held
        raise StoreError(self._failed[1])

    def _valid(self) -> dict[str, tuple[Key, str]]:
        with self._database.reading() as connection:
            rows = connection.execute(select(api_key).where(api_key.c.revoked_at.is_(None))).mappings()
            return {row["prefix"]: (_key(row), row["digest"]) for row in rows}


def _prefix(token: str) -> str | None:
    """None where it has not the form of a token."""
    shape = _TOKEN.fullmatch(token)
    return None if shape is None else shape[1]


def _match(held: _Snapshot, prefix: str, token: str) -> Key | None:
    # A prefix that is not there is compared as well, with what no token has.
    key, digest = held.keys.get(prefix, (None, "0" * 64))
    return key if hmac.compare_digest(digest, _digest(token)) else None


def _drawn(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(token: str) -> str:
    """SHA-256, without salt or stretching: those make guessing slow, and 256 random bits cannot be guessed.
    It is quick, which a check in every request has to be.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def _key(row: RowMapping) -> Key:
    return Key(
        name=row["name"],
        scopes=frozenset(row["scopes"]),
        prefix=row["prefix"],
        last4=row["last4"],
        created=row["created"],
        revoked_at=row["revoked_at"],
    )
