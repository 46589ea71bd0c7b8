"""Leaving codes out, and how the page is liked: kept, shown and undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright", reason="the page is not tested: playwright is not installed")

from playwright.sync_api import expect

from tests.service.page.browser import Visit, asked_for

Visiting = Callable[..., Visit]
SPOKEN = ("es", "ca", "fr")


@pytest.mark.parametrize("lang", SPOKEN)
def test_filters_are_asked_for_shown_as_chips_and_dropped(visiting: Visiting, lang: str) -> None:
    visit = visiting(lang)
    visit.open()
    visit.search("fracture")
    visit.page.get_by_role("button", name=visit.t("filters.title"), exact=True).click()
    panel = visit.page.locator("#filters")
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("chapter") == ["19"]):
        panel.get_by_text(visit.t("chapter.19")).click()
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("leaves")):
        panel.get_by_text(visit.t("filters.depth.leaves")).click()
    with visit.page.expect_response(
        lambda answer: asked_for(answer.request).items() >= {"no_external": True, "rerank": True}.items()
    ) as last:
        panel.get_by_text(visit.t("filters.noExternal")).click()
    asked = asked_for(last.value.request)
    assert (asked["chapter"], asked["leaves"]) == (["19"], True)
    expect(visit.page.locator(".chip")).to_have_text(
        [visit.t("filters.depth.leaves"), visit.t("filters.noExternal"), f"19 {visit.t('chapter.19')}"]
    )
    expect(visit.page.locator("#filters-count")).to_have_text("3")
    expect(visit.page.locator("#progress.is-on")).to_have_count(0)
    assert {code[0] for code in visit.codes()} <= {"S", "T"}
    panel.get_by_role("button", name=visit.t("filters.close")).click()
    expect(panel).to_be_hidden()
    drop = visit.page.get_by_role("button", name=visit.t("filters.drop", words=visit.t("filters.noExternal")))
    with visit.page.expect_response(lambda answer: asked_for(answer.request).get("no_external") is False):
        drop.click()
    expect(visit.page.locator(".chip")).to_have_count(2)


def test_codes_can_be_filtered_by_beginning_and_range(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=dolor")
    visit.page.keyboard.press("f")
    field = visit.page.get_by_label(visit.t("filters.codes"), exact=True)
    field.fill("e11, i20 - i25")
    field.press("Enter")
    expect(visit.page.locator(".chip")).to_have_text(["E11", "I20-I25"])
    field.fill("diabetes!")
    field.press("Tab")
    expect(visit.page.locator("#codes-error")).to_have_text(visit.t("filters.codes.wrong", code="DIABETES!"))
    expect(field).to_have_attribute("aria-invalid", "true")
    visit.page.get_by_role("button", name=visit.t("filters.clear")).click()
    expect(visit.page.locator(".chip")).to_have_count(0)


def test_a_filter_that_selects_nothing_is_explained_and_can_be_dropped(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=dolor")
    visit.page.keyboard.press("f")
    field = visit.page.get_by_label(visit.t("filters.codes"), exact=True)
    field.fill("QQ")
    field.press("Enter")
    trouble = visit.page.locator(".trouble")
    expect(trouble).to_contain_text("code filter 'QQ' selects no code")
    trouble.get_by_role("button", name=visit.t("trouble.dropCodes")).click()
    expect(visit.hits.first).to_be_visible()


def test_the_interface_speaks_six_languages_and_remembers_which(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open("#q=dolor+tor%C3%A1cico&code=R07.9")
    expect(visit.card).to_contain_text(visit.t("copy.short"))
    for lang, title in (("pt", "Dor torácica"), ("it", "Dolore toracico"), ("ca", "Dolor de pit")):
        visit.page.locator("#ui-language").select_option(lang)
        spoken = Visit(visit.page, visit.url, lang)
        expect(visit.page.locator("html")).to_have_attribute("lang", "pt-PT" if lang == "pt" else lang)
        expect(visit.card).to_contain_text(spoken.t("copy.short"))
        expect(visit.page.locator("#card-title")).to_contain_text(title)
        expect(visit.hit("R07.9").locator(".hit-name")).to_contain_text(title)
        expect(visit.page.locator(".foot-note")).to_have_text(spoken.t("foot.note"))
    visit.open()
    expect(visit.page.locator("html")).to_have_attribute("lang", "ca")


def test_the_browsers_language_is_taken_at_first_and_english_where_it_is_not_spoken(
    visiting: Visiting,
) -> None:
    for locale, lang in (("it-CH", "it"), ("pt-BR", "pt-PT"), ("de-DE", "en")):
        visit = visiting(locale)
        visit.open()
        expect(visit.page.locator("html")).to_have_attribute("lang", lang)


def test_the_theme_follows_the_device_until_it_is_chosen(visiting: Visiting) -> None:
    visit = visiting("es", scheme="dark")
    visit.open()
    html = visit.page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    visit.page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")
    button = visit.page.locator("#theme")
    button.click()
    expect(button).to_have_attribute("aria-label", visit.t("theme.light"))
    button.click()
    expect(button).to_have_attribute("aria-label", visit.t("theme.dark"))
    expect(html).to_have_attribute("data-theme", "dark")
    visit.open()
    expect(html).to_have_attribute("data-theme", "dark")


def test_preferences_go_with_the_user_to_another_browser(visiting: Visiting) -> None:
    visit = visiting("es")
    visit.open()
    with visit.page.expect_response(lambda answer: answer.request.method == "PUT") as kept:
        visit.page.locator("#ui-language").select_option("fr")
        visit.page.locator("#theme").click()
    assert kept.value.status == 200
    other = visiting("es")
    other.open()
    expect(other.page.locator("html")).to_have_attribute("lang", "fr")
    expect(other.page.locator("#theme")).to_have_attribute(
        "aria-label", Visit(other.page, "", "fr").t("theme.light")
    )


def test_what_somebody_else_kept_under_the_same_name_does_no_harm(visiting: Visiting) -> None:
    for kept in (
        '"nonsense',
        "[1, 2]",
        "null",
        '{"ui": "xx", "theme": 3, "filters": {"chapters": 5}, "limit": -1}',
    ):
        visit = visiting("es")
        visit.page.add_init_script(f"localStorage.setItem('codilingua', {kept!r})")
        visit.open()
        visit.search("asma")
        expect(visit.page.locator("html")).to_have_attribute("lang", "es")
        expect(visit.hits).to_have_count(10)
