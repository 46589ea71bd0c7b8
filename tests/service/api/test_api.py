"""The REST interface: the same hits as the library's, cards that hold everything, errors that help."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from codilingua.search.engine import Search
from codilingua.search.filters import Filters


def test_hits_are_those_of_the_library(http: TestClient, tiny: Search) -> None:
    body = http.get("/api/search", params={"q": "hip fracture", "limit": 4}).json()
    expected = tiny("hip fracture", limit=4)
    assert [hit["code"] for hit in body["hits"]] == [hit.code for hit in expected]
    assert [hit["score"] for hit in body["hits"]] == [hit.score for hit in expected]
    first = body["hits"][0]
    assert first["surface"] == {
        "text": expected[0].surface,
        "lang": expected[0].surface_lang,
        "origin": expected[0].origin,
    }
    assert first["completions"] == list(expected[0].completions)
    assert body["more"] is True


def test_titles_come_in_the_language_of_the_interface_with_their_origin(http: TestClient) -> None:
    hit = http.get("/api/search", params={"q": "S72.009", "ui": "ca"}).json()["hits"][0]
    assert hit["local"] == {"text": "fractura de maluc", "lang": "ca", "origin": "machine"}
    assert hit["title_lang"] == "en"
    assert http.get("/api/search", params={"q": "S72.009", "ui": "en"}).json()["hits"][0]["local"] is None


def test_pages_follow_each_other(http: TestClient) -> None:
    whole = http.get("/api/search", params={"q": "angina", "limit": 6}).json()["hits"]
    parts = [
        http.get("/api/search", params={"q": "angina", "limit": 2, "offset": at}).json() for at in (0, 2, 4)
    ]
    assert [hit for part in parts for hit in part["hits"]] == whole
    last = http.get("/api/search", params={"q": "angina", "limit": 200, "offset": 0}).json()
    assert last["more"] is False


def test_filters_are_those_of_the_library(http: TestClient, tiny: Search) -> None:
    params = {"q": "infarct", "chapter": ["9"], "code": ["I20-I25", "I63"], "billable": True, "limit": 50}
    codes = [hit["code"] for hit in http.get("/api/search", params=params).json()["hits"]]
    filters = Filters(chapters=("9",), codes=("I20-I25", "I63"), billable=True)
    assert codes == [hit.code for hit in tiny("infarct", limit=50, filters=filters)]
    assert codes


def test_a_batch_answers_each_query_in_its_place(http: TestClient) -> None:
    queries = ["hip fracture", "", "I21.9", "Z99.99"]
    answers = http.post("/api/search", json={"queries": queries, "limit": 2}).json()["answers"]
    assert [answer["query"] for answer in answers] == queries
    assert [bool(answer["hits"]) for answer in answers] == [True, False, True, False]
    assert [answer["error"] and answer["error"]["status"] for answer in answers] == [None, 400, None, 404]
    assert answers[2]["hits"][0]["code"] == "I21.9"
    assert answers[1]["lang"] is None


@pytest.mark.parametrize("rerank", [False, True])
def test_a_batch_says_of_a_query_what_a_search_for_it_alone_says(http: TestClient, rerank: bool) -> None:
    options = {"limit": 3, "ui": "es", "lang": "es", "rerank": rerank}
    both = ("dolor torácico", "I21.9")
    answers = http.post("/api/search", json={"queries": both, **options}).json()["answers"]
    for query, answer in zip(both, answers, strict=True):
        alone = http.get("/api/search", params={"q": query, **options}).json()
        assert answer == {name: value for name, value in alone.items() if name in answer} | {"error": None}
    assert [answer["more"] for answer in answers] == [True, False]
    assert [answer["reranked"] for answer in answers] == [rerank, rerank]


@pytest.mark.parametrize(
    ("params", "status", "says"),
    [
        ({"q": ""}, 400, "empty"),
        ({"q": "x" * 2001}, 400, "2,001"),
        ({"q": "漢字"}, 400, "Latin"),
        ({"q": "I99.999"}, 404, "I99.999"),
        ({"q": "fever", "chapter": "77"}, 400, "'77'"),
        ({"q": "fever", "limit": 0}, 422, "limit"),
        ({"q": "fever", "limit": "many"}, 422, "limit"),
        ({"q": "fever", "lang": "de"}, 422, "lang"),
        ({"q": "fever", "langs": "es"}, 422, "langs"),
        ({}, 422, "q"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    http: TestClient, params: dict[str, str], status: int, says: str
) -> None:
    answer = http.get("/api/search", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert says in body["detail"]


def test_too_many_queries_are_refused(http: TestClient) -> None:
    answer = http.post("/api/search", json={"queries": ["fever"] * 257})
    assert answer.status_code == 400
    assert "256" in answer.json()["detail"]


@pytest.mark.parametrize("options", [{"rerank": 0}, {"limit": "3"}, {"leaves": "yes"}, {"chapter": "9"}])
def test_in_json_a_value_is_of_its_own_kind(http: TestClient, options: dict[str, object]) -> None:
    assert http.post("/api/search", json={"queries": ["fever"], **options}).status_code == 422


def test_a_card_has_the_tree_the_notes_and_the_complete_codes(http: TestClient, tiny: Search) -> None:
    card = http.get("/api/codes/s22.49", params={"ui": "es"}).json()
    assert card["code"] == "S22.49"
    assert [node["code"] for node in card["ancestors"]] == ["19", "S20-S29", "S22", "S22.4"]
    assert {node["code"] for node in card["siblings"]} == {"S22.41", "S22.42", "S22.43"}
    assert card["sevenths"][0]["code"] == card["completions"][0] == "S22.49XA"
    assert card["sevenths"][0]["char"] == "A"
    notes = tiny.catalog.get("S22").notes
    inherited = {place["code"]: place["notes"] for place in card["notes"]["inherited"]}
    assert inherited["S22"]["includes"] == list(notes.includes)
    assert inherited["S22"]["excludes1"] == list(notes.excludes1)


def test_a_complete_code_has_a_card_too(http: TestClient) -> None:
    card = http.get("/api/codes/S2249XA").json()
    assert (card["code"], card["kind"], card["billable"]) == ("S22.49XA", "expansion", True)
    assert [node["code"] for node in card["ancestors"]][-1] == "S22.49"


def test_children_come_in_pages(http: TestClient) -> None:
    page = http.get("/api/codes/I20/children", params={"limit": 2, "offset": 1}).json()
    assert [node["code"] for node in page["items"]] == ["I20.1", "I20.8"]
    assert (page["total"], page["offset"], page["limit"]) == (4, 1, 2)
    assert http.get("/api/codes/I21.9/children").json()["items"] == []


def test_a_code_that_does_not_exist_is_a_404_that_helps(http: TestClient) -> None:
    answer = http.get("/api/codes/I21.77")
    assert answer.status_code == 404
    assert "I21" in answer.json()["detail"]


def test_what_has_not_changed_is_not_sent_again(http: TestClient) -> None:
    first = http.get("/api/codes/I20")
    again = http.get("/api/codes/I20", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = http.get("/api/codes/I20", params={"ui": "ca"}, headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_chapters_and_systems(http: TestClient, tiny: Search) -> None:
    chapters = http.get("/api/chapters").json()["items"]
    assert [node["code"] for node in chapters] == [chapter.code for chapter in tiny.catalog.chapters()]
    (system,) = http.get("/api/systems").json()["systems"]
    assert system["uri"] == "http://hl7.org/fhir/sid/icd-10-cm"
    assert system["codes"] == len(tiny.catalog)


def test_feedback_is_kept_and_has_an_id(http: TestClient) -> None:
    given = {
        "query": "dolor",
        "code": "I20.9",
        "verdict": "right",
        "rank": 1,
        "lang": "es",
        "shown": ["I20.9"],
    }
    answer = http.post("/api/feedback", json=given)
    assert answer.status_code == 201
    assert answer.json()["id"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"verdict": "maybe"}, 422),
        ({"code": "Z99.9"}, 404),
        ({"query": ""}, 422),
        ({"rank": 0}, 422),
        ({"more": 1}, 422),
    ],
)
def test_feedback_that_says_nothing_is_refused(
    http: TestClient, change: dict[str, object], status: int
) -> None:
    given = {"query": "dolor", "code": "I20.9", "verdict": "right", **change}
    assert http.post("/api/feedback", json=given).status_code == status


def test_preferences_are_kept(http: TestClient) -> None:
    assert http.get("/api/preferences").json() == {
        "ui": None,
        "theme": "auto",
        "limit": 10,
        "rerank": True,
        "filters": {},
    }
    mine = {
        "ui": "ca",
        "theme": "dark",
        "limit": 20,
        "rerank": False,
        "filters": {"chapter": ["9"], "leaves": True},
    }
    assert http.put("/api/preferences", json=mine).json() == mine
    assert http.get("/api/preferences").json() == mine
    assert http.put("/api/preferences", json={"theme": "pink"}).status_code == 422
