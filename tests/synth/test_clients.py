"""Both clients against a server that speaks their protocol: its answers, refusals, silences and garbage."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codilingua.errors import UsageError
from codilingua.synth.clients import open_client
from codilingua.synth.clients.base import AskError, Client, Connection, Unreachable, key_from
from codilingua.synth.ledger import Entry, Ledger, read_ledger
from codilingua.synth.raw import read_raw
from codilingua.synth.requests import Request
from codilingua.synth.run import Outcome, Price, run

KEY = "sk-very-secret-0123456789"
GOOD = '{"entries": [{"code": "I10", "note": ["HTA"]}]}'
APIS = ("openai", "gemini")


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    return str(request.param)


@pytest.fixture
def say(api: str, model: Any) -> Any:
    """A function that makes an answer in the protocol of the API."""
    return model.chat if api == "openai" else model.gemini


def connection(api: str, model: Any, **changed: Any) -> Connection:
    url = model.url if api == "openai" else model.root
    return Connection(**{"model": "m", "url": url, "timeout": 5.0, "retries": 2, **changed})


@pytest.fixture
def client(api: str, model: Any) -> Iterator[Client]:
    opened = open_client(api, connection(api, model))
    yield opened
    opened.close()


def test_an_answer(api: str, client: Client, model: Any, say: Any, asked: list[Request]) -> None:
    model.script = [say(GOOD)]
    reply = client.ask(asked[0])
    assert (reply.content, reply.prompt_tokens, reply.answer_tokens, reply.cut) == (GOOD, 100, 10, False)
    (body,) = model.bodies
    sent = str(body)
    assert asked[0].user in (
        body["messages"][1]["content"] if api == "openai" else body["contents"][0]["parts"][0]["text"]
    )
    assert "additionalProperties" in sent
    assert str(asked[0].seed) in sent


def test_parameters_are_sent(api: str, model: Any, say: Any, asked: list[Request]) -> None:
    model.otherwise = say(GOOD)
    told = connection(api, model, parameters={"temperature": 0.25, "max_tokens": 77})
    opened = open_client(api, told)
    opened.ask(asked[0])
    opened.close()
    (body,) = model.bodies
    sent = body if api == "openai" else body["generationConfig"]
    assert sent["temperature"] == 0.25
    assert sent["max_tokens" if api == "openai" else "maxOutputTokens"] == 77


def test_an_answer_that_ran_into_the_limit(
    api: str, client: Client, model: Any, say: Any, asked: list[Request]
) -> None:
    model.script = [say('{"entries": [', "length" if api == "openai" else "MAX_TOKENS")]
    assert client.ask(asked[0]).cut


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_waits_and_asks_again(
    status: int, client: Client, model: Any, say: Any, asked: list[Request]
) -> None:
    model.script = [model.refuse(status, Retry_After="0"), model.refuse(status, Retry_After="0"), say(GOOD)]
    assert client.ask(asked[0]).content == GOOD
    assert len(model.bodies) == 3


def test_it_gives_up_on_one_request_alone(client: Client, model: Any, asked: list[Request]) -> None:
    model.otherwise = model.refuse(429, Retry_After="0")
    with pytest.raises(AskError, match="429"):
        client.ask(asked[0])
    assert len(model.bodies) == 3


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_or_model(status: int, client: Client, model: Any, asked: list[Request]) -> None:
    model.otherwise = model.refuse(status)
    with pytest.raises(Unreachable, match=str(status)) as caught:
        client.ask(asked[0])
    assert KEY not in str(caught.value)
    assert len(model.bodies) == 1


def test_a_dead_endpoint(api: str, model: Any, asked: list[Request]) -> None:
    model.close()
    dead = open_client(api, connection(api, model, retries=0))
    with pytest.raises(Unreachable, match="nobody answers"):
        dead.ask(asked[0])
    dead.close()
    model.close = lambda: None


def test_a_server_that_does_not_answer_in_time(api: str, model: Any, say: Any, asked: list[Request]) -> None:
    released = threading.Event()

    def silent(body: dict[str, Any]) -> Any:
        released.wait(5)
        return say(GOOD)(body)

    model.otherwise = silent
    hasty = open_client(api, connection(api, model, timeout=0.2, retries=0))
    with pytest.raises(AskError, match=r"no answer within 0\.2 s"):
        hasty.ask(asked[0])
    released.set()
    hasty.close()


def test_half_a_body(client: Client, model: Any, asked: list[Request]) -> None:
    model.otherwise = model.garbage
    with pytest.raises(AskError):
        client.ask(asked[0])


@pytest.mark.parametrize(
    "body",
    [
        {"choices": []},
        {"choices": [{}]},
        {"choices": [{"message": None, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": ["a"]}, "finish_reason": "stop"}]},
        {"object": "error"},
    ],
)
def test_a_server_with_a_form_of_its_own(
    body: dict[str, Any], model: Any, asked: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model.otherwise = lambda _: (200, {}, json.dumps(body).encode())
    opened = open_client("openai", connection("openai", model))
    with pytest.raises(AskError):
        opened.ask(asked[0])
    opened.close()


def test_a_server_that_does_not_count_is_estimated(model: Any, asked: list[Request], tmp_path: Path) -> None:
    choice = {"message": {"content": GOOD}, "finish_reason": "stop"}
    model.otherwise = lambda _: (200, {}, json.dumps({"choices": [choice], "usage": None}).encode())
    outcome, _ = ask_all(asked[:1], "openai", model, tmp_path / "ledger.jsonl")
    assert outcome.cost > 0.1, "a budget must end everywhere"


def test_what_is_under_way_is_written_down(model: Any, asked: list[Request], tmp_path: Path) -> None:
    refused, path = threading.Event(), tmp_path / "ledger.jsonl"

    def refuse(body: dict[str, Any]) -> Any:
        refused.set()
        return model.refuse(401)(body)

    def later(body: dict[str, Any]) -> Any:
        refused.wait(5)
        time.sleep(0.2)
        return model.chat(GOOD)(body)

    model.script, model.otherwise = [later, later, later, refuse], model.refuse(401)
    outcome, _ = ask_all(asked[:20], "openai", model, path)
    assert "401" in outcome.stopped
    assert outcome.answered == len(list(read_ledger(path))) == 3


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    for api, variable in zip(APIS, ("OPENAI_API_KEY", "GEMINI_API_KEY"), strict=True):
        with pytest.raises(UsageError, match=f"{variable} is not set"):
            open_client(api, Connection("m"))
    with pytest.raises(UsageError, match="API 'other'"):
        open_client("other", Connection("m"))
    assert key_from("X", None, {"X": " k "}) == "k"
    assert key_from("X", "http://localhost", {}) == "none"


def ask_all(
    requests: list[Request], api: str, model: Any, path: Path, budget: float | None = None, **changed: Any
) -> tuple[Outcome, list[Entry | None]]:
    told = connection(api, model, **changed)
    client, seen = open_client(api, told), []
    with Ledger(path) as ledger:
        outcome = run(requests, client, told, ledger, 4, Price(1000.0, 10000.0), budget, seen.append)
    client.close()
    return outcome, seen


def test_a_run_pays_once(api: str, model: Any, say: Any, asked: list[Request], tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    model.otherwise = say(GOOD)
    outcome, seen = ask_all(asked[:6], api, model, path)
    assert (outcome.answered, outcome.known, outcome.failed, outcome.stopped) == (6, 0, [], "")
    # 100 tokens read at 1,000 and 10 written at 10,000 dollars a million.
    assert outcome.cost == pytest.approx(6 * 0.2)
    assert len(seen) == 6
    outcome, _ = ask_all(asked[:8], api, model, path)
    assert (outcome.answered, outcome.known) == (2, 6)
    assert len(model.bodies) == 8
    outcome, _ = ask_all(asked[:1], api, model, path, parameters={"temperature": 0.1})
    assert outcome.answered == 1, "another temperature is another question"
    assert KEY not in path.read_text("utf-8")


def test_failures_are_asked_again_by_the_next_run(
    api: str, model: Any, say: Any, asked: list[Request], tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    model.script, model.otherwise = [model.refuse(400)], say(GOOD)
    outcome, _ = ask_all(asked[:5], api, model, path)
    assert (outcome.answered, len(outcome.failed)) == (4, 1)
    outcome, _ = ask_all(asked[:5], api, model, path)
    assert (outcome.answered, outcome.known) == (1, 4)


def test_wrong_answers_are_kept_and_counted(
    api: str, model: Any, say: Any, asked: list[Request], tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    model.script = [say('{"entries": [{"code": "I10", "note": ["HT'), say('{"other": 1}'), say("I cannot")]
    model.otherwise = say(GOOD)
    outcome, _ = ask_all(asked[:5], api, model, path)
    assert outcome.answered == 5
    raw = read_raw(read_ledger(path))
    assert (len(raw.pairs), len(raw.unreadable)) == (2, 3)


def test_the_budget_stops_a_run(api: str, model: Any, say: Any, asked: list[Request], tmp_path: Path) -> None:
    model.otherwise = say(GOOD)
    outcome, _ = ask_all(asked[:20], api, model, tmp_path / "ledger.jsonl", budget=0.8)
    # Four are paid for when it is spent; as many may be on their way.
    assert 4 <= outcome.answered <= 8
    assert "budget of $0.8" in outcome.stopped


def test_a_run_that_nobody_answers_stops(api: str, model: Any, asked: list[Request], tmp_path: Path) -> None:
    model.otherwise = model.refuse(401)
    outcome, _ = ask_all(asked[:20], api, model, tmp_path / "ledger.jsonl")
    assert "401" in outcome.stopped
    assert outcome.answered == 0
    assert len(model.bodies) <= 8


def test_requests_go_out_side_by_side(
    api: str, model: Any, say: Any, asked: list[Request], tmp_path: Path
) -> None:
    together = threading.Barrier(4, timeout=5)

    def wait_for_the_others(body: dict[str, Any]) -> Any:
        together.wait()
        return say(GOOD)(body)

    model.script = [wait_for_the_others] * 4
    began = time.monotonic()
    outcome, _ = ask_all(asked[:4], api, model, tmp_path / "ledger.jsonl")
    assert outcome.answered == 4
    assert time.monotonic() - began < 5
