"""A page of the browser in; what a user sees on it, and axe's verdict on it, out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

import codilingua

TEXTS = Path(codilingua.__file__).parent / "service" / "page" / "static" / "i18n"
LANGUAGES = ("en", "es", "ca", "it", "pt", "fr")

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def texts(lang: str) -> dict[str, str]:
    """The words of the interface in a language."""
    return dict(json.loads((TEXTS / f"{lang}.json").read_text("utf-8")))


def asked_for(request: Request) -> dict[str, Any]:
    """What a search asks for; empty if the request is none."""
    return dict(request.post_data_json) if request.url.endswith("/api/search") else {}


@dataclass(frozen=True)
class Visit:
    """Somebody at the page, in a browser of their own; ``lang`` is their browser's language."""

    page: Page
    url: str
    lang: str

    def t(self, key: str, **values: object) -> str:
        """Words of the interface."""
        found = texts(self.lang)[key]
        return re.sub(r"\{(\w+)\}", lambda name: str(values.get(name[1], name[0])), found)

    def open(self, hash: str = "") -> None:  # noqa: A002 - as the address calls it
        """Go to the page and wait until it listens."""
        self.page.goto(self.url + hash)
        expect(self.page.locator("html")).not_to_have_class(re.compile("starting"))

    def search(self, text: str) -> None:
        """Type a query, and wait for its last answer."""
        with self.page.expect_response(lambda answer: asked_for(answer.request).get("rerank")):
            self.box.fill(text)
        expect(self.page.locator("#progress")).not_to_have_class(re.compile("is-on"))

    @property
    def box(self) -> Locator:
        return self.page.locator("#query")

    @property
    def hits(self) -> Locator:
        return self.page.locator(".hit")

    @property
    def card(self) -> Locator:
        return self.page.locator(".card")

    @property
    def toast(self) -> Locator:
        return self.page.locator("#toast")

    def hit(self, code: str) -> Locator:
        """The row of a code."""
        return self.page.locator(f'.hit[data-code="{code}"]')

    def codes(self) -> list[str]:
        """Codes of the list, in its order."""
        return self.page.locator(".hit-link").all_inner_texts()

    def focused(self) -> str:
        """The text of what has the focus."""
        return str(self.page.evaluate("document.activeElement.innerText || document.activeElement.id"))

    def copied(self) -> str:
        """What is on the clipboard."""
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is shown."""
        self.page.evaluate(_axe())
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", _RULES
        )
        assert found["passes"], "axe has looked at nothing"
        return [
            f"{broken['id']}: {node['html'][:160]} {node['failureSummary']}"
            for broken in found["violations"]
            for node in broken["nodes"]
        ]


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
