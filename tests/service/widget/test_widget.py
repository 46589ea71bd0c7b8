"""The NLM's own widget (npm ``autocomplete-lhc``), unchanged, in a real browser, on a foreign page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Locator, Page, expect

from codilingua.service.app import create_app
from codilingua.service.settings import ServeSettings
from tests.service.loopback import loopback

WIDGET, BUNDLER = "autocomplete-lhc@20.1.2", "esbuild@0.25.12"
HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codilingua-tests" / WIDGET
_LONGEST = 180


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
        """Say nothing."""


@pytest.fixture(scope="module")
def built() -> Path:
    """A folder with the widget as one script, and its style, from the package that npm has."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the widget cannot be fetched")
    CACHE.mkdir(parents=True, exist_ok=True)
    script = CACHE / "autocomplete-lhc.js"
    if not script.is_file():
        _run(npm, "install", "--no-audit", "--no-fund", "--omit=dev", "--prefix", str(CACHE), WIDGET, BUNDLER)
        source = CACHE / "node_modules" / "autocomplete-lhc" / "source"
        shutil.copy(source / "auto_completion.css", CACHE)
        # The package holds sources alone; bundled, they are what the NLM serves as autocomplete-lhc.min.js.
        bundler = CACHE / "node_modules" / ".bin" / "esbuild"
        options = ("--bundle", "--format=iife", "--global-name=Def", "--log-level=error")
        _run(str(bundler), str(source / "index.js"), *options, f"--outfile={script}")
    return CACHE


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the widget cannot be fetched: {error.stderr.decode().strip()[-300:]}")
    except subprocess.TimeoutExpired:
        pytest.skip(f"the widget could not be fetched within {_LONGEST} s")


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Somebody's site, with the page and the widget."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("page.html", "form.js"):
        shutil.copy(HERE / name, folder)
    for name in ("autocomplete-lhc.js", "auto_completion.css"):
        shutil.copy(built / name, folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def service(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our server over the assets that ship, for pages of that site."""
    database = f"sqlite:///{tmp_path_factory.mktemp('widget') / 'codilingua.db'}"
    with loopback(create_app(ServeSettings(database=database, cors_origins=(site,), rate=0))) as url:
        # The first request takes longer than somebody who types would wait.
        ours(url, terms="")
        yield url


@pytest.fixture
def form(chromium: Browser, site: str, service: str) -> Iterator[Page]:
    """The page, with nothing typed in; an error of a script on it fails the test."""
    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site}/page.html?service={urllib.parse.quote(service)}")
    yield page
    page.close()
    assert errors == []


def rows(page: Page) -> Locator:
    return page.locator("#lhc-tools-searchResults tbody tr")


def ours(service: str, **parameters: str) -> Any:
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{service}api/icd10cm/v3/search?{query}", timeout=30) as answer:
        return json.load(answer)


def chosen(page: Page) -> Any:
    """What the widget told the form of the last choice; it does so a moment later."""
    page.wait_for_function("window.chosen.length > 0")
    return page.evaluate("window.chosen.at(-1)")


def test_it_shows_what_is_being_typed_and_gives_the_code_that_is_chosen(form: Page, service: str) -> None:
    form.locator("#plain").press_sequentially("tuberc", delay=20)
    expect(rows(form)).to_have_count(7)
    _, codes, _, display = ours(service, terms="tuberc", sf="code,name")
    # By itself it sorts what it shows, and puts what it suggests on top.
    shown = [tuple(row.locator("td").all_inner_texts()) for row in rows(form).all()]
    assert sorted(shown) == sorted(map(tuple, display))
    expect(form.locator("#lhc-tools-searchCount")).to_contain_text("7 of 500 total")
    row = rows(form).filter(has_text="Tuberculosis of lung")
    row.click()
    expect(form.locator("#plain")).to_have_value("A15.0 - Tuberculosis of lung")
    assert chosen(form) == {"field": "plain", "code": "A15.0", "data": {"origin": "official"}}
    assert "A15.0" in codes


def test_it_can_be_used_by_keys(form: Page) -> None:
    field = form.locator("#plain")
    field.press_sequentially("I10", delay=20)
    expect(rows(form)).to_have_count(1)
    field.press("ArrowDown")
    field.press("Tab")
    expect(field).to_have_value("I10 - Essential (primary) hypertension")
    assert chosen(form)["code"] == "I10"


def test_more_is_shown_when_asked_for(form: Page) -> None:
    form.locator("#plain").press_sequentially("s72.00", delay=20)
    expect(rows(form)).to_have_count(7)
    form.locator("#lhc-tools-moreResults").click()
    expect(rows(form)).to_have_count(48)
    expect(form.locator("#lhc-tools-searchCount")).to_contain_text("48 of 48 total")
    expect(rows(form).filter(has_text="S72.002D")).to_have_count(1)


@pytest.mark.parametrize("typed", ["dolor de cabeza", "mal de tête", "dor de cabeça", "mal di testa"])
def test_it_keeps_our_order_and_language_where_it_is_told_to(form: Page, service: str, typed: str) -> None:
    form.locator("#ranked").press_sequentially(typed, delay=5)
    display = ours(service, terms=typed, ui="es")[3]
    expect(rows(form).first).to_have_text(re.compile(f"^{re.escape(display[0][0])}"))
    assert [row.locator("td").all_inner_texts() for row in rows(form).all()] == display
    assert any("cabeza" in name.lower() or "cefalea" in name.lower() for _, name in display)
    rows(form).first.click()
    assert chosen(form)["code"] == display[0][0]


def test_several_can_be_chosen(form: Page) -> None:
    field = form.locator("#several")
    for typed, name in (("asthma", "Other asthma"), ("migraine", "Migraine, unspecified")):
        field.press_sequentially(typed, delay=5)
        items = form.locator("#lhc-tools-searchResults li")
        items.filter(has_text=name).first.click()
        expect(form.locator(".autocomp_selected li")).to_contain_text([name])
        field.press("Escape")
        field.fill("")
    form.wait_for_function("window.chosen.length === 2")
    codes = form.evaluate("document.getElementById('several').autocomp.getSelectedCodes()")
    assert len(codes) == 2


def test_where_nothing_fits_nothing_is_shown(form: Page) -> None:
    with form.expect_response(lambda answer: "terms=%3F%3F" in answer.url) as asked:
        form.locator("#plain").press_sequentially("??", delay=5)
    assert asked.value.json() == [0, [], {"origin": []}, []]
    expect(rows(form)).to_have_count(0)


def test_pages_of_other_sites_get_nothing(chromium: Browser, site: str, service: str) -> None:
    page = chromium.new_page()
    other = site.replace("localhost", "127.0.0.1")
    page.goto(f"{other}/page.html?service={urllib.parse.quote(service)}")
    with page.expect_event("requestfailed", lambda request: "/api/icd10cm/" in request.url):
        page.locator("#plain").press_sequentially("asthma", delay=5)
    expect(rows(page)).to_have_count(0)
    page.close()
