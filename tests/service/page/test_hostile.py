"""Strings that want to be markup, in queries and in what a server may hold: they stay text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import Page, Route, expect

from tests.service.page.browser import Visit

Visiting = Callable[..., Visit]

MARKUP = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
]


def watched(page: Page) -> list[str]:
    """What breaks in: a dialog that opens, an element that the page does not have."""
    seen: list[str] = []

    def note(dialog: Any) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return seen


def injected(page: Page) -> int:
    return int(
        page.evaluate(
            "document.querySelectorAll('img, script:not([src]), [onerror], [onload], iframe').length"
        )
    )


@pytest.mark.parametrize("text", MARKUP)
def test_a_query_is_text(visiting: Visiting, text: str) -> None:
    visit = visiting("es")
    seen = watched(visit.page)
    visit.open()
    visit.search(text)
    visit.hits.first.click()
    expect(visit.page.locator(".feedback q")).to_have_text(text)
    visit.page.get_by_role("button", name=visit.t("feedback.wrong"), exact=True).click()
    expect(visit.toast).to_be_visible()
    assert (seen, injected(visit.page)) == ([], 0)


def test_a_hash_is_text(visiting: Visiting) -> None:
    visit = visiting("es")
    seen = watched(visit.page)
    visit.open(f"#code={MARKUP[2]}&q={MARKUP[1]}")
    expect(visit.card).to_contain_text(MARKUP[2])
    expect(visit.hits.first).to_be_visible()
    assert (seen, injected(visit.page)) == ([], 0)


def test_titles_notes_and_licences_are_text(visiting: Visiting) -> None:
    """As an imported catalog might hold them: every text that the server sends is made hostile."""
    visit = visiting("es")
    seen = watched(visit.page)
    told = ("text", "title", "licence", "meaning", "name")

    def poisoned(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: poisoned(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [
                f"{MARKUP[0]} (A00)" if isinstance(item, str) and name != "completions" else poisoned(item)
                for item in value
            ]
        return MARKUP[0] if name in told else value

    def answered(route: Route) -> None:
        answer = route.fetch()
        body = poisoned(json.loads(answer.body()))
        route.fulfill(response=answer, json=body)

    visit.page.route("**/api/**", answered)
    visit.open("#q=dolor&code=S22.49")
    expect(visit.hits.first).to_contain_text(MARKUP[0])
    expect(visit.card.locator(".notes").first).to_contain_text(MARKUP[0])
    expect(visit.card.locator(".seventh-meaning").first).to_have_text(MARKUP[0])
    expect(visit.card.locator(".names")).to_contain_text(MARKUP[0])
    expect(visit.page.locator("#source")).to_contain_text(MARKUP[0])
    visit.page.get_by_role("tab", name=visit.t("tabs.chapters")).click()
    expect(visit.page.get_by_role("treeitem").first).to_contain_text(MARKUP[0])
    visit.page.locator(".card .mark").first.hover()
    expect(visit.page.get_by_role("tooltip")).to_be_visible()
    assert (seen, injected(visit.page)) == ([], 0)


def test_a_query_stays_out_of_the_address_of_the_page_and_out_of_storage(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    pages: list[str] = []
    visit.page.on(
        "request", lambda request: pages.append(request.url) if "/api/" not in request.url else None
    )
    visit.search("zzmarcador")
    visit.hits.first.click()
    visit.page.reload()
    expect(visit.card).to_be_visible()
    assert not [url for url in pages if "zzmarcador" in url.partition("#")[0]]
    assert "zzmarcador" not in visit.page.evaluate(
        "JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )
