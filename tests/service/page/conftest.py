"""A browser, and servers for it: what ships at the root, small assets under a prefix and with keys."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.chromium import LONGEST
from tests.service.live import live

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.service.page.browser import Visit

    Visiting = Callable[..., Visit]

Environment = Callable[..., dict[str, str]]


@dataclass(frozen=True)
class Served:
    """A server's address, ending with a slash, and the database that it keeps feedback in."""

    url: str
    database: Path
    key: str = ""


@pytest.fixture(scope="session")
def served(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``codilingua serve`` with what ships."""
    folder = tmp_path_factory.mktemp("served")
    database = folder / "codilingua.db"
    variables = environment(CODILINGUA_DATABASE=f"sqlite:///{database}", CODILINGUA_RATE="0")
    with live(folder, variables) as server:
        yield Served(server.url, database)


@pytest.fixture(scope="session")
def prefixed(
    environment: Environment, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The same with small assets, below ``/coding``."""
    folder = tmp_path_factory.mktemp("prefixed")
    database = folder / "codilingua.db"
    variables = environment(CODILINGUA_DATABASE=f"sqlite:///{database}", CODILINGUA_RATE="0")
    with live(folder, variables, ["--assets", str(tiny_folder), "--root-path", "/coding"]) as server:
        origin = server.url.removesuffix("coding/")
        yield Served(f"{origin}coding/", database)


@pytest.fixture(scope="session")
def guarded(
    environment: Environment, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The same with small assets, for those who have its one key."""
    folder = tmp_path_factory.mktemp("guarded")
    database = folder / "codilingua.db"
    variables = environment(CODILINGUA_DATABASE=f"sqlite:///{database}", CODILINGUA_AUTH="keys")
    command = [sys.executable, "-m", "codilingua", "keys", "add", "ward"]
    made = subprocess.run(command, capture_output=True, env=variables, check=True, timeout=60)
    with live(folder, variables, ["--assets", str(tiny_folder)]) as server:
        yield Served(server.url, database, made.stdout.decode().strip())


@pytest.fixture
def visiting(chromium: Browser, served: Served) -> Iterator[Visiting]:
    """Start a visit: a browser profile without a past, in a language, a colour scheme and a size."""
    from tests.service.page.browser import Visit

    _forget_preferences(served.url)
    contexts = []
    errors: list[str] = []

    def visit(
        lang: str = "es",
        *,
        url: str = served.url,
        scheme: str = "light",
        size: tuple[int, int] = (1280, 800),
        **options: Any,
    ) -> Visit:
        context = chromium.new_context(
            locale=lang,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": size[0], "height": size[1]},
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        context.set_default_timeout(LONGEST)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        return Visit(page, url, lang)

    yield visit
    for context in contexts:
        context.close()
    assert errors == []


def _forget_preferences(url: str) -> None:
    """On a server for one machine they would go from one test to the next."""
    request = urllib.request.Request(
        f"{url}api/preferences", json.dumps({}).encode(), {"Content-Type": "application/json"}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30):
        pass
