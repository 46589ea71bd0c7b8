"""The factory against a real model, where ``CODILINGUA_LIVE_URL`` names one (docs/data-factory.md)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codilingua.synth.clients import open_client
from codilingua.synth.clients.base import Connection
from codilingua.synth.ledger import Ledger, read_ledger
from codilingua.synth.raw import read_raw
from codilingua.synth.requests import Request
from codilingua.synth.run import Price, run

URL = os.environ.get("CODILINGUA_LIVE_URL")
pytestmark = pytest.mark.skipif(not URL, reason="opt-in: set CODILINGUA_LIVE_URL to ask a real model")


def test_a_real_model_answers(asked: list[Request], tmp_path: Path) -> None:
    connection = Connection("live", URL, timeout=300.0, retries=0, structure="object")
    client = open_client("openai", connection)
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        some = [request for request in asked if request.task == "phrases"][:2]
        outcome = run(some, client, connection, ledger, 1, Price())
    client.close()
    assert outcome.stopped == ""
    assert outcome.answered + len(outcome.failed) == len(some)
    raw = read_raw(read_ledger(tmp_path / "ledger.jsonl"))
    # However weak the model: what it said is kept, and read or counted.
    assert len(raw.entries) == outcome.answered
    assert raw.pairs or raw.unreadable or outcome.failed
