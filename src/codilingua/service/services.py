"""A request in; what its route works with out: engine, store and settings of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from codilingua.service.engine import Engine
from codilingua.service.settings import ServeSettings
from codilingua.service.store.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What the application owns while it runs."""

    settings: ServeSettings
    engine: Engine
    store: Store


def services(request: Request) -> Services:
    """Those of the application that a request came to."""
    return cast(Services, request.app.state.services)


ServicesDep = Annotated[Services, Depends(services)]
