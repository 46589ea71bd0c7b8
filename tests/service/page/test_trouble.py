"""When a key is asked for, the server has too much to do, or is away: said calmly, and gone on from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import Route, expect

from tests.service.page.browser import Visit
from tests.service.page.conftest import Served

Visiting = Callable[..., Visit]


def test_a_key_is_asked_for_until_it_is_good_and_held_for_the_tab(
    visiting: Visiting, guarded: Served
) -> None:
    visit = visiting("ca", url=guarded.url)
    visit.open("#q=angina")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text(visit.t("key.title"))
    field = dialog.get_by_label(visit.t("key.label"))
    expect(field).to_be_focused()
    field.fill("clau dolenta")
    field.press("Enter")
    expect(dialog).to_contain_text(visit.t("key.form"))
    field.fill("wrong")
    field.press("Enter")
    expect(dialog).to_contain_text(visit.t("key.wrong"))
    dialog.get_by_label(visit.t("key.label")).fill(guarded.key)
    dialog.get_by_role("button", name=visit.t("key.use")).click()
    expect(dialog).to_be_hidden()
    expect(visit.hits.first).to_be_visible()
    visit.page.reload()
    expect(visit.hits.first).to_be_visible()
    expect(dialog).to_be_hidden()
    held = visit.page.evaluate(
        "[Object.values(sessionStorage), JSON.stringify(localStorage), document.cookie, location.href]"
    )
    assert held[0] == [guarded.key]
    assert all(guarded.key not in elsewhere for elsewhere in held[1:])


def test_who_has_no_key_can_go_on_without(visiting: Visiting, guarded: Served) -> None:
    visit = visiting("fr", url=guarded.url)
    visit.open("#q=angina")
    dialog = visit.page.get_by_role("dialog")
    # The search, the chapters and the name of the system ask together, and once.
    dialog.get_by_role("button", name=visit.t("key.cancel")).click()
    expect(visit.page.locator(".trouble")).to_contain_text(visit.t("trouble.key"))
    visit.page.locator(".trouble").get_by_role("button", name=visit.t("trouble.again")).click()
    dialog.get_by_label(visit.t("key.label")).fill(guarded.key)
    dialog.get_by_role("button", name=visit.t("key.use")).click()
    expect(visit.hits.first).to_be_visible()


@pytest.mark.parametrize(("status", "key"), [(503, "banner.busy"), (429, "banner.tooMany")])
def test_a_server_with_too_much_to_do_is_asked_again_when_it_says(
    visiting: Visiting, status: int, key: str
) -> None:
    visit = visiting("es")
    visit.open()
    problem = {"title": "x", "status": status, "detail": "x"}
    visit.page.route(
        "**/api/search",
        lambda route: route.fulfill(status=status, json=problem, headers={"Retry-After": "2"}),
    )
    visit.box.fill("asma")
    banner = visit.page.locator("#banner")
    expect(banner).to_contain_text(visit.t(f"{key}.other", n=2))
    visit.page.unroute("**/api/search")
    expect(banner).to_contain_text(visit.t(f"{key}.one", n=1))
    expect(visit.hits).to_have_count(10)
    expect(banner).to_be_hidden()


def test_the_page_recovers_when_the_server_does(visiting: Visiting) -> None:
    visit = visiting("fr")
    visit.open()
    visit.search("asthme")
    visit.page.context.set_offline(True)
    visit.box.fill("fracture de côtes")
    banner = visit.page.locator("#banner")
    expect(banner).to_contain_text(visit.t("banner.away"))
    visit.hits.first.click()
    visit.page.context.set_offline(False)
    expect(visit.card).to_be_visible()
    expect(banner).to_be_hidden()
    expect(visit.hit("S22.39")).to_be_visible()


def test_a_proxy_without_its_server_is_a_server_that_is_away(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()

    def gone(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")

    visit.page.route("**/api/search", gone)
    visit.box.fill("asma")
    expect(visit.page.locator("#banner")).to_contain_text(visit.t("banner.away"))
    visit.page.unroute("**/api/search")
    expect(visit.hits).to_have_count(10)
