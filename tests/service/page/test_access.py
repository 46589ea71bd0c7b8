"""For everybody: axe finds nothing wrong, in light and dark; on a phone nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")
pytest.importorskip(
    "axe_playwright_python", reason="the page is not tested: axe-playwright-python is missing"
)

from playwright.sync_api import expect

from tests.service.page.browser import LANGUAGES, Visit
from tests.service.page.conftest import Served

Visiting = Callable[..., Visit]
PHONE = (360, 740)


def _list(visit: Visit) -> None:
    visit.open("#q=fractura+de+costillas")
    expect(visit.hits).to_have_count(10)
    expect(visit.page.locator("#progress.is-on")).to_have_count(0)


def _card(visit: Visit) -> None:
    visit.open("#q=fractura+de+costillas&code=S22.49")
    expect(visit.card).to_be_visible()
    visit.page.locator(".seventh").first.click()
    visit.page.keyboard.press("c")
    expect(visit.toast).to_be_visible()


def _notes(visit: Visit) -> None:
    visit.open("#code=I21.4")
    expect(visit.card).to_be_visible()


def _chapters(visit: Visit) -> None:
    visit.open()
    visit.page.locator('[data-code="9"] > .tree-row').click()
    visit.page.locator('[data-code="I20-I25"] > .tree-row').click()
    expect(visit.page.locator('[data-code="I21"]')).to_be_visible()


def _filters(visit: Visit) -> None:
    _list(visit)
    visit.page.locator("#filters-toggle").click()
    visit.page.get_by_text(visit.t("filters.noExternal")).first.click()
    visit.page.locator("#filter-codes").fill("?!")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator("#codes-error")).to_be_visible()


def _help(visit: Visit) -> None:
    _list(visit)
    visit.page.locator("#help").click()
    expect(visit.page.locator("#help-dialog")).to_be_visible()


SIGHTS = {
    "list": _list,
    "card": _card,
    "notes": _notes,
    "chapters": _chapters,
    "filters": _filters,
    "help": _help,
}


@pytest.mark.parametrize("sight", SIGHTS)
def test_axe_finds_nothing(visiting: Visiting, sight: str) -> None:
    visit = visiting("es", reduced_motion="reduce")
    SIGHTS[sight](visit)
    _in_light_and_dark(visit)


def test_axe_finds_nothing_while_a_key_is_asked_for(visiting: Visiting, guarded: Served) -> None:
    visit = visiting("fr", url=guarded.url, reduced_motion="reduce")
    visit.open("#q=angina")
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    _in_light_and_dark(visit)


def _in_light_and_dark(visit: Visit) -> None:
    for scheme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(visit.page.locator("html")).to_have_attribute("data-theme", scheme)
        assert visit.violations() == []


@pytest.mark.parametrize("sight", SIGHTS)
def test_nothing_is_cut_off_on_a_phone(visiting: Visiting, sight: str) -> None:
    visit = visiting("es", size=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    SIGHTS[sight](visit)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    wide = visit.page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((node) => {
             const box = node.getBoundingClientRect();
             return box.width && box.right > innerWidth + 1 && getComputedStyle(node).position !== "absolute";
           }).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    if sight in ("list", "card"):
        assert visit.violations() == []


def test_no_language_is_too_long_for_a_phone(visiting: Visiting) -> None:
    visit = visiting("en", size=PHONE, has_touch=True, is_mobile=True)
    visit.open("#q=fractura+de+costillas&code=S22.49")
    visit.page.locator("#filters-toggle").click()
    for lang in LANGUAGES:
        spoken = Visit(visit.page, visit.url, lang)
        visit.page.locator("#ui-language").select_option(lang)
        expect(visit.card).to_contain_text(spoken.t("seventh.title"))
        expect(visit.page.locator("#filters")).to_contain_text(spoken.t("chapter.21"))
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], lang


def test_on_a_phone_the_card_takes_the_place_of_the_list(visiting: Visiting) -> None:
    visit = visiting("es", size=PHONE, has_touch=True, is_mobile=True)
    _list(visit)
    corner: Any = {"x": 40, "y": 20}
    visit.hit("S22.49").tap(position=corner)
    expect(visit.card).to_be_visible()
    expect(visit.hits.first).to_be_hidden()
    visit.page.locator(".card-back").tap()
    expect(visit.hits.first).to_be_visible()
    visit.hit("S22.49").tap(position=corner)
    visit.page.get_by_role("button", name=visit.t("card.inChapters")).tap()
    expect(visit.page.get_by_role("tree").locator('[data-code="S22.49"]')).to_be_in_viewport()
    expect(visit.card).to_have_count(0)


def test_the_first_stop_of_the_tab_key_skips_to_the_list(visiting: Visiting) -> None:
    visit = visiting("es")
    _list(visit)
    visit.page.locator("body").press("Tab")
    skip = visit.page.get_by_role("link", name=visit.t("skip.results"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#pane-list")).to_be_focused()


def test_the_note_on_medical_use_and_the_edition_are_always_seen(visiting: Visiting) -> None:
    visit = visiting("ca")
    _list(visit)
    expect(visit.page.locator(".foot-note")).to_be_in_viewport()
    expect(visit.page.locator("#source")).to_contain_text("ICD-10-CM April 2026, 46.881 codis")
    expect(visit.page.locator("#edition")).to_have_text("ICD-10-CM April 2026")
