"""``codilingua synth run`` as a user runs it: killed in the middle, started again, stopped by its budget."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from codilingua.synth.ledger import read_ledger

Run = Callable[..., subprocess.CompletedProcess[bytes]]

TOY = Path(__file__).parents[2] / "examples" / "factory"
REQUESTS = 18
WORKERS = 2
GOOD = '{"entries": [{"code": "I10", "note": ["HTA"]}]}'


def arguments(model: Any, ledger: Path, *more: str) -> list[str | Path]:
    who: list[str | Path] = [
        "--model",
        "m",
        "--url",
        model.url,
        "--workers",
        str(WORKERS),
        "--ledger",
        ledger,
    ]
    return ["synth", "run", "--grid", TOY / "grid.toml", "--use", TOY, *who, *more]


def test_a_killed_run_goes_on(
    run: Run, environment: Callable[..., dict[str, str]], model: Any, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"

    def slowly(body: dict[str, Any]) -> Any:
        time.sleep(0.1)
        return model.chat(GOOD)(body)

    model.otherwise = slowly
    command = [sys.executable, "-m", "codilingua", *arguments(model, ledger)]
    running = subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while len(model.bodies) < 6 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    before = len(list(read_ledger(ledger)))
    assert 0 < before < REQUESTS
    done = run(*arguments(model, ledger))
    assert done.returncode == 0, done.stderr
    assert f"{REQUESTS - before} answers, {before} there already, 0 failed" in done.stdout.decode()
    assert len(list(read_ledger(ledger))) == REQUESTS
    # What was on its way when the run was killed is all that is asked twice.
    assert len(model.bodies) <= REQUESTS + WORKERS


def test_a_budget_and_its_report(run: Run, model: Any, tmp_path: Path) -> None:
    model.otherwise = model.chat(GOOD)
    ledger = tmp_path / "ledger.jsonl"
    price = ("--prompt-price", "1000", "--answer-price", "10000", "--budget", "1")
    done = run(*arguments(model, ledger, *price))
    assert done.returncode == 1
    assert "the budget of $1 is spent" in done.stderr.decode()
    # Each answer costs 0.20 dollars.
    assert 5 <= len(list(read_ledger(ledger))) <= 5 + WORKERS
    assert "en: 3 answers, 300 + 30 tokens, $0.60" in done.stdout.decode()
    # As it runs, too.
    assert "asking: 2 of 18; en: 2 answers, 200 + 20 tokens, $0.40" in done.stderr.decode()


def test_nothing_but_failures_is_a_failure(run: Run, model: Any, tmp_path: Path) -> None:
    model.otherwise = model.refuse(400)
    done = run(*arguments(model, tmp_path / "ledger.jsonl"))
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "answered 400" in told
    assert "… and 8 more" in told
    assert "no request was answered" in told
