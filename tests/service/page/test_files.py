"""What the page is made of: every file served as it should be, nothing else, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from fastapi import FastAPI
from starlette.testclient import TestClient

import codilingua
from codilingua.service import page

STATIC = Path(codilingua.__file__).parent / "service" / "page" / "static"
LANGUAGES = ("en", "es", "ca", "it", "pt", "fr")
MOST_BYTES = 250_000
# An SVG file names its format by an address; nothing is fetched from there.
NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The page alone."""
    app = FastAPI()
    app.include_router(page.router)
    with TestClient(app) as made:
        yield made


def names() -> list[str]:
    return sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file())


def sources(*suffixes: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sorted(STATIC.rglob("*")) if path.suffix in suffixes)


@pytest.mark.parametrize("name", names())
def test_every_file_is_served_with_its_type(client: TestClient, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.content == (STATIC / name).read_bytes()
    kinds = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".html": "text/html",
        ".woff2": "font/woff2",
        ".txt": "text/plain",
    }
    assert answer.headers["content-type"].split(";")[0] == kinds[Path(name).suffix]


def test_the_root_is_the_page(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.content == (STATIC / "index.html").read_bytes()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("path", ["/", "/static/js/main.js", "/static/fonts/atkinson-next.woff2"])
def test_what_the_browser_has_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    for known in (
        first.headers["etag"],
        f"W/{first.headers['etag']}",
        f'"other", {first.headers["etag"]}',
        "*",
    ):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_only_what_never_changes_is_kept_without_asking(client: TestClient) -> None:
    assert client.get("/static/js/main.js").headers["cache-control"] == "no-cache"
    assert "immutable" in client.get("/static/fonts/atkinson-next.woff2").headers["cache-control"]


def test_head_is_answered_without_a_body(client: TestClient) -> None:
    answer = client.head("/static/js/main.js")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == (STATIC / "js" / "main.js").stat().st_size


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/js",
        "/static/nothing.js",
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static/js/..%2f..%2f__init__.py",
        "/static/%2e%2e%2f%2e%2e%2fapp.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/js/main.js%00",
        "/static/js\\main.js",
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"import" not in answer.content


def test_all_of_it_is_small() -> None:
    assert sum((STATIC / name).stat().st_size for name in names()) < MOST_BYTES


def test_nothing_comes_from_elsewhere() -> None:
    found = set(
        re.findall(
            r"(?:https?:)?//[a-z][a-z0-9.-]+\.[a-z]{2,}[^\s\"'`)]*", sources(".html", ".js", ".css", ".svg")
        )
    )
    assert found <= {NAMESPACE}


def test_addresses_are_relative() -> None:
    assert (
        re.findall(
            r"""(?:href|src|action)=["']/|url\(["']?/|fetch\(["'`]/""", sources(".html", ".js", ".css")
        )
        == []
    )


def test_no_script_and_no_style_stands_in_the_page() -> None:
    html = (STATIC / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", html) == []


def test_the_page_names_all_its_files_so_that_they_are_fetched_at_once() -> None:
    html = (STATIC / "index.html").read_text("utf-8")
    named = set(re.findall(r'(?:href|src)="static/((?:js|css)/[^"]+)"', html))
    assert named == {name for name in names() if name.startswith(("js/", "css/"))}


def test_text_never_becomes_markup() -> None:
    assert (
        re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", sources(".js")
        )
        == []
    )


def test_modules_are_small() -> None:
    long = {
        path.name: lines
        for path in STATIC.rglob("*.js")
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_has_all_the_words(lang: str) -> None:
    english = json.loads((STATIC / "i18n" / "en.json").read_text("utf-8"))
    words = json.loads((STATIC / "i18n" / f"{lang}.json").read_text("utf-8"))
    assert list(words) == list(english)
    for key, text in words.items():
        # A language may say "one code" without the number.
        wanted = set(re.findall(r"\{\w+\}", english[key])) - ({"{n}"} if key.endswith(".one") else set())
        assert wanted <= set(re.findall(r"\{\w+\}", text)) <= wanted | {"{n}"}, key
        assert bool(text) == bool(english[key]), key


def test_every_word_that_is_asked_for_exists_and_every_other_is_gone() -> None:
    english = set(json.loads((STATIC / "i18n" / "en.json").read_text("utf-8")))
    code = sources(".js", ".html")
    asked = set(re.findall(r"""["'`]([a-z]+(?:\.[A-Za-z0-9_-]+)+)["'`]""", code))
    families = tuple(re.findall(r"`([a-z]+(?:\.[a-z]+)*\.)\$\{", code))
    known = {key for key in english if key in asked or key.startswith(families)}
    known |= {key for key in english if key.rpartition(".")[0] in asked and key.endswith((".one", ".other"))}
    assert english - known == set()
    prefixes = {key.partition(".")[0] for key in english}
    unknown = {key for key in asked if key.partition(".")[0] in prefixes and not key.endswith(".json")}
    plural = {key.rpartition(".")[0] for key in english if key.endswith((".one", ".other"))}
    assert unknown - english - plural == set()
