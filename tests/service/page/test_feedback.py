"""Thumbs and the right code: kept with what they are about, or said not to be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import expect

from tests.service.page.browser import Visit
from tests.service.page.conftest import Served

Visiting = Callable[..., Visit]
BUSY = {"title": "Service Unavailable", "status": 503, "detail": "the disk is full"}


def kept(database: Path, query: str) -> list[tuple[Any, ...]]:
    """What the server's database holds on a query."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            "SELECT code, verdict, rank, lang, ui, shown FROM feedback WHERE query = ? ORDER BY at", (query,)
        )
        return [(*row[:-1], json.loads(row[-1])) for row in found]


@pytest.mark.parametrize("lang", ["es", "ca", "fr"])
def test_a_verdict_on_a_card_is_kept_with_what_was_shown(
    visiting: Visiting, served: Served, lang: str
) -> None:
    visit = visiting(lang)
    visit.open()
    query = f"dolor torácico {lang}"
    visit.search(query)
    codes = visit.codes()
    visit.hits.nth(2).click()
    panel = visit.page.get_by_role("region", name=visit.t("feedback.region"))
    expect(panel).to_contain_text(query)
    expect(panel).to_contain_text(visit.t("feedback.kept"))
    panel.get_by_role("button", name=visit.t("feedback.chosen"), exact=True).click()
    expect(visit.toast).to_contain_text(visit.t("feedback.chosen.thanks", code=codes[2]))
    expect(panel.locator('[aria-pressed="true"]')).to_have_text(visit.t("feedback.chosen"))
    expect(visit.page.locator("#live")).to_contain_text(codes[2])
    ((code, verdict, rank, _, ui, shown),) = kept(served.database, query)
    assert (code, verdict, rank, ui, shown) == (codes[2], "chosen", 3, lang, codes)


@pytest.mark.parametrize(("verdict", "key"), [("right", "feedback.right"), ("wrong", "feedback.wrong")])
def test_thumbs_in_the_list(visiting: Visiting, served: Served, verdict: str, key: str) -> None:
    visit = visiting("es")
    visit.open()
    query = f"neumonía {verdict}"
    visit.search(query)
    first = visit.codes()[0]
    visit.hits.first.hover()
    visit.hits.first.get_by_role("button", name=visit.t(f"{key}.of", code=first), exact=True).click()
    expect(visit.toast).to_contain_text(visit.t(f"{key}.thanks", code=first))
    assert [row[:3] for row in kept(served.database, query)] == [(first, verdict, 1)]


def test_what_could_not_be_kept_is_said_and_can_be_tried_again(visiting: Visiting, served: Served) -> None:
    visit = visiting("fr")
    visit.open("#q=asthme+grave&code=J45.50")
    visit.page.route("**/api/feedback", lambda route: route.fulfill(status=503, json=BUSY))
    button = visit.page.get_by_role("button", name=visit.t("feedback.right"), exact=True)
    button.click()
    expect(visit.toast).to_contain_text(visit.t("feedback.lost.busy"))
    expect(button).not_to_have_attribute("aria-pressed", "true")
    visit.page.unroute("**/api/feedback")
    visit.toast.get_by_role("button", name=visit.t("feedback.again")).click()
    expect(visit.toast).to_contain_text(visit.t("feedback.right.thanks", code="J45.50"))
    assert [row[:2] for row in kept(served.database, "asthme grave")] == [("J45.50", "right")]


def test_without_a_connection_nothing_is_said_to_be_kept(visiting: Visiting, served: Served) -> None:
    visit = visiting("es")
    visit.open("#q=asma+leve&code=J45.909")
    expect(visit.card).to_be_visible()
    visit.page.context.set_offline(True)
    visit.page.get_by_role("button", name=visit.t("feedback.wrong"), exact=True).click()
    expect(visit.toast).to_contain_text(visit.t("feedback.lost.away"))
    assert kept(served.database, "asma leve") == []


def test_a_card_that_no_query_led_to_has_nothing_to_be_judged(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=R07.9")
    expect(visit.card).to_be_visible()
    expect(visit.page.locator(".feedback")).to_have_count(0)
