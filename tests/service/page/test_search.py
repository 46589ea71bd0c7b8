"""Searching: what is shown as one types, once one pauses, and while one chooses; in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import Page, Route, expect

from tests.service.page.browser import Visit, asked_for

Visiting = Callable[..., Visit]

QUERIES = {
    "es": ("dolor torácico", "R07.9"),
    "ca": ("infart agut de miocardi", "I21.9"),
    "fr": ("fracture de côtes", "S22.39"),
}
SPOKEN = ("es", "ca", "fr")


def asked(page: Page) -> list[dict[str, Any]]:
    """What every search from now on asks for."""
    seen: list[dict[str, Any]] = []
    page.on("request", lambda request: seen.append(found) if (found := asked_for(request)) else None)
    return seen


@pytest.mark.parametrize("lang", SPOKEN)
def test_a_query_is_answered_in_the_users_language(visiting: Visiting, lang: str) -> None:
    query, code = QUERIES[lang]
    visit = visiting(lang)
    visit.open()
    visit.search(query)
    assert visit.codes()[0] == code
    best = visit.hits.first
    expect(best.locator(".hit-name")).to_have_attribute("lang", lang)
    expect(best.locator(".mark")).to_have_text(visit.t("origin.machine"))
    expect(best.locator(".hit-official")).to_have_attribute("lang", "en")
    expect(best.locator(".confidence-number")).to_have_text(re.compile(r"\d+\s?%"))
    expect(best.locator(".sure")).to_contain_text(visit.t("confidence.sure"))
    status = "status.seventh" if code.startswith("S") else "status.billable"
    expect(best.locator(".status")).to_contain_text(visit.t(status))
    expect(visit.page.locator("html")).to_have_attribute("lang", lang)
    expect(visit.page.locator(".list-head")).to_contain_text(visit.t("list.reread"))


def test_the_official_title_alone_is_shown_where_it_is_in_the_users_language(visiting: Visiting) -> None:
    visit = visiting("en")
    visit.open()
    visit.search("chest pain")
    best = visit.hits.first
    expect(best.locator(".hit-name")).to_have_text("Chest pain, unspecified")
    expect(best.locator(".hit-official")).to_have_count(0)
    expect(best.locator(".mark")).to_have_text(visit.t("origin.official"))


def test_the_text_that_matched_is_shown_where_it_is_another(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    expect(visit.hit("M54.6").locator("q")).to_have_text("dolore della colonna toracica")
    expect(visit.hit("M54.6").locator("q")).to_have_attribute("lang", "it")
    expect(visit.hit("R07.9").locator("q")).to_have_count(0)


def test_a_code_is_found_as_a_code(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("s22.49")
    assert visit.codes() == ["S22.49"]
    expect(visit.hit("S22.49")).to_contain_text(visit.t("confidence.typed"))
    expect(visit.hit("S22.49").locator(".status-letters")).to_have_text("A B D G K S")


def test_typing_asks_quickly_and_reads_again_only_after_a_pause(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.page.clock.install(time=0)
    visit.open()
    visit.page.clock.pause_at(60_000)
    seen = asked(visit.page)
    for text in ("neu", "neumo", "neumonía"):
        visit.box.fill(text)
        visit.page.clock.run_for(100)
    assert seen == []
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("rerank") is False):
        visit.page.clock.run_for(30)
    visit.page.clock.run_for(300)
    assert [wish["rerank"] for wish in seen] == [False]
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("rerank")):
        visit.page.clock.run_for(50)
    assert [(wish["queries"], wish["ui"]) for wish in seen] == [(["neumonía"], "es")] * 2


def test_what_is_stale_is_called_off_and_never_shown(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    failed: list[str] = []
    visit.page.on("requestfailed", lambda request: failed.extend(asked_for(request)["queries"]))
    late: list[Route] = []

    def hold(route: Route) -> None:
        late.append(route) if asked_for(route.request)["queries"] == ["dolor"] else route.continue_()

    visit.page.route("**/api/search", hold)
    with visit.page.expect_request(lambda request: asked_for(request).get("queries") == ["dolor"]):
        visit.box.fill("dolor")
    visit.search("asma")
    assert visit.codes()[0].startswith("J45")
    assert failed == ["dolor"]


def test_the_second_reading_can_be_left_out(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.page.get_by_text(visit.t("rerank.label")).click()
    seen = asked(visit.page)
    visit.box.fill("asma")
    expect(visit.hits.first).to_be_visible()
    visit.page.wait_for_timeout(500)
    assert [wish["rerank"] for wish in seen] == [False]
    visit.open("#q=asma")
    expect(visit.page.get_by_role("switch")).not_to_be_checked()


def test_the_language_of_the_query_is_guessed_and_can_be_said(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    select = visit.page.locator("#query-language")
    expect(select.locator("option:checked")).to_have_text(visit.t("lang.guessed", language="español"))
    seen = asked(visit.page)
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("lang") == "pt"):
        select.select_option("pt")
    assert {wish["lang"] for wish in seen} == {"pt"}


def _better(page: Page) -> Callable[[], None]:
    """Have the second reading turn the first list round, once what is returned is called."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route) if asked_for(route.request)["rerank"] else route.continue_()

    page.route("**/api/search", hold)

    def answer() -> None:
        while not waiting:
            page.wait_for_timeout(20)
        for route in waiting:
            quick = route.fetch(post_data={**asked_for(route.request), "rerank": False})
            body: dict[str, Any] = quick.json()
            body["answers"][0]["hits"].reverse()
            route.fulfill(response=quick, json=body)

    return answer


