"""The page below a path: whether the server knows the path or a proxy takes it away."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import Route, expect

from tests.service.page.browser import Visit
from tests.service.page.conftest import Served

Visiting = Callable[..., Visit]


def _whole(visit: Visit, below: str) -> None:
    """A search, a card and the chapters; every request stays below the path."""
    elsewhere: list[str] = []
    visit.page.on(
        "request",
        lambda request: (
            elsewhere.append(request.url) if not urlsplit(request.url).path.startswith(below) else None
        ),
    )
    visit.open()
    visit.search("angina")
    visit.hits.first.click()
    expect(visit.card).to_be_visible()
    visit.page.get_by_role("tab", name=visit.t("tabs.chapters")).click()
    expect(visit.page.get_by_role("treeitem").first).to_be_visible()
    assert visit.page.evaluate("document.fonts.check('16px \"Atkinson Next\"')")
    assert elsewhere == []


def test_a_server_that_knows_its_path(visiting: Visiting, prefixed: Served) -> None:
    _whole(visiting("fr", url=prefixed.url), "/coding/")


def test_the_path_without_its_slash_leads_to_the_page(prefixed: Served) -> None:
    with urllib.request.urlopen(prefixed.url.removesuffix("/"), timeout=30) as answer:
        assert urlsplit(answer.url).path == "/coding/"


def test_a_proxy_that_takes_the_path_away(visiting: Visiting, served: Served) -> None:
    visit = visiting("es", url=f"{served.url}ward/codes/")

    def forward(route: Route) -> None:
        route.continue_(url=route.request.url.replace("/ward/codes/", "/"))

    visit.page.route("**/ward/codes/**", forward)
    _whole(visit, "/ward/codes/")
