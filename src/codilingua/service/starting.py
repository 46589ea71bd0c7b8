"""Settings in; nothing out, or the reason why a server run so would be open to all or closed to all."""

from __future__ import annotations

from codilingua.errors import UsageError
from codilingua.service.settings import ServeSettings
from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store


def check_start(settings: ServeSettings) -> None:
    """
    :raises UsageError: when its own names are not known, or keys are needed and there is none.
    :raises StoreError: when the database is not one of ours.
    """
    _ = settings.hosts
    store = Store.open(settings.database_url)
    try:
        if settings.needs_key and not any(key.revoked_at is None for key in Keys(store).all()):
            raise UsageError(
                f"{settings.host} can be reached from other machines and there is no API key: add one with  "
                "codilingua keys add NAME  or open it to everybody with --no-auth"
            )
    finally:
        store.close()
