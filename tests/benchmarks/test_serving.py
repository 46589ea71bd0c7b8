"""The load on the server: a short real one where wrk is there, and the report of any numbers."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("psutil", reason="the extra `bench` is not installed")

from benchmarks.serving.load import Load, load, mixed, searches
from benchmarks.serving.report import report
from benchmarks.serving.server import running

PHRASES = ["dolor torácico", "mal de cap", "fractura do fêmur & queda", "asma"]


def test_searches_say_what_they_ask() -> None:
    requests = searches(PHRASES, rerank=False)
    asked = [parse_qs(urlsplit(one.path).query) for one in requests]
    assert [query["q"] for query in asked] == [[phrase] for phrase in PHRASES]
    assert {query["rerank"][0] for query in asked} == {"false"}


def test_mixed_traffic_has_every_interface() -> None:
    kinds = Counter((one.method, urlsplit(one.path).path) for one in mixed(PHRASES * 10))
    assert {path for _, path in kinds} == {
        "/api/search",
        "/api/codes/S72.0",
        "/fhir/ValueSet/$expand",
        "/api/icd10cm/v3/search",
        "/api/feedback",
    }
    assert kinds["GET", "/api/search"] > sum(kinds.values()) / 2


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed: apt-get install wrk")
def test_a_real_load_is_counted(tiny_folder: Path, tmp_path: Path) -> None:
    with running(tmp_path, CODILINGUA_ASSETS=str(tiny_folder)) as server:
        good = load(server.url, searches(PHRASES, rerank=True), 2, 1, tmp_path)
        wrong = load(server.url, searches(["漢字"], rerank=True), 2, 1, tmp_path)
        assert server.memory() > 10_000_000
        assert len(server.workers()) == 1
    assert good.requests > 10
    assert good.errors == 0
    assert 0 < good.p50 <= good.p95 <= good.p99
    assert wrong.errors == wrong.requests > 0


def test_the_report_shows_every_number() -> None:
    from dataclasses import asdict

    served = asdict(Load(requests=2400, rate=151.0, p50=31.5, p95=52.5, p99=70.0, errors=3))
    process = {"rate": 120.0, "p50": 8.0, "p95": 9.5, "batch_rate": 251.0}
    scenes = {
        **{f"served_{n}_{kind}": served for n in (1, 2) for kind in ("first", "reranked")},
        **{f"served_{n}_memory": {"bytes": n * 200e6} for n in (1, 2)},
        "in_process_first": process,
        "in_process_reranked": process,
        "start": {"median": 1.234, "worst": 1.5, "starts": 5},
        "killed": served | {"clients": 8, "workers_before": 2, "workers_after": 2},
        "mixed": served | {"growth": 0.012},
    }
    machine = {
        "date": "2026-11-27",
        "processor": "AMD",
        "commit": "abc",
        "modified": False,
        "load_before": 0.1,
        "cores_used": 2,
    }
    text = report({"scenes": scenes, "machine": machine, "seconds": 20.0})
    for shown in ("151", "52.5", "3 of 2,400", "1.23 s", "+1.2%", "400 MB", "batch 251", "2 workers after"):
        assert shown in text
