"""``codilingua synth``, ``curate`` and ``data`` as a user runs them, on the toy of ``examples/factory``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[bytes]]

TOY = Path(__file__).parents[2] / "examples" / "factory"
GRID = ("--grid", TOY / "grid.toml", "--use", TOY)
SPLITS = ("train", "dev", "test")
NO_KEYS = {"OPENAI_API_KEY": "", "GEMINI_API_KEY": ""}


def answers_of(requests: Path, out: Path) -> int:
    """Answer every request in its form: a phrase for each code, or a verdict on all rows."""
    lines = []
    for line in requests.read_text("utf-8").splitlines():
        request = json.loads(line)["request"]
        codes = request["codes"]
        content: object = {"entries": [{"code": code, "note": [f"phrase of {code[:1]}"]} for code in codes]}
        if request["form"] == "verdicts":
            content = {"verdicts": [{"row": "*", "verdict": "keep", "code": "", "text": "", "why": ""}]}
        name = f"{request['name']}-{request_digest(requests, request['name'])}"
        lines.append(
            json.dumps({"custom_id": name, "content": content, "model": "toy", "date": "2026-11-26"})
        )
    out.write_text("\n".join(lines) + "\n", "utf-8")
    return len(lines)


def request_digest(requests: Path, name: str) -> str:
    """The digest that the batch file beside carries behind a request's name."""
    for line in requests.with_suffix("").read_text("utf-8").splitlines():
        custom_id: str = json.loads(line)["custom_id"]
        if custom_id.startswith(name + "-"):
            return custom_id.removeprefix(name + "-")
    raise AssertionError(name)


def test_the_plan_asks_nothing(run: Run) -> None:
    done = run("synth", "plan", *GRID, "--prompt-price", "2.5", "--answer-price", "10", variables=NO_KEYS)
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "phrases" in text
    assert "tokens written" in text
    assert "all" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "--grid", "none.toml"), "none.toml: cannot be read"),
        (("plan", "--use", "nowhere"), "nowhere: no such folder"),
        (("plan", *GRID, "--task", "essays"), "task 'essays'"),
        (("plan", *GRID, "--lang", "gl"), "language 'gl'"),
        (("plan", *GRID, "--judge", "none.tsv"), "none.tsv: no such file"),
        (("export", *GRID, "--out", "no/where.jsonl"), "cannot be written"),
        (("run", *GRID, "--ledger", "l.jsonl", "--model", "m"), "OPENAI_API_KEY is not set"),
        (
            ("run", *GRID, "--ledger", "l.jsonl", "--model", "m", "--api", "gemini"),
            "GEMINI_API_KEY is not set",
        ),
        (("run", *GRID, "--ledger", "l.jsonl", "--model", "m", "--api", "x"), "API 'x'"),
        (
            ("run", *GRID, "--ledger", "l.jsonl", "--model", "m", "--url", "http://x", "--budget", "1"),
            "--budget counts by",
        ),
        (("import", "a.jsonl", "--ledger", "l.jsonl"), "--requests is missing"),
        (("import", "a.tsv", "--ledger", "l.jsonl", "--pairs", "es"), "--pairs needs"),
    ],
)
def test_what_is_wrong_is_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("synth", *arguments, variables=NO_KEYS)
    assert done.returncode == 2 or "cannot be read" in said or "no such file" in said
    assert said in done.stderr.decode()
    assert len(done.stderr.decode().strip().splitlines()) == 1


