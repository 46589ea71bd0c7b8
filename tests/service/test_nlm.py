"""The NLM's Clinical Tables form: what its own service documents, and what ours adds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import code_key
from codilingua.errors import AssetError, UsageError
from codilingua.search.engine import Search
from codilingua.service.app import create_app
from codilingua.service.engine import Engine
from codilingua.service.nlm import routes
from codilingua.service.nlm.constraint import parse
from codilingua.service.nlm.table import Table, leaf, rows, table
from codilingua.service.nlm.words import WordsReader
from codilingua.service.settings import ServeSettings

PATH = "/api/icd10cm/v3/search"
NOTHING = [0, [], None, []]
RIBS = ["S22.41XA", "S22.42XA", "S22.43XA", "S22.49XA", "S22.41XB"]


@contextmanager
def client_of(folder: Path, assets: Path | None) -> Iterator[TestClient]:
    database = f"sqlite:///{folder / 'codilingua.db'}"
    app = create_app(ServeSettings(assets=assets, database=database, rate=0))
    with TestClient(app, base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="module")
def http(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the application over the small assets, one for all tests."""
    with client_of(tmp_path_factory.mktemp("nlm"), tiny_folder) as client:
        yield client


@pytest.fixture(scope="module")
def ask(http: TestClient) -> Callable[..., Any]:
    """Ask the small assets, and have the answer's JSON."""

    def get(**parameters: str | int) -> Any:
        answer = http.get(PATH, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


def test_an_answer_has_four_parts(ask: Callable[..., Any]) -> None:
    total, codes, extra, display = ask(terms="angina")
    assert total >= len(codes) == len(display) == 7
    assert extra is None
    assert [row[0] for row in display] == codes
    assert all(len(row) == 2 and row[1] for row in display)


@pytest.mark.parametrize(
    ("sizes", "rows_given"),
    [
        ({}, 7),
        ({"maxList": ""}, 104),
        ({"maxList": 3}, 3),
        ({"maxList": 9999}, 104),
        ({"count": 4}, 4),
        ({"count": 4, "maxList": 9}, 4),
        ({"count": 0}, 0),
        ({"offset": 101}, 3),
        ({"offset": 104}, 0),
        ({"offset": 999999, "count": 500}, 0),
    ],
)
def test_how_many_rows(ask: Callable[..., Any], sizes: dict[str, str | int], rows_given: int) -> None:
    total, codes, _, _ = ask(terms="", **sizes)
    assert len(codes) == rows_given
    assert total == 104


@pytest.mark.parametrize("terms", ["", "angina", "S22", "fracture of rib"])
def test_pages_join_to_the_whole(ask: Callable[..., Any], terms: str) -> None:
    whole = ask(terms=terms, count=60)[1]
    pages = [ask(terms=terms, count=10, offset=start)[1] for start in range(0, 60, 10)]
    assert whole
    assert [code for page in pages for code in page] == whole


def test_it_lists_what_can_go_on_a_claim_and_all_of_it(ask: Callable[..., Any], tiny: Search) -> None:
    listed = ask(terms="", count=500)[1]
    assert all(tiny.catalog.get(code).billable for code in listed)
    complete = {code.code for code in tiny.catalog if code.billable}
    complete |= {completion for code in tiny.catalog for completion in code.completions}
    assert sorted(listed) == sorted(complete)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("I21", ["I21.01", "I21.02", "I21.9"]),
        ("i2", ["I20.0", "I20.1", "I20.9", "I21.01", "I21.02"]),
        ("S22.4", RIBS),
        (" s224", RIBS),
        ("S22.49", ["S22.49XA", "S22.49XB", "S22.49XD", "S22.49XG", "S22.49XK"]),
        ("S22.49X", ["S22.49XA", "S22.49XB", "S22.49XD", "S22.49XG", "S22.49XK"]),
        ("s2249xd", ["S22.49XD"]),
        ("S22.49D", []),
        ("E99.9", []),
    ],
)
def test_the_beginning_of_a_code(ask: Callable[..., Any], typed: str, codes: list[str]) -> None:
    total, found, _, display = ask(terms=typed, maxList=5)
    assert found == codes
    assert total >= len(codes)
    assert all(code_key(code).startswith(code_key(typed)) for code in found)
    if "S22.49XD" in found:
        assert ["S22.49XD", *ask(terms="S22.49XD")[3][0][1:]] in display


def test_a_completion_says_what_its_seventh_character_says(ask: Callable[..., Any]) -> None:
    assert ask(terms="S22.41XD")[3] == [
        [
            "S22.41XD",
            "Multiple fractures of ribs, right side, subsequent encounter for fracture with routine healing",
        ]
    ]


