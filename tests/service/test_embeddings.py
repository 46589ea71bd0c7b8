"""``/v1``: by the clients that it is made for, and by requests that it has to refuse."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.search.engine import Search
from codilingua.service.app import create_app
from codilingua.service.settings import ServeSettings
from tests.service.loopback import loopback

BATCH = 40
TEXTS = ["angina", "Fractura de fèmur", "infarction"]
MODEL = "codilingua"


@pytest.fixture(scope="module")
def settings(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ServeSettings:
    database = f"sqlite:///{tmp_path_factory.mktemp('embeddings') / 'codilingua.db'}"
    return ServeSettings(assets=tiny_folder, database=database, rate=0, batch_limit=BATCH)


@pytest.fixture(scope="module")
def api(settings: ServeSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="module")
def served(settings: ServeSettings) -> Iterator[str]:
    """The address of a live server."""
    with loopback(create_app(settings)) as url:
        yield url


def embed(api: TestClient, text: object, **more: object) -> Any:
    return api.post("/v1/embeddings", json={"model": MODEL, "input": text, **more})


def rerank(api: TestClient, **more: object) -> Any:
    return api.post("/v1/rerank", json={"model": MODEL, **more})


class TestOpenAI:
    """By the real client."""

    @pytest.mark.parametrize("form", ["float", "base64", None])
    def test_vectors(self, served: str, tiny: Search, form: str | None) -> None:
        openai = pytest.importorskip("openai", reason="openai is not installed")
        given = {} if form is None else {"encoding_format": form}
        with openai.OpenAI(base_url=f"{served}v1", api_key="none", max_retries=0) as client:
            answer = client.embeddings.create(model=MODEL, input=TEXTS, **given)
        vectors = [item.embedding for item in answer.data]
        if form == "base64":
            # Left as it comes where it was asked for.
            vectors = [np.frombuffer(base64.b64decode(vector), "<f4") for vector in vectors]
        np.testing.assert_allclose(np.array(vectors), tiny.encoder.encode(TEXTS, QUERY), atol=1e-6)
        assert [item.index for item in answer.data] == [0, 1, 2]
        assert answer.model == MODEL
        assert answer.usage.prompt_tokens == answer.usage.total_tokens > len(TEXTS)

    def test_passages_are_embedded_as_the_index_is(self, served: str, tiny: Search) -> None:
        openai = pytest.importorskip("openai", reason="openai is not installed")
        with openai.OpenAI(base_url=f"{served}v1", api_key="none", max_retries=0) as client:
            answer = client.embeddings.create(
                model=MODEL, input="angina", encoding_format="float", extra_body={"input_type": "passage"}
            )
        expected = tiny.encoder.encode(["angina"], PASSAGE)[0]
        np.testing.assert_allclose(answer.data[0].embedding, expected, atol=1e-6)

    def test_models(self, served: str) -> None:
        openai = pytest.importorskip("openai", reason="openai is not installed")
        with openai.OpenAI(base_url=f"{served}v1", api_key="none", max_retries=0) as client:
            (listed,) = client.models.list()
            assert listed == client.models.retrieve(MODEL)
            with pytest.raises(openai.NotFoundError) as caught:
                client.models.retrieve("text-embedding-3-small")
        assert listed.id == MODEL
        assert caught.value.code == "model_not_found"

    def test_errors_reach_the_client_as_its_own(self, served: str) -> None:
        openai = pytest.importorskip("openai", reason="openai is not installed")
        with openai.OpenAI(base_url=f"{served}v1", api_key="none", max_retries=0) as client:
            with pytest.raises(openai.NotFoundError, match="set model to codilingua"):
                client.embeddings.create(model="text-embedding-3-small", input="angina")
            with pytest.raises(openai.BadRequestError, match="tokens") as caught:
                client.embeddings.create(model=MODEL, input=[[1, 2, 3]])
        assert caught.value.param == "input"
        assert caught.value.type == "invalid_request_error"


class TestCohere:
    """By the real client."""

    @pytest.mark.parametrize("version", ["Client", "ClientV2"])
    def test_ranked_documents(self, served: str, version: str) -> None:
        cohere = pytest.importorskip("cohere", reason="cohere is not installed")
        with getattr(cohere, version)(api_key="none", base_url=served.rstrip("/")) as client:
            answer = client.rerank(model=MODEL, query="angina", documents=TEXTS, top_n=2)
        assert len(answer.results) == 2
        assert answer.results[0].relevance_score >= answer.results[1].relevance_score


def test_tokens_are_counted_as_the_model_reads_them(api: TestClient) -> None:
    def used(text: object) -> int:
        usage = embed(api, text).json()["usage"]
        assert usage["prompt_tokens"] == usage["total_tokens"]
        return int(usage["total_tokens"])

    one, other = used("angina"), used("Fractura de fèmur")
    assert other > one > 2
    assert used(["angina", "Fractura de fèmur"]) == one + other
    longest = api.get(f"/v1/models/{MODEL}").json()["max_input_tokens"]
    assert used("angina " * 500) == longest


def test_a_text_longer_than_the_model_reads_is_cut_off(api: TestClient) -> None:
    long, longer = "angina " * 300, "angina " * 600
    assert embed(api, long).json()["data"] == embed(api, longer).json()["data"]


def test_a_text_is_embedded_in_its_normal_form(api: TestClient) -> None:
    assert embed(api, "  Fractura\tde fe\u0300mur\u200b ").json() == embed(api, "Fractura de fèmur").json()


def test_dimensions_may_be_named_and_not_changed(api: TestClient, tiny: Search) -> None:
    held = tiny.encoder.encode(["x"], QUERY).shape[1]
    (item,) = embed(api, "x", dimensions=held).json()["data"]
    assert len(item["embedding"]) == held
    assert (
        len(base64.b64decode(embed(api, "x", encoding_format="base64").json()["data"][0]["embedding"]))
        == held * 4
    )
    assert api.get("/v1/models").json()["data"][0]["dimensions"] == held
    refused(embed(api, "x", dimensions=held - 1), 400, "dimensions", f"codilingua has {held}")


def test_what_clients_of_others_send_beside_is_let_through(api: TestClient) -> None:
    assert embed(api, "x", user="ward", truncate="END").status_code == 200
    more = {"rank_fields": ["text"], "max_tokens_per_doc": 99}
    assert rerank(api, query="x", documents=["a"], **more).status_code == 200


def refused(answer: Any, status: int, param: str | None, words: str) -> None:
    """It is OpenAI's error, of that parameter, with those words and none of the texts."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json().values()
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert words in error["message"]
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "param", "words"),
    [
        ({"model": MODEL}, 400, "input", "required"),
        ({"input": "secret"}, 400, "model", "required"),
        ({"model": "ada", "input": "secret"}, 404, "model", "set model to codilingua"),
        ({"model": MODEL, "input": []}, 400, "input", "no text"),
        ({"model": MODEL, "input": None}, 400, "input", "no text"),
        ({"model": MODEL, "input": {"text": "secret"}}, 400, "input", "no text"),
        ({"model": MODEL, "input": [1, 2]}, 400, "input", "tokens"),
        ({"model": MODEL, "input": [[1, 2]]}, 400, "input", "tokens"),
        ({"model": MODEL, "input": ["secret", 1.5]}, 400, "input", "item 1"),
        ({"model": MODEL, "input": ""}, 400, "input", "empty"),
        ({"model": MODEL, "input": ["secret", " \u200b\n"]}, 400, "input", "item 1 is empty"),
        ({"model": MODEL, "input": ["secret"] * (BATCH + 1)}, 400, "input", f"where {BATCH}"),
        ({"model": MODEL, "input": "secret", "encoding_format": "int8"}, 400, "encoding_format", "base64"),
        ({"model": MODEL, "input": "secret", "dimensions": "few"}, 400, "dimensions", "integer"),
        ({"model": MODEL, "input": "secret", "input_type": "title"}, 400, "input_type", "passage"),
        (["secret"], 400, None, "the body"),
    ],
)
def test_texts_that_cannot_be_embedded(
    api: TestClient, body: object, status: int, param: str | None, words: str
) -> None:
    refused(api.post("/v1/embeddings", json=body), status, param, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"model": "codilingua", "input": "secret', "not JSON"),
        (b'{"model": "codilingua", "input": "secret\xff"}', "the body"),
        (b"", "the body"),
    ],
)
def test_bodies_that_cannot_be_read(api: TestClient, body: bytes, words: str) -> None:
    answer = api.post("/v1/embeddings", content=body, headers={"Content-Type": "application/json"})
    refused(answer, 400, None, words)