def test_a_dead_endpoint_is_one_line(run: Run, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    dead = ("--url", "http://127.0.0.1:9/v1", "--retries", "0", "--limit", "1", "--task", "phrases")
    done = run("synth", "run", *GRID, "--ledger", ledger, "--model", "m", *dead, variables=NO_KEYS)
    assert done.returncode == 1
    assert "nobody answers there" in done.stderr.decode()


def test_from_grid_to_card(run: Run, tmp_path: Path) -> None:
    batch, ledger, data = tmp_path / "batch.jsonl", tmp_path / "ledger.jsonl", tmp_path / "data"
    kept = Path(f"{batch}.requests")
    done = run("synth", "export", *GRID, "--task", "phrases", "--out", batch)
    assert done.returncode == 0, done.stderr
    assert str(kept) in done.stdout.decode()
    count = answers_of(kept, tmp_path / "answers.jsonl")
    with (tmp_path / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"custom_id": "phrases-es-001-00000000", "content": {}}\n{"custom_id": "phr')
    done = run("synth", "import", tmp_path / "answers.jsonl", "--requests", kept, "--ledger", ledger)
    assert f"{count} new, 0 there already, 2 of no use" in done.stdout.decode()
    assert "line" in done.stderr.decode()
    pairs = tmp_path / "pairs.tsv"
    rows = ("dolor de pecho\tR07.9", "ictus\tI63.9", "xyz\tQ99.99", "neumonía\tJ18.9", "lumbalgia\tM54.50")
    pairs.write_text("text\tcode\n" + "\n".join(rows) + "\n", "utf-8")
    told = ("--pairs", "es", "--model", "toy", "--date", "2026-11-22", "--prompt", "toy-v1")
    assert run("synth", "import", pairs, "--ledger", ledger, *told).stdout.decode().endswith("taken\n")
    assert (
        run("synth", "import", pairs, "--ledger", ledger, *told).stdout.decode().endswith("there already\n")
    )

    done = run("curate", "--ledger", ledger, "--out", data)
    assert done.returncode == 0, done.stderr
    rejected = (data / "rejected.tsv").read_text("utf-8")
    assert "unknown code" in rejected
    train = "".join((data / "pairs" / f"{name}.tsv").read_text("utf-8") for name in SPLITS)
    assert "ictus\tI63.9\tes\tnote\tpractice" in train
    first = {path: path.read_bytes() for path in data.rglob("*.tsv")}
    run("curate", "--ledger", ledger, "--out", data)
    assert {path: path.read_bytes() for path in data.rglob("*.tsv")} == first, "the same again"

    done = run("data", "card", data)
    assert done.returncode == 0, done.stderr
    card = (data / "README.md").read_text("utf-8")
    for said in ("unknown code", "toy-v1", "## What is kept", "Rows by register"):
        assert said in card


def test_rows_to_be_read_come_back_by_a_judge(run: Run, tmp_path: Path) -> None:
    ledger, data, batch = tmp_path / "ledger.jsonl", tmp_path / "data", tmp_path / "judge.jsonl"
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("text\tcode\nse me duerme el pulgar de tanto coser\tG56.00\nictus\tI63.9\n", "utf-8")
    told = ("--pairs", "es", "--model", "toy", "--date", "2026-11-22", "--prompt", "toy-v1")
    run("synth", "import", pairs, "--ledger", ledger, *told)
    run("curate", "--ledger", ledger, "--out", data)
    review = (data / "review.tsv").read_text("utf-8")
    assert "se me duerme el pulgar" in review
    done = run("synth", "export", "--judge", data / "review.tsv", "--topic", "review", "--out", batch)
    assert done.returncode == 0, done.stderr
    answers_of(Path(f"{batch}.requests"), tmp_path / "verdicts.jsonl")
    run("synth", "import", tmp_path / "verdicts.jsonl", "--requests", f"{batch}.requests", "--ledger", ledger)
    run("curate", "--ledger", ledger, "--out", data)
    assert "se me duerme el pulgar" not in (data / "review.tsv").read_text("utf-8")
    everything = "".join(path.read_text("utf-8") for path in (data / "pairs").glob("*.tsv"))
    assert "se me duerme el pulgar" in everything
    # A sample for precision is drawn, read, and told by the card.
    rows = data / "pairs" / "all.tsv"
    parts = [(data / "pairs" / f"{name}.tsv").read_text("utf-8").splitlines(True) for name in SPLITS]
    rows.write_text("".join([parts[0][0], *(line for part in parts for line in part[1:])]), "utf-8")
    sample = ("--judge", rows, "--topic", "precision", "--sample", "2", "--out", batch)
    assert b"1 requests" in run("synth", "export", *sample).stdout
    answers_of(Path(f"{batch}.requests"), tmp_path / "sample.jsonl")
    run("synth", "import", tmp_path / "sample.jsonl", "--requests", f"{batch}.requests", "--ledger", ledger)
    run("curate", "--ledger", ledger, "--out", data)
    run("data", "card", data)
    assert "2 of 2 (100.0 %)" in (data / "README.md").read_text("utf-8")
    assert "| review | 1 | 0 | 0 | 0 | 1 |" in (data / "README.md").read_text("utf-8")


def test_a_card_of_nothing(run: Run, tmp_path: Path) -> None:
    done = run("data", "card", tmp_path)
    assert done.returncode == 2
    assert "curation.json: cannot be read" in done.stderr.decode()


def test_curate_without_a_ledger(run: Run, tmp_path: Path) -> None:
    done = run("curate", "--ledger", tmp_path / "none.jsonl", "--out", tmp_path / "data")
    assert done.returncode == 1
    assert "none.jsonl: cannot be read" in done.stderr.decode()