def test_the_completion_that_was_asked_for_comes_first(tiny: Search) -> None:
    made = leaf(tiny.catalog.get("S22.41"))
    assert rows(made)[0].code == "S22.41XA"
    assert rows(made, frozenset({"sequela"}))[0].code == "S22.41XS"
    assert rows(made, frozenset({"subsequent", "nonunion"}))[0].code == "S22.41XK"
    assert len(rows(made, frozenset({"nothing"}))) == len(made.completions)


@pytest.mark.parametrize("typed", ["???", "E99.99", "咳嗽", "*", "\u200b!"])
def test_where_nothing_fits_there_is_an_empty_answer(ask: Callable[..., Any], typed: str) -> None:
    assert ask(terms=typed) == NOTHING


@pytest.mark.parametrize(
    ("fields", "terms", "found"),
    [
        ("code", "I21", 3),
        ("code", "angina", 0),
        ("code,name", "angina", 7),
        ("name", "angina", 7),
        (" name , code", "I21", 3),
        ("synonyms", "angina", 0),
    ],
)
def test_fields_that_are_searched(ask: Callable[..., Any], fields: str, terms: str, found: int) -> None:
    assert len(ask(terms=terms, sf=fields)[1]) == found


def test_fields_that_are_shown(ask: Callable[..., Any]) -> None:
    _, codes, extra, display = ask(
        terms="I10", df="name, code,nothing", cf="name", ef="code:c,origin, nothing:n,chapter", ui="ca"
    )
    (name,) = codes
    assert display == [[name, "I10", ""]]
    assert extra == {"c": ["I10"], "origin": ["machine"], "n": [None], "chapter": ["9"]}


def test_names_in_another_language_say_where_they_come_from(ask: Callable[..., Any]) -> None:
    _, _, extra, display = ask(terms="I10", ui="ca", ef="title,lang,origin")
    assert display[0][1] != "Essential (primary) hypertension"
    assert extra == {"title": ["Essential (primary) hypertension"], "lang": ["ca"], "origin": ["machine"]}
    _, _, extra, display = ask(terms="I25.110", ui="fr", ef="lang,origin")
    assert display[0][1].startswith("Atherosclerotic")
    assert extra == {"lang": ["en"], "origin": ["official"]}


def test_a_list_can_be_constrained(ask: Callable[..., Any]) -> None:
    assert ask(terms="", q="code:I21*")[:2] == [3, ["I21.01", "I21.02", "I21.9"]]
    total, codes, _, _ = ask(terms="infarction", q="code:I21* AND NOT name:anterior")
    assert total == 2
    assert set(codes) == {"I21.01", "I21.9"}
    assert set(ask(terms="S22", q="code:*D")[1]) == {"S22.41XD", "S22.42XD", "S22.43XD", "S22.49XD"}
    assert ask(terms="infarction", q="name:appendicitis") == NOTHING
    assert ask(terms="", q=" ")[0] == 104


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("code:E11*", {"E11.9", "E11.65"}),
        ("code:e119", {"E11.9"}),
        ("code:E11", set()),
        ("code:E11.?", {"E11.9"}),
        ("code:(E11* OR I10)", {"E11.9", "E11.65", "I10"}),
        ("code:E11* AND name:hyperglycemia", {"E11.65"}),
        ("code:E11* && !name:hyperglycemia", {"E11.9"}),
        ("code:E11* -name:hyperglycemia", {"E11.9"}),
        ("+name:diabetes +name:hyper*", {"E11.65"}),
        ("hypertension diabetes", {"E11.9", "E11.65", "I10"}),
        ('name:"type 2"', {"E11.9", "E11.65"}),
        ('"2 diabetes mellitus with h"', set()),
        ("NOT code:E*", {"I10"}),
        ("name:HYPERTENSION", {"I10"}),
        ("(code:E11.9 OR code:E11.65) AND (NOT name:without)", {"E11.65"}),
        ("name:dia*es", {"E11.9", "E11.65"}),
        ("name:*", {"E11.9", "E11.65", "I10"}),
    ],
)
def test_constraints(text: str, kept: set[str]) -> None:
    names = {
        "E11.9": "type 2 diabetes mellitus without complications",
        "E11.65": "type 2 diabetes mellitus with hyperglycemia",
        "I10": "essential (primary) hypertension",
    }
    passes = parse(text)
    assert {code for code, name in names.items() if passes(code.lower(), name)} == kept


