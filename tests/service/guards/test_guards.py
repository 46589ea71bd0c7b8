"""Each guard around a small application: what it lets through, what it refuses and how it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from codilingua.service.guards.access import Access
from codilingua.service.guards.bodies import Bodies
from codilingua.service.guards.deadline import Deadline
from codilingua.service.guards.hosts import Hosts

PLACES = [
    "/",
    "/static/app.js",
    "/api/search",
    "/api/feedback",
    "/fhir/CodeSystem",
    "/fhir/metadata",
    "/v1/models",
    "/metrics",
    "/health/live",
]


@dataclass(frozen=True)
class Key:
    name: str
    scopes: frozenset[str]


KEYS = {"good": Key("ward", frozenset({"search"})), "watch": Key("watch", frozenset({"metrics"}))}


async def check(token: str) -> Key | None:
    return KEYS.get(token)


def small_app() -> FastAPI:
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(5)

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def echo(path: str, request: Request) -> dict[str, Any]:
        body = await request.body()
        return {"path": path, "bytes": len(body), "key": request.scope.get("state", {}).get("key")}

    return app


@contextmanager
def client(guard: Callable[..., Any], **values: Any) -> Iterator[TestClient]:
    app = small_app()
    app.add_middleware(guard, **values)
    with TestClient(app, base_url="http://coding.example") as opened:
        yield opened


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("coding.example", 200),
        ("CODING.example:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("coding.example.evil.example", 400),
        ("", 400),
        ("coding.example@evil.example", 400),
    ],
)
def test_only_known_names_are_answered(host: str, status: int) -> None:
    with client(Hosts, allowed=("coding.example", "[::1]")) as http:
        answer = http.get("/api/search", headers={"Host": host})
    assert answer.status_code == status
    if status == 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "allowed_hosts" in answer.json()["detail"]


def test_probes_come_by_address_and_any_name_may_be_allowed() -> None:
    with client(Hosts, allowed=("coding.example",)) as http:
        assert http.get("/health/live", headers={"Host": "10.1.2.3"}).status_code == 200
    with client(Hosts, allowed=("*",)) as http:
        assert http.get("/", headers={"Host": "anything"}).status_code == 200


@pytest.mark.parametrize("path", PLACES)
def test_without_a_key_only_the_page_and_the_probes_are_open(path: str) -> None:
    is_open = path in ("/", "/static/app.js", "/health/live", "/fhir/metadata")
    with client(Access, check=check, needs_key=True, rate=0) as http:
        answer = http.get(path)
    assert answer.status_code == (200 if is_open else 401)
    if not is_open:
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_refusal_speaks_the_language_of_the_interface() -> None:
    with client(Access, check=check, needs_key=True, rate=0) as http:
        assert http.get("/fhir/CodeSystem").json()["resourceType"] == "OperationOutcome"
        assert http.get("/v1/models").json()["error"]["type"] == "invalid_request_error"
        assert http.get("/api/search").json()["status"] == 401


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer good"}, {"X-API-Key": "good"}, {"Authorization": "bearer  good"}]
)
def test_a_key_opens_what_it_has_scopes_for(headers: dict[str, str]) -> None:
    with client(Access, check=check, needs_key=True, rate=0) as http:
        assert http.get("/api/search", headers=headers).json()["key"] == "ward"
        refused = http.post("/api/feedback", headers=headers)
        assert refused.status_code == 403
        assert "'feedback'" in refused.json()["detail"]
        assert http.get("/metrics", headers=headers).status_code == 403
        assert http.get("/metrics", headers={"X-API-Key": "watch"}).status_code == 200


@pytest.mark.parametrize("token", ["bad", "", "x" * 5000, "góod"])
def test_a_wrong_key_is_refused_even_beside_nothing(token: str) -> None:
    with client(Access, check=check, needs_key=True, rate=0) as http:
        assert http.get("/api/search", headers={"X-API-Key": token.encode()}).status_code == 401


def test_an_open_server_needs_no_key() -> None:
    with client(Access, check=check, needs_key=False, rate=0) as http:
        assert http.get("/api/search").json()["key"] is None
        assert http.post("/api/feedback").status_code == 200


def test_who_comes_too_often_is_told_when_to_come_back() -> None:
    with client(Access, check=check, needs_key=True, rate=3) as http:
        good = {"X-API-Key": "good"}
        statuses = [http.get("/api/search", headers=good).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = http.get("/api/search", headers=good)
        assert 1 <= int(answer.headers["retry-after"]) <= 120
        # Another key has its own count, and the page stays open.
        assert http.get("/metrics", headers={"X-API-Key": "watch"}).status_code == 200
        assert http.get("/", headers=good).status_code == 200


def test_a_large_body_is_refused_by_its_length_and_as_it_comes() -> None:
    with client(Bodies, most=1000) as http:
        assert http.post("/x", content=b"a" * 1000).json()["bytes"] == 1000
        assert http.post("/x", content=b"a" * 1001).status_code == 413
        # Sent in chunks, without a length.
        answer = http.post("/x", content=(b"a" * 400 for _ in range(4)))
        assert answer.status_code == 413
        assert "1,000 bytes" in answer.json()["detail"]


def test_packed_bodies_are_not_unpacked() -> None:
    with client(Bodies, most=1000) as http:
        answer = http.post("/x", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_what_takes_too_long_is_given_up() -> None:
    with client(Deadline, seconds=0.05) as http:
        answer = http.get("/slow")
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert http.get("/quick").status_code == 200