def test_a_better_order_waits_while_the_pointer_is_in_the_list(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    better = _better(visit.page)
    visit.box.fill("dolor torácico")
    expect(visit.hits).to_have_count(10)
    order = visit.codes()
    visit.hits.nth(1).hover()
    visit.page.mouse.move(300, 330)
    better()
    held = visit.page.locator(".held")
    expect(held).to_be_visible()
    assert visit.codes() == order
    visit.page.mouse.move(900, 400)
    expect(held).to_be_hidden()
    assert visit.codes() == order[::-1]


def test_a_better_order_waits_while_the_keys_are_in_the_list(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    better = _better(visit.page)
    visit.box.fill("dolor torácico")
    expect(visit.hits).to_have_count(10)
    order = visit.codes()
    visit.box.press("ArrowDown")
    better()
    expect(visit.page.locator(".held")).to_be_visible()
    assert visit.codes() == order
    assert visit.focused() == order[0]
    visit.page.keyboard.press("r")
    assert visit.codes() == order[::-1]


def test_a_better_order_is_shown_to_who_only_types(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.page.mouse.move(300, 330)
    better = _better(visit.page)
    visit.box.fill("dolor torácico")
    expect(visit.hits).to_have_count(10)
    order = visit.codes()
    better()
    expect(visit.page.locator(".hit-link")).to_have_text(order[::-1])
    expect(visit.page.locator(".held")).to_be_hidden()


def test_doubt_is_said(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    expect(visit.page.locator(".doubt")).to_be_hidden()

    def unsure(route: Route) -> None:
        answer = route.fetch()
        body: dict[str, Any] = answer.json()
        for hit in body["answers"][0]["hits"]:
            hit["sure"] = False
        route.fulfill(response=answer, json=body)

    visit.page.route("**/api/search", unsure)
    visit.search("dolor de pecho")
    expect(visit.page.locator(".doubt")).to_contain_text(visit.t("list.doubt"))


def test_how_many_were_found_is_announced(visiting: Visiting) -> None:
    visit = visiting("fr")
    visit.open()
    visit.search("fracture de côtes")
    expect(visit.page.locator("#live")).to_contain_text(visit.t("list.first.other", n=10))


def test_more_can_be_shown(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor")
    first = visit.codes()
    visit.page.get_by_role("button", name=visit.t("list.more")).click()
    expect(visit.hits).to_have_count(30)
    assert set(first) <= set(visit.codes())


def test_the_hash_holds_what_is_shown_and_nothing_else_does(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    urls: list[str] = []
    visit.page.on("request", lambda request: urls.append(request.url))
    visit.search("dolor torácico")
    # A proxy writes addresses down.
    assert urls
    assert not any("dolor" in url or "tor%C3%A1cico" in url for url in urls)
    address = urlsplit(visit.page.url)
    assert parse_qs(address.fragment) == {"q": ["dolor torácico"]}
    assert (address.path, address.query) == ("/", "")
    again = visiting("es")
    again.open("#q=dolor%20tor%C3%A1cico&code=R07.9")
    expect(again.box).to_have_value("dolor torácico")
    expect(again.card).to_contain_text("R07.9")
    expect(again.hits).to_have_count(10)


def test_the_way_back(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    visit.hit("R07.1").click()
    expect(visit.card).to_contain_text("R07.1")
    visit.page.go_back()
    expect(visit.card).to_have_count(0)
    expect(visit.box).to_have_value("dolor torácico")
    visit.page.go_back()
    expect(visit.box).to_have_value("")
    expect(visit.page.locator("#chapters")).to_be_visible()
    visit.page.go_forward()
    expect(visit.box).to_have_value("dolor torácico")
    expect(visit.hits).to_have_count(10)


def test_a_click_anywhere_on_a_hit_opens_it(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    for part, code in ((".mark", "R07.89"), (".confidence-number", "R07.1"), (".status", "M54.6")):
        visit.hit(code).locator(part).click(force=True)
        expect(visit.page.locator("#card-title")).to_contain_text(code)
        expect(visit.hit(code).locator(".hit-link")).to_have_attribute("aria-current", "true")
        assert visit.page.title() == f"{code} · Codilingua"


def test_what_cannot_be_searched_is_explained(visiting: Visiting) -> None:
    visit = visiting("ca")
    visit.open()
    visit.box.fill("a" * 2500)
    expect(visit.page.locator(".trouble")).to_contain_text(visit.t("trouble.search"))
    expect(visit.page.locator(".trouble")).to_contain_text("2,500 characters")
    visit.search("asma")
    expect(visit.page.locator(".trouble")).to_be_hidden()
    expect(visit.hits.first).to_be_visible()