def test_half_a_surrogate_is_no_text(api: TestClient) -> None:
    body = (
        rb'{"model": "codilingua", "input": ["secret", "\ud800"], "query": "\ud800", "documents": ["secret"]}'
    )
    for path, param in (("/v1/embeddings", "input"), ("/v1/rerank", "query")):
        answer = api.post(path, content=body, headers={"Content-Type": "application/json"})
        refused(answer, 400, param, "Unicode")


def test_documents_are_ranked(api: TestClient) -> None:
    documents = ["Fracture of femur", {"text": "Angina pectoris", "id": 7}, "Cerebral infarction"]
    answer = rerank(api, query="angina", documents=documents).json()
    scores = [result["relevance_score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert sorted(result["index"] for result in answer["results"]) == [0, 1, 2]
    assert all(set(result) == {"index", "relevance_score"} for result in answer["results"])
    assert answer["model"] == MODEL
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] > 6
    assert answer["id"] != rerank(api, query="angina", documents=documents).json()["id"]


def test_the_best_documents_alone_and_with_their_text(api: TestClient) -> None:
    documents = ["Fracture of femur", {"text": "Angina  pectoris"}, "Cerebral infarction"]
    everything = rerank(api, query="angina", documents=documents, return_documents=True).json()["results"]
    texts = {result["index"]: result["document"]["text"] for result in everything}
    assert texts == {0: "Fracture of femur", 1: "Angina  pectoris", 2: "Cerebral infarction"}
    for most in (1, 2, 3, 99):
        best = rerank(api, query="angina", documents=documents, top_n=most).json()["results"]
        assert [result["index"] for result in best] == [result["index"] for result in everything][:most]


def test_the_model_may_be_left_out_of_a_ranking(api: TestClient) -> None:
    assert api.post("/v1/rerank", json={"query": "x", "documents": ["a"]}).status_code == 200
    assert api.post("/v2/rerank", json={"query": "x", "documents": ["a"]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "param", "words"),
    [
        ({"documents": ["secret"]}, 400, "query", "required"),
        ({"query": "secret"}, 400, "documents", "required"),
        ({"query": "\t", "documents": ["secret"]}, 400, "query", "empty"),
        ({"query": "secret", "documents": []}, 400, "documents", "at least 1"),
        ({"query": "secret", "documents": "secret"}, 400, "documents", "list"),
        ({"query": "secret", "documents": ["secret", ""]}, 400, "documents", "document 1 is empty"),
        ({"query": "secret", "documents": [{"title": "secret"}]}, 400, "documents", "document 0"),
        ({"query": "secret", "documents": [["secret"]]}, 400, "documents", "document 0"),
        ({"query": "secret", "documents": ["secret"] * (BATCH + 1)}, 400, "documents", f"where {BATCH}"),
        ({"query": "secret", "documents": ["secret"], "top_n": 0}, 400, "top_n", "1"),
        ({"query": "secret", "documents": ["secret"], "model": "rerank-v3.5"}, 404, "model", "codilingua"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/rerank", "/v2/rerank"])
def test_documents_that_cannot_be_ranked(
    api: TestClient, path: str, body: object, status: int, param: str | None, words: str
) -> None:
    refused(api.post(path, json=body), status, param, words)


def test_a_full_queue_is_said_in_their_form(tiny_folder: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'codilingua.db'}"
    app = create_app(ServeSettings(assets=tiny_folder, database=database, rate=0, queue_limit=1))
    with TestClient(app, base_url="http://localhost") as api:
        app.state.services.engine._waiting = 1
        answer = embed(api, "x")
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.headers["retry-after"] == "1"


def test_meaning_crosses_languages(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'codilingua.db'}"
    names = ["Chest pain", "Headache", "Fever", "Hip fracture", "High blood pressure"]
    phrases = ["dolor torácico", "mal de cap", "febbre", "fratura do quadril", "hypertension artérielle"]
    with TestClient(create_app(ServeSettings(database=database, rate=0)), base_url="http://localhost") as api:
        for place, phrase in enumerate(phrases):
            (best,) = rerank(api, query=phrase, documents=names, top_n=1).json()["results"]
            assert names[best["index"]] == names[place], phrase
        passages = embed(api, names, input_type="passage").json()["data"]
        queries = embed(api, phrases).json()["data"]
    near = (
        np.array([item["embedding"] for item in queries])
        @ np.array([item["embedding"] for item in passages]).T
    )
    assert near.argmax(axis=1).tolist() == [0, 1, 2, 3, 4]
