"""Everything by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import expect

from tests.service.page.browser import Visit, asked_for

Visiting = Callable[..., Visit]


def test_from_the_box_to_a_card_and_back(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    expect(visit.box).to_be_focused()
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("rerank")):
        visit.page.keyboard.type("dolor torácico")
    expect(visit.page.locator("#progress.is-on")).to_have_count(0)
    expect(visit.hits).to_have_count(10)
    codes = visit.codes()
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowDown")
    assert visit.focused() == codes[1]
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#card-title")).to_be_focused()
    expect(visit.page.locator("#card-title")).to_contain_text(codes[1])
    visit.page.keyboard.press("Escape")
    expect(visit.card).to_have_count(0)
    assert visit.focused() == codes[1]
    visit.page.keyboard.press("End")
    assert visit.focused() == codes[-1]
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("ArrowUp")
    expect(visit.box).to_be_focused()
    visit.page.keyboard.press("Escape")
    expect(visit.box).to_have_value("")


def test_enter_in_the_box_opens_the_first_code(visiting: Visiting) -> None:
    visit = visiting("fr")
    visit.open()
    visit.search("fracture de côtes")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#card-title")).to_contain_text("S22.39")


def test_the_slash_leads_to_the_box_and_is_typed_in_it(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=asma&code=J45")
    expect(visit.card).to_contain_text("J45")
    visit.page.locator("#card-title").focus()
    visit.page.keyboard.press("/")
    expect(visit.box).to_be_focused()
    visit.page.keyboard.press("End")
    visit.page.keyboard.type("/c?")
    expect(visit.box).to_have_value("asma/c?")
    expect(visit.page.locator("#help-dialog")).to_be_hidden()


@pytest.mark.parametrize("keys", ["c", "Control+c"])
def test_a_code_is_copied(visiting: Visiting, keys: str) -> None:
    visit = visiting("ca")
    visit.open()
    visit.search("infart agut de miocardi")
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press(keys)
    expect(visit.toast).to_contain_text(visit.t("copy.done", code="I21.9"))
    assert visit.copied() == "I21.9"


def test_what_is_selected_is_copied_as_anywhere(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=asma&code=J45.909")
    expect(visit.card).to_contain_text("J45.909")
    visit.page.locator("#query").select_text()
    visit.page.keyboard.press("Control+c")
    assert visit.copied() == "asma"


def test_a_code_that_is_not_complete_is_copied_with_a_word(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=S22.49")
    expect(visit.card).to_contain_text("S22.49")
    visit.page.keyboard.press("c")
    expect(visit.toast).to_contain_text(visit.t("copy.needsSeventh", code="S22.49"))


def test_without_a_clipboard_a_code_is_copied_all_the_same(visiting: Visiting) -> None:
    visit = visiting("es")
    # As on every page without TLS that is not on this machine.
    visit.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
    visit.open("#code=R07.9")
    expect(visit.card).to_contain_text("R07.9")
    visit.page.keyboard.press("c")
    expect(visit.toast).to_contain_text(visit.t("copy.done", code="R07.9"))
    assert visit.copied() == "R07.9"


def test_the_help_and_its_switch_for_single_keys(visiting: Visiting) -> None:
    visit = visiting("fr")
    visit.open("#code=R07.9")
    expect(visit.card).to_contain_text("R07.9")
    visit.page.keyboard.press("?")
    dialog = visit.page.locator("#help-dialog")
    expect(dialog).to_contain_text(visit.t("keys.copy"))
    dialog.get_by_role("switch").focus()
    visit.page.keyboard.press("Space")
    visit.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(visit.card).to_be_visible()
    visit.page.keyboard.press("?")
    visit.page.keyboard.press("/")
    expect(dialog).to_be_hidden()
    expect(visit.box).not_to_be_focused()


def test_the_help_can_be_opened_again(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    dialog = visit.page.get_by_role("dialog")
    for _ in range(2):
        visit.page.locator("#help").click()
        close = dialog.get_by_role("button", name=visit.t("dialog.close"))
        close.hover()
        expect(dialog.get_by_role("tooltip")).to_have_text(visit.t("dialog.close"))
        close.click()
        expect(dialog).to_be_hidden()
    visit.page.locator("#theme").hover()
    expect(visit.page.get_by_role("tooltip")).to_have_text(visit.t("theme.auto"))


def test_one_stop_of_the_tab_key_in_the_list(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    assert visit.page.locator('.hit a[tabindex="0"]').count() == 1
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("ArrowDown")
    assert visit.page.locator('.hit a[tabindex="0"]').inner_text() == visit.codes()[1]
    visit.page.keyboard.press("Tab")
    expect(visit.hits.nth(1).locator(".mark")).to_be_focused()


def test_marks_are_explained_on_focus_until_escape(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.search("dolor torácico")
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Tab")
    tip = visit.page.get_by_role("tooltip")
    expect(tip).to_have_text(visit.t("origin.machine.tip", language="español"))
    visit.page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    visit.page.mouse.move(5, 5)
    visit.hits.nth(2).locator(".mark").hover()
    expect(tip).to_be_visible()


def test_the_chapters_open_with_the_arrows(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    visit.page.locator("#tab-chapters").focus()
    visit.page.keyboard.press("b")
    press = visit.page.keyboard.press
    tree = visit.page.get_by_role("tree")
    expect(tree.get_by_role("treeitem").first).to_be_focused()
    press("ArrowDown")
    press("ArrowRight")
    neoplasms = tree.locator('[data-code="2"]')
    expect(neoplasms).to_have_attribute("aria-expanded", "true")
    expect(neoplasms.get_by_role("treeitem").first).to_be_visible()
    press("ArrowRight")
    expect(neoplasms.get_by_role("treeitem").first).to_be_focused()
    press("Enter")
    expect(visit.card).to_contain_text("C00-C96")
    press("Escape")
    expect(neoplasms.get_by_role("treeitem").first).to_be_focused()
    press("ArrowLeft")
    expect(neoplasms).to_be_focused()
    press("ArrowLeft")
    expect(neoplasms).to_have_attribute("aria-expanded", "false")
