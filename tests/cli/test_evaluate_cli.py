"""``codilingua evaluate`` as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.evaluate.systems.ours import STAGES

Run = Callable[..., subprocess.CompletedProcess[bytes]]

HEADER = "query\tcodes\tlang\n"
ROWS = HEADER + "myocardial infarction\tI21.9\ten\nhigh blood pressure\tI10\ten\nbroken\tnonsense\ten\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "mine.tsv").write_text(ROWS, "utf-8")
    return tmp_path


@pytest.fixture
def evaluate(run: Run, here: Path, tiny_folder: Path) -> Run:
    """``codilingua evaluate`` with small assets and a cache of its own."""

    def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        variables = {"CODILINGUA_ASSETS": str(tiny_folder), "XDG_CACHE_HOME": str(here / "cache")}
        return run("evaluate", *arguments, variables=variables)

    return command


def test_own_data_without_a_report(evaluate: Run, here: Path) -> None:
    before = set(here.iterdir())
    done = evaluate("--data", here / "mine.tsv", "--resamples", "50")
    assert done.returncode == 0, done.stderr
    table = done.stdout.decode()
    for system in ("codilingua-gated", "codilingua-dense", "codilingua-lexical"):
        assert system in table
    assert "pool: catalog" in table
    assert "2 of 3 rows scored" in table
    assert "line 4: no code of 'nonsense'" in table
    assert set(here.iterdir()) - before == {here / "cache"}


def test_a_report_on_request(evaluate: Run, here: Path) -> None:
    out = here / "runs" / "one"
    arguments = ("--data", here / "mine.tsv", "--system", "codilingua-lexical", "--out", out, "--json")
    done = evaluate(*arguments)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results == json.loads((out / "results.json").read_text("utf-8"))
    assert results["command"].startswith("codilingua evaluate --data ")
    assert {"report.md", "errors.tsv"} <= {path.name for path in out.iterdir()}
    (out / "report.md").unlink()
    again = evaluate("report", out)
    assert again.returncode == 0
    assert str(out / "report.md") in again.stdout.decode().splitlines()


def test_systems_are_listed(evaluate: Run) -> None:
    done = evaluate("systems")
    assert done.returncode == 0
    listed = done.stdout.decode()
    ours = [f"codilingua-{stage}" for stage in STAGES]
    for name in (*ours, "bm25", "minilm", "hf:NAME", "codiesp", "distemist"):
        assert name in listed


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--data", "none.tsv"], 2, "none.tsv: no such file"),
        (["--corpus", "codiesp", "--data-dir", "DIR"], 2, "codiesp"),
        (["--data", "DIR/mine.tsv", "--system", "nonsense"], 2, "'nonsense'"),
        (["--data", "DIR/mine.tsv", "--variants", "typo,shouted"], 2, "'shouted'"),
        (["--data", "DIR/mine.tsv", "--out", "DIR/mine.tsv"], 2, "cannot be written"),
        (["--data", "DIR/mine.tsv", "--cache", "DIR/mine.tsv"], 1, "--cache"),
        (["--data", "DIR/mine.tsv", "--assets", "DIR"], 1, "DIR"),
        (
            ["--data", "DIR/mine.tsv", "--assets", "DIR/bare", "--system", "codilingua-reranked"],
            1,
            "no system can run here",
        ),
        (["--data", "DIR/mine.tsv", "systems"], 2, "not for"),
        (["--data", "DIR/bad.tsv"], 1, "bad.tsv:2"),
        (["--timed", "0"], 2, "--timed"),
        (["report", "DIR"], 2, "no results.json"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_what_cannot_be_is_one_line(
    evaluate: Run, here: Path, tiny_folder: Path, arguments: list[str], status: int, told: str
) -> None:
    bare = Assets(shutil.copytree(tiny_folder, here / "bare"))
    bare.reranker.unlink()
    bare.reseal()
    (here / "bad.tsv").write_text(HEADER + "x\tnonsense\ten\n")
    done = evaluate(*(argument.replace("DIR", str(here)) for argument in arguments))
    assert (done.returncode, done.stdout) == (status, b"")
    # Before it may stand the steps that were begun.
    lines = done.stderr.decode().splitlines()
    assert lines[-1].startswith("codilingua: ")
    assert told.replace("DIR", str(here)) in lines[-1]
    assert sum(line.startswith("codilingua: ") for line in lines) == 1


def test_nothing_asked_is_help(evaluate: Run) -> None:
    done = evaluate()
    assert done.returncode == 0
    assert b"--data FILE" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs groups of processes")
def test_ctrl_c_and_the_same_command_again(
    environment: Callable[..., dict[str, str]], here: Path, tiny_folder: Path
) -> None:
    rows = "".join(f"fracture of rib zzqx {number}\tS22.4\ten\n" for number in range(1500))
    (here / "many.tsv").write_text(HEADER + rows, "utf-8")
    arguments = ["evaluate", "--data", "many.tsv", "--system", "codilingua-fused", "--timed", "1"]
    command = [sys.executable, "-m", "codilingua", *arguments, "--resamples", "2", "--permutations", "2"]
    variables = environment(CODILINGUA_ASSETS=str(tiny_folder), XDG_CACHE_HOME=str(here / "cache"))
    started = subprocess.Popen(
        command,
        cwd=here,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    kept = _wait_for_rankings(here / "cache")
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, b"")
    assert err.decode().splitlines()[-1] == "codilingua: stopped; the same command goes on from here"
    assert b"Traceback" not in err
    before = kept.read_bytes()
    assert 0 < before.count(b"\n") < 1500
    done = subprocess.run(command, cwd=here, env=variables, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    after = kept.read_bytes()
    # What was whole then stands there still, and nothing was ranked twice.
    assert after.startswith(before[: before.rfind(b"\n") + 1])
    keys = [json.loads(line)["query"] for line in after.splitlines()]
    assert len(keys) == len(set(keys)) == 1500
    assert b"zzqx" not in after


def _wait_for_rankings(cache: Path) -> Path:
    for _ in range(600):
        found = [path for path in cache.rglob("rankings.jsonl") if path.stat().st_size > 0]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError("nothing was ranked")
