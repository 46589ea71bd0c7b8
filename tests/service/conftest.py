"""The application over the small assets, as every test of the server needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from codilingua.service.settings import ServeSettings
from tests.service.chromium import CHROMIUM, FLAGS, LONGEST

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Serving = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def serving(tiny_folder: Path, tmp_path: Path) -> Serving:
    """Run the application in this process, with settings as named."""

    @contextmanager
    def run(**values: Any) -> Iterator[TestClient]:
        from codilingua.service.app import create_app

        database = f"sqlite:///{tmp_path / 'codilingua.db'}"
        settings = ServeSettings(**{"assets": tiny_folder, "database": database, "rate": 0, **values})
        with TestClient(
            create_app(settings), base_url="http://localhost", raise_server_exceptions=False
        ) as client:
            yield client

    return run


@pytest.fixture
def http(serving: Serving) -> Iterator[TestClient]:
    """A client of the application with its usual settings."""
    with serving() as client:
        yield client


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser, without a window. It holds the thread's event loop: later modules need that back."""
    # Only what runs in a browser needs it: without it the rest of the server is tested.
    from playwright.sync_api import expect, sync_playwright

    if not CHROMIUM.is_file():
        pytest.skip(f"nothing is tested in a browser: {CHROMIUM} is missing (apt-get install chromium)")
    expect.set_options(timeout=LONGEST)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()