@pytest.mark.parametrize(
    "text",
    [
        *("(", ")", "a)", "(a", "()", "a AND", "AND", "NOT NOT", "code:", '"a'),
        *("title:a", "a:b:c", "a~2", "a^2", "[a TO b]", "/a/", "*a*b*c*d*"),
        "(" * 30 + "a" + ")" * 30,
        "x" * 501,
    ],
)
def test_constraints_that_cannot_be_read_are_refused(http: TestClient, text: str) -> None:
    with pytest.raises(UsageError, match="q "):
        parse(text)
    answer = http.get(PATH, params={"terms": "angina", "q": text})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("q ")


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"suggest": "1", "terms": "angina"}, 400),
        ({"terms": "a" * 2001}, 400),
        ({"terms": "angina", "maxList": "many"}, 422),
        ({"terms": "angina", "count": "-1"}, 422),
        ({"terms": "angina", "offset": "1.5"}, 422),
        ({"terms": "angina", "ui": "de"}, 422),
        ({"terms": "angina", "df": "x" * 501}, 422),
    ],
)
def test_what_is_of_no_use_is_said(http: TestClient, parameters: dict[str, str], status: int) -> None:
    answer = http.get(PATH, params=parameters)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "angina" not in answer.text


def test_what_the_widget_may_send_beside_is_ignored(ask: Callable[..., Any]) -> None:
    assert ask(terms="angina", authenticity_token="x") == ask(terms="angina")


def test_suggestions(ask: Callable[..., Any]) -> None:
    codes, display, extra = ask(suggest="1", field_val="anginna", ef="chapter")
    assert len(codes) == len(display) == len(extra["chapter"]) == 7
    assert [row[0] for row in display] == codes


@pytest.mark.parametrize(
    ("typed", "lang", "completed"),
    [
        ("tub", None, "tubercles"),
        ("chronic tub", None, "chronic tubercles"),
        ("tuberc", "es", "tuberculosis"),
        ("tuberc", "it", "tubercles"),
        ("TUBERC", "es", "tuberculosis"),
        ("tubercles", None, "tubercles"),
        ("fievr", None, "fièvre"),
        ("tu", None, "tu"),
        ("tub ", None, "tub "),
        ("tub12", None, "tub12"),
        ("xyz", None, "xyz"),
        ("", None, ""),
    ],
)
def test_a_begun_word_is_completed(typed: str, lang: str | None, completed: str) -> None:
    reader = WordsReader()
    for _ in range(3):
        reader.add("Tubercles, chronic", "en")
    reader.add("tuberculosis", "es")
    reader.add("Fièvre", "fr")
    assert reader.words().completed(typed, lang) == completed


def test_a_table_is_made_once_for_all_who_wait(tiny: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Table] = []
    monkeypatch.setattr(routes, "table", lambda catalog: made.append(table(catalog)) or made[-1])
    engine = Engine(tiny, queue_limit=8)

    async def many() -> list[Table]:
        impatient = asyncio.ensure_future(routes._table(engine))
        await asyncio.sleep(0)
        impatient.cancel()
        return await asyncio.gather(*(routes._table(engine) for _ in range(5)))

    got = asyncio.run(many())
    assert len(made) == 1
    assert all(one is made[0] for one in got)


def test_a_table_that_could_not_be_made_is_made_again(tiny: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_catalog: Catalog) -> Table:
        raise AssetError("the file is damaged")

    engine = Engine(tiny, queue_limit=8)

    async def twice() -> Table:
        with monkeypatch.context() as patched:
            patched.setattr(routes, "table", broken)
            with pytest.raises(AssetError):
                await routes._table(engine)
        return await routes._table(engine)

    assert asyncio.run(twice()).leaves


@pytest.fixture(scope="module")
def shipped_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The same over the assets that ship."""
    with client_of(tmp_path_factory.mktemp("nlm"), None) as client:
        yield client


def test_the_example_of_their_documentation(shipped_api: TestClient) -> None:
    # As it stands at clinicaltables.nlm.nih.gov/apidoc/icd10cm/v3/doc.html.
    assert shipped_api.get(PATH, params={"sf": "code,name", "terms": "A15"}).json() == [
        7,
        ["A15.0", "A15.4", "A15.5", "A15.6", "A15.7", "A15.8", "A15.9"],
        None,
        [
            ["A15.0", "Tuberculosis of lung"],
            ["A15.4", "Tuberculosis of intrathoracic lymph nodes"],
            ["A15.5", "Tuberculosis of larynx, trachea and bronchus"],
            ["A15.6", "Tuberculous pleurisy"],
            ["A15.7", "Primary respiratory tuberculosis"],
            ["A15.8", "Other respiratory tuberculosis"],
            ["A15.9", "Respiratory tuberculosis unspecified"],
        ],
    ]


@pytest.mark.parametrize(
    ("terms", "begins"),
    [
        ("tuberc", "A1"),
        ("fractura de fém", "S72"),
        ("dolor toràcic", "R07"),
        ("mal di testa", "R51"),
        ("dor de cab", "R51"),
        ("appendicite aig", "K35"),
    ],
)
def test_what_is_being_typed_in_any_language(shipped_api: TestClient, terms: str, begins: str) -> None:
    total, codes, _, _ = shipped_api.get(PATH, params={"terms": terms}).json()
    assert total == 500
    assert any(code.startswith(begins) for code in codes[:3]), codes
