"""Settings in; a listening server out, of one process or of several that share one socket.

Several are forked from one that has read the index already, so they share its memory; the models, whose
runtime starts threads, are loaded after the fork. A worker that dies is replaced, and the socket, which is
everybody's, goes on being answered by the others.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import uvicorn

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.search.engine import Search
from codilingua.service.observe.logs import log, set_up_logs
from codilingua.service.settings import ServeSettings

_BACKLOG = 512
_ENDING = (signal.SIGTERM, signal.SIGINT)
_AGAIN = 1.0
"""Seconds between two tries to start a worker that dies at once."""


def serve(settings: ServeSettings, ready: Callable[[str], None]) -> int:
    """Serve until a signal ends it.

    :param ready: called with the address as soon as it is listened on.
    :return: the exit status.
    :raises UsageError: when the address cannot be listened on.
    :raises AssetError: when the assets cannot be read.
    """
    listening = _listen(settings)
    try:
        opening = _shared(settings)
        set_up_logs(settings.log_level)
        ready(_address(listening, settings))
        if settings.workers == 1:
            return _work(settings, listening, opening)
        with tempfile.TemporaryDirectory(prefix="codilingua-metrics-") as folder:
            # Before its library is imported, which is when it looks.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            return _Supervisor(settings, listening, opening).run()
    finally:
        listening.close()


def _listen(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        where = f"{settings.host}:{settings.port}"
        raise UsageError(
            f"{where} cannot be listened on ({error.strerror}): choose another --port"
        ) from error
    listening.set_inheritable(True)
    return listening


def _address(listening: socket.socket, settings: ServeSettings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listening.getsockname()[1]}{settings.root_path}/"


def _work(settings: ServeSettings, listening: socket.socket, opening: Callable[[], Search]) -> int:
    """Answer until a signal comes; what has begun by then is finished."""
    from codilingua.service.app import create_app

    # Texts are short: the tokenizer's own threads would cost more than they do.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for number in _ENDING:
        # Until uvicorn has set its own, and again when it has ended because of one: it calls what was there.
        signal.signal(number, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, opening),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(settings.shutdown)),
            # Headers of proxies are believed from this machine alone.
            forwarded_allow_ips="127.0.0.1,::1",
            h11_max_incomplete_event_size=65536,
        )
    )
    server.run(sockets=[listening])
    return 0 if server.started else 1


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


class _Supervisor:
    """Forks the workers, replaces those that die, and ends them all at a signal."""

    def __init__(
        self, settings: ServeSettings, listening: socket.socket, opening: Callable[[], Search]
    ) -> None:
        self.settings, self.listening, self.opening = settings, listening, opening
        self.running: dict[int, float] = {}
        self.stopping = False

    def run(self) -> int:
        for number in _ENDING:
            signal.signal(number, self._stop)
        for _ in range(self.settings.workers):
            self._start()
        while self.running:
            try:
                ended, status = os.wait()
            except InterruptedError:
                continue
            began = self.running.pop(ended, 0.0)
            if self.stopping:
                continue
            log(logging.ERROR, "a worker died and is replaced", worker=ended, status=status)
            if time.monotonic() - began < _AGAIN:
                time.sleep(_AGAIN)
            if not self.stopping:
                self._start()
        return 0

    def _start(self) -> None:
        # A signal in between would find a worker that is not in the list, or one with the handlers of this.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        worker = os.fork()
        if worker == 0:
            self._be_worker()
        self.running[worker] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)

    def _be_worker(self) -> NoReturn:
        status = 1
        try:
            status = _work(self.settings, self.listening, self.opening)
        except SystemExit:
            status = 0
        except Exception as error:
            log(logging.ERROR, "a worker could not start", error)
        finally:
            sys.stderr.flush()
            # Not sys.exit: what the parent has open is the parent's to clean up.
            os._exit(status)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        for worker in self.running:
            os.kill(worker, number)


def _shared(settings: ServeSettings) -> Callable[[], Search]:
    """Read what all workers share; what opens the rest in each, out."""
    layout = Assets.shipped() if settings.assets is None else Assets(settings.assets)
    layout.verify()
    from codilingua.search.index import open_index
    from codilingua.search.opening import assemble
    from codilingua.search.prior import open_prior
    from codilingua.search.profiles import DEPTH, open_profiles

    profiles = open_profiles(layout.ranking)
    with Catalog.open(layout.catalog) as catalog:
        index = open_index(layout, open_prior(layout, catalog))

    def opening() -> Search:
        # A connection to SQLite must not be carried across a fork, so each worker opens its own.
        return assemble(layout, Catalog.open(layout.catalog), index, profiles, settings.cores, DEPTH)

    return opening
