"""The card of a code: what it says, its 7th character, the tree around it, and the chapters beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import expect

from tests.service.page.browser import Visit

Visiting = Callable[..., Visit]
SPOKEN = ("es", "ca", "fr")


@pytest.mark.parametrize("lang", SPOKEN)
def test_the_7th_character_is_picked_and_x_holds_the_empty_place(visiting: Visiting, lang: str) -> None:
    visit = visiting(lang)
    visit.open("#code=S22.49")
    picker = visit.page.locator(".sevenths")
    expect(picker.locator("legend")).to_have_text(visit.t("seventh.title"))
    expect(picker.locator(".seventh-code")).to_have_text("S22.49X?")
    picker.get_by_text("initial encounter for closed fracture").click()
    expect(picker.locator(".seventh-code")).to_have_text("S22.49XA")
    expect(picker.locator(".placeholders")).to_have_text("X")
    picker.get_by_role("button", name=visit.t("seventh.copy", code="S22.49XA")).click()
    expect(visit.toast).to_contain_text(visit.t("copy.done", code="S22.49XA"))
    assert visit.copied() == "S22.49XA"
    picker.locator("input").first.press("ArrowDown")
    expect(picker.locator(".seventh-code")).to_have_text("S22.49XB")
    visit.page.locator("#card-title").focus()
    visit.page.keyboard.press("c")
    expect(visit.toast).to_contain_text("S22.49XB")
    picker.get_by_role("link", name=visit.t("seventh.open")).click()
    expect(visit.page.locator("#card-title")).to_contain_text("S22.49XB")
    expect(visit.page.locator(".card-facts")).to_contain_text(visit.t("status.billable"))


def test_a_short_code_gets_its_point_and_all_its_placeholders(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=X30")
    visit.page.locator(".seventh").first.click()
    expect(visit.page.locator(".seventh-code")).to_have_text("X30.XXXA")


@pytest.mark.parametrize("lang", SPOKEN)
def test_the_notes_are_told_apart_and_say_where_they_come_from(visiting: Visiting, lang: str) -> None:
    visit = visiting(lang)
    visit.open("#code=S22.49")
    excludes = visit.page.locator(".notes-excludes1")
    expect(excludes.locator("h3")).to_contain_text(visit.t("notes.excludes1"))
    expect(excludes).to_contain_text(visit.t("notes.excludes1.gloss"))
    expect(excludes.locator(".notes-from").first).to_contain_text("S22.4 Multiple fractures of ribs")
    expect(excludes).to_contain_text("flail chest (S22.5-)")
    for kind in ("excludes2", "code_also", "use_additional", "includes", "remarks"):
        expect(visit.page.locator(f".notes-{kind} h3")).to_contain_text(visit.t(f"notes.{kind}"))
    # The word that the heading says already is cut off in the catalog, its comma is not.
    expect(visit.page.locator(".notes-code_also .note").first).to_have_text(re.compile("^if applicable"))
    excludes.get_by_role("link", name="S22.5").click()
    expect(visit.page.locator("#card-title")).to_contain_text("S22.5")


def test_a_chapters_long_notes_are_folded(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=I21.4")
    folded = visit.page.locator(".notes-excludes2 details")
    expect(folded.locator("summary")).to_contain_text("Diseases of the circulatory system (10)")
    expect(folded.get_by_text("neoplasms")).to_be_hidden()
    folded.locator("summary").click(position={"x": 3, "y": 8})
    expect(folded.get_by_text("neoplasms")).to_be_visible()


def test_codes_in_notes_are_links_and_vitamins_are_not(visiting: Visiting) -> None:
    visit = visiting("en")
    visit.open("#code=E53.8")
    notes = visit.page.locator(".all-notes")
    expect(notes).to_contain_text("vitamin B12 deficiency anemia (D51.-)")
    expect(notes.get_by_role("link", name="D51")).to_be_visible()
    expect(notes.get_by_role("link", name="B12")).to_have_count(0)


def test_the_words_in_which_siblings_differ_are_bold(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=S22.49")
    lines = visit.page.locator(".family .tree-item")
    order = ["19", "S20-S29", "S22", "S22.4", "S22.41", "S22.42", "S22.43", "S22.49"]
    expect(lines.locator(".code")).to_have_text(order)
    right = lines.filter(has_text="S22.41")
    assert right.locator(".tree-official b").all_inner_texts() == ["right"]
    assert right.locator(".tree-title b").all_inner_texts() == ["derecho"]
    self = visit.page.locator(".family .is-self")
    assert self.locator(".tree-official b").all_inner_texts() == ["unspecified"]
    expect(self.locator('[aria-current="true"]')).to_contain_text("S22.49")
    right.get_by_role("link").click()
    expect(visit.page.locator("#card-title")).to_contain_text("S22.41")


def test_what_is_below_a_code_hangs_under_it(visiting: Visiting) -> None:
    visit = visiting("ca")
    visit.open("#code=S22.4")
    below = visit.page.get_by_role("list", name=visit.t("family.children"))
    expect(below.locator(".code")).to_have_text(["S22.41", "S22.42", "S22.43", "S22.49"])
    expect(visit.page.locator(".card-facts")).to_contain_text(visit.t("status.child"))


def test_a_title_that_exists_in_english_alone_is_said_to(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#code=S22.4")
    expect(visit.page.locator(".card-heading .mark")).to_have_text(visit.t("origin.official"))
    expect(visit.page.locator(".card-facts")).to_contain_text(
        visit.t("card.untranslated", language="español")
    )


def test_other_names_say_their_language_and_origin(visiting: Visiting) -> None:
    visit = visiting("fr")
    visit.open("#code=I21.4")
    names = visit.page.locator(".names")
    expect(names.locator("dt").first).to_contain_text(visit.t("names.inclusion"))
    expect(names.locator("dt").first.locator(".mark")).to_have_text(visit.t("origin.official"))
    expect(names.locator("dd").first).to_contain_text("Acute subendocardial myocardial infarction")
    catalan = names.locator("dt", has_text="catalan")
    expect(catalan.locator(".mark")).to_have_text(visit.t("origin.machine"))


def test_a_code_that_does_not_exist_is_said_calmly(visiting: Visiting) -> None:
    visit = visiting("ca")
    visit.open("#code=B12")
    expect(visit.card).to_contain_text(visit.t("card.unknown", code="B12"))
    visit.page.get_by_role("button", name=visit.t("card.back")).click()
    expect(visit.card).to_have_count(0)


@pytest.mark.parametrize("lang", SPOKEN)
def test_the_chapters_lead_down_to_the_codes(visiting: Visiting, lang: str) -> None:
    visit = visiting(lang)
    visit.open()
    tree = visit.page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(22)
    chapter = tree.locator('[data-code="9"]')
    expect(chapter).to_contain_text(visit.t("chapter.9"))
    expect(chapter).to_contain_text("Diseases of the circulatory system")
    chapter.locator(".tree-row").click()
    section = tree.locator('[data-code="I20-I25"]')
    section.locator(".tree-row").click()
    tree.locator('[data-code="I21"] > .tree-row .tree-title').click()
    expect(visit.page.locator("#card-title")).to_contain_text("I21")
    expect(tree.locator('[data-code="I21"]')).to_have_attribute("aria-current", "true")
    tree.locator('[data-code="I21"] > .tree-row .twisty').click()
    expect(tree.locator('[data-code="I21.4"]')).to_be_visible()
    chapter.locator(".tree-info").first.click()
    expect(visit.page.locator("#card-title")).to_contain_text("9")


def test_a_card_is_shown_in_the_chapters(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=dolor&code=S22.49")
    visit.page.get_by_role("button", name=visit.t("card.inChapters")).click()
    expect(visit.page.get_by_role("tree").locator('[data-code="S22.49"]')).to_be_focused()
    expect(visit.page.locator("#card-title")).to_contain_text("S22.49")
    visit.page.get_by_role("tab", name=visit.t("tabs.results")).click()
    expect(visit.hits.first).to_be_visible()
