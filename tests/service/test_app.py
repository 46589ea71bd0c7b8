"""The application as a whole: what guards it, what it writes and does not write, and how it ends."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from codilingua.service.observe.logs import LOGGER, set_up_logs
from codilingua.service.observe.watch import HEADERS

Serving = Callable[..., AbstractContextManager[TestClient]]
MARKER = "zzmarkerzz"


@contextmanager
def logging_as(level: str) -> Iterator[None]:
    """Log as the server does; afterwards nothing is left that writes to a stream of this test."""
    set_up_logs(level)
    try:
        yield
    finally:
        for name in (LOGGER, "uvicorn", "mcp", "alembic", "sqlalchemy"):
            logging.getLogger(name).handlers = []
            logging.getLogger(name).propagate = True


def everywhere(http: TestClient, text: str) -> list[int]:
    """Send a text through every interface, in right and in wrong ways; the statuses."""
    sent = [
        http.get("/api/search", params={"q": text}),
        http.get("/api/search", params={"q": text, "lang": text}),
        http.post("/api/search", json={"queries": [text, "x" * 2001 + text]}),
        http.post(
            "/api/search",
            content=f'{{"queries": ["{text}'.encode(),
            headers={"Content-Type": "application/json"},
        ),
        http.get(f"/api/codes/{text}"),
        http.get(f"/{text}"),
        http.get(f"/static/{text}"),
        http.request(text.upper(), "/api/search"),
        http.post("/api/feedback", json={"query": text, "code": text, "verdict": "right"}),
        http.get(
            "/fhir/ValueSet/$expand",
            params={"url": "http://hl7.org/fhir/sid/icd-10-cm?fhir_vs", "filter": text},
        ),
        http.get(f"/fhir/CodeSystem/{text}"),
        http.post("/fhir/CodeSystem/$lookup", content=text.encode()),
        http.get("/api/icd10cm/v3/search", params={"terms": text}),
        http.post("/v1/embeddings", json={"model": "codilingua", "input": text}),
        http.post("/v1/embeddings", json={"model": text, "input": []}),
        http.post("/v1/rerank", json={"query": text, "documents": [text]}),
        http.get("/api/systems", headers={"X-API-Key": text, "X-Request-Id": f"{text} {text}"}),
        http.get("/api/systems", headers={"Host": f"{text}.example"}),
    ]
    return [answer.status_code for answer in sent]


def test_no_text_of_a_query_is_written_anywhere(
    serving: Serving, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as http, logging_as("debug"):
        statuses = everywhere(http, MARKER)
        metrics = http.get("/metrics").text
    written = "".join(capfd.readouterr())
    assert 500 not in statuses
    assert statuses.count(200) >= 7
    assert '"route": "/api/search"' in written
    assert "codilingua_requests_total" in metrics
    for kept in (written, metrics, caplog.text):
        assert MARKER not in kept.lower()


def test_a_failure_inside_is_an_answer_and_a_log_line_without_the_text(
    serving: Serving, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from codilingua.service.engine import Engine

    async def broken(*_arguments: Any, **_named: Any) -> None:
        raise ZeroDivisionError(MARKER)

    monkeypatch.setattr(Engine, "search", broken)
    with serving() as http, logging_as("info"):
        answer = http.get("/api/search", params={"q": MARKER})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert MARKER not in answer.text
    written = capfd.readouterr().err
    assert MARKER not in written
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    (failed,) = [line for line in lines if line["message"] == "failed"]
    assert failed["error"] == "ZeroDivisionError"
    assert failed["request"] == answer.headers["x-request-id"]
    assert any("broken" in frame for frame in failed["raised_at"])


@pytest.mark.parametrize(
    "path", ["/", "/api/search?q=fever", "/api/search", "/nowhere", "/fhir/metadata", "/metrics"]
)
def test_every_answer_carries_the_safe_headers(http: TestClient, path: str) -> None:
    answer = http.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/..%2fapp.py",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_page(http: TestClient, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code in (400, 404)
    assert b"import" not in answer.content
    assert b"root:" not in answer.content


def test_only_named_origins_may_read(serving: Serving) -> None:
    with serving(cors_origins=("https://ehr.example",)) as http:
        mine = http.get("/api/systems", headers={"Origin": "https://ehr.example"})
        assert mine.headers["access-control-allow-origin"] == "https://ehr.example"
        other = http.get("/api/systems", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        asked = http.options(
            "/api/search", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        )
        assert asked.status_code == 400


def test_a_foreign_host_is_refused_in_the_whole_application(http: TestClient) -> None:
    assert http.get("/api/systems", headers={"Host": "evil.example"}).status_code == 400


def test_it_works_below_a_prefix(serving: Serving) -> None:
    with serving(root_path="/coding") as http:
        for path in (
            "/coding/api/systems",
            "/api/systems",
            "/coding/fhir/metadata",
            "/health/ready",
            "/coding/",
        ):
            assert http.get(path).status_code == 200, path
        assert http.get("/codingapi/systems").status_code == 404
        assert http.get("/coding/fhir/CodeSystem/nothing").json()["resourceType"] == "OperationOutcome"


def test_it_is_ready_and_says_whether_feedback_is_kept(http: TestClient) -> None:
    assert http.get("/health/live").json() == {"status": "live"}
    assert http.get("/health/ready").json() == {"status": "ready", "feedback": "kept"}


def test_where_feedback_cannot_be_kept_searches_go_on(serving: Serving) -> None:
    with serving(database="sqlite:////proc/nowhere/codilingua.db") as http:
        assert http.get("/api/search", params={"q": "fever"}).status_code == 200
        assert http.get("/health/ready").json() == {"status": "ready", "feedback": "not kept"}
        answer = http.post("/api/feedback", json={"query": "x", "code": "I10", "verdict": "right"})
        assert answer.status_code == 503
        assert "retry-after" in answer.headers


def test_feedback_can_be_turned_off(serving: Serving) -> None:
    with serving(feedback=False) as http:
        answer = http.post("/api/feedback", json={"query": "x", "code": "I10", "verdict": "right"})
        assert answer.status_code == 403


def test_metrics_count_routes_not_paths(http: TestClient) -> None:
    http.get("/api/codes/I10")
    http.get("/api/codes/I20")
    text = http.get("/metrics").text
    assert 'codilingua_requests_total{method="GET",route="/api/codes/{code}",status="200"} 2.0' in text


def test_an_open_api_document_with_examples(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    assert document["info"]["title"] == "Codilingua"
    assert "/api/search" in document["paths"]
    assert document["components"]["schemas"]["ManyQueries"]["examples"]


def test_a_client_speaks_with_keys(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> None:
    from codilingua.service.store.keys import Keys
    from codilingua.service.store.store import Store

    url = f"sqlite:///{tmp_path_factory.mktemp('keys') / 'keys.db'}"
    store = Store.open(url)
    _, token = Keys(store).add("ward", ["search"])
    with serving(auth="keys", database=url) as http:
        assert http.get("/api/systems").status_code == 401
        assert http.get("/api/systems", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert http.get("/api/systems", headers={"Authorization": f"Bearer {token}x"}).status_code == 401
    store.close()
