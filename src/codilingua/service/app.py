"""Settings in; the application with all its interfaces out. The lifespan owns what has to be closed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from codilingua import __version__
from codilingua.search.engine import Search
from codilingua.search.opening import open_search
from codilingua.service import embeddings, fhir, health, mcp, nlm, page, problems
from codilingua.service.api import codes, feedback, search
from codilingua.service.engine import Engine
from codilingua.service.guards.access import Access, KeyLike
from codilingua.service.guards.bodies import Bodies
from codilingua.service.guards.deadline import Deadline
from codilingua.service.guards.hosts import Hosts
from codilingua.service.guards.prefix import Prefix
from codilingua.service.observe.logs import log
from codilingua.service.observe.metrics import Metrics
from codilingua.service.observe.watch import Watch
from codilingua.service.services import Services
from codilingua.service.settings import ServeSettings
from codilingua.service.store.keys import Keys
from codilingua.service.store.store import Store

_DESCRIPTION = "Clinical-code search that works in the language the clinician writes in."


def create_app(settings: ServeSettings, opening: Callable[[], Search] | None = None) -> FastAPI:
    """
    :param opening: opens the search when the application starts; None for the assets that the settings name.
    :raises UsageError: when the settings contradict each other.
    """
    metrics = Metrics()
    keys: list[Keys] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = opening() if opening is not None else open_search(settings.assets, settings.cores)
            engine = Engine(opened, settings.queue_limit)
            stack.callback(engine.close)
            store = Store.open(settings.database_url)
            stack.callback(store.close)
            if store.reason is not None:
                log(logging.WARNING, "feedback cannot be kept", reason=store.reason)
            keys.append(Keys(store))
            app.state.services = Services(settings, engine, store)
            await stack.enter_async_context(mcp.running(app, engine))
            yield

    async def check(token: str) -> KeyLike | None:
        known, key = keys[0].recall(token)
        # The threads aside may all be waiting for the database; what is known needs none of them.
        return key if known else await app.state.services.engine.call(keys[0].check, token)

    app = FastAPI(
        title="Codilingua",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        # They load their scripts from elsewhere; a hospital's network has no elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics
    problems.install(app)
    for router in (search.router, codes.router, feedback.router):
        app.include_router(router, responses=problems.DOCUMENTED)
    for plain in (nlm.router, embeddings.router, fhir.router, health.router, page.router):
        app.include_router(plain)
    # The last that is added is the first that is met.
    app.add_middleware(Deadline, seconds=settings.timeout)
    app.add_middleware(Bodies, most=settings.max_body)
    share = -(-settings.rate // settings.workers)
    app.add_middleware(Access, check=check, needs_key=settings.needs_key, rate=share)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
        )
    app.add_middleware(Hosts, allowed=settings.hosts)
    app.add_middleware(Watch, metrics=metrics)
    app.add_middleware(Prefix, prefix=settings.root_path)
    return app
