"""``codilingua search`` as a user runs it: what it prints, on which stream, with which exit status."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.cli.main import app
from codilingua.cli.render import hit_json
from codilingua.search.engine import Search
from codilingua.search.filters import Filters

Run = Callable[..., subprocess.CompletedProcess[bytes]]

FIELDS = [
    *("code", "title", "score", "confidence", "sure", "surface", "surface_lang", "origin"),
    *("billable", "status", "completions", "chapter"),
]
LINES = ["hip fracture", "ictus", "", "I25.99", "angina pectoris", "S72.001A", "😀", "fractura de cadera"]
REFUSED = {2: "the query is empty", 3: "I25.99 is not in", 6: "no Latin letter"}


def answers(output: bytes | str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def only_line(stream: bytes) -> str:
    """The one line of a failure."""
    lines = stream.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("codilingua: ")
    return lines[0]


# One query.


def test_a_table(run: Run) -> None:
    done = run("search", "dor", "no", "peito")
    lines = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr) == (0, b"")
    assert lines[0] == "dor no peito"
    assert lines[1].split()[:-1] == ["Code", "Title", "Status", "Matched"]
    assert lines[2].startswith("R07.9")
    assert "(pt, machine)" in done.stdout.decode()
    assert "\x1b" not in done.stdout.decode()
    assert max(map(len, lines)) <= 120


def test_a_calibrated_table_says_how_sure_each_hit_is(run: Run, tiny: Search, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "-n", "3", "dor no peito")
    lines = done.stdout.decode().splitlines()
    assert lines[1].split()[-1] == "Sure"
    expected = [f"{hit.confidence:.0%}" for hit in tiny("dor no peito", 3)]
    assert [line.split()[-1] for line in lines if line.endswith("%")] == expected


def test_an_uncalibrated_table_shows_scores(run: Run, tiny_copy: Path) -> None:
    assets = Assets(tiny_copy)
    assets.ranking.unlink()
    assets.reseal()
    with open_search(tiny_copy, 1) as search:
        expected = [f"{hit.score:.3f}" for hit in search("dor no peito", 3)]
    done = run("search", "--assets", tiny_copy, "-n", "3", "dor no peito")
    lines = done.stdout.decode().splitlines()
    assert lines[1].split()[-1] == "Score"
    assert [line.split()[-1] for line in lines if re.search(r" \d\.\d{3}$", line)] == expected
    done = run("search", "--assets", tiny_copy, "-n", "1", "--json", "dor no peito")
    (hit,) = answers(done.stdout)[0]["hits"]
    assert (hit["confidence"], hit["sure"]) == (None, False)


def test_a_typed_code_has_a_score_and_no_confidence(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "-n", "1", "S72.001A")
    lines = done.stdout.decode().splitlines()
    assert (lines[1].split()[-1], lines[2].split()[-1]) == ("Score", "1.000")


def test_json_of_one_query(run: Run, shipped: Search) -> None:
    done = run("search", "--json", "--limit", "3", "fractura de cadera")
    assert (done.returncode, done.stderr) == (0, b"")
    (answer,) = answers(done.stdout)
    assert list(answer) == ["query", "hits"]
    assert answer["query"] == "fractura de cadera"
    assert [list(hit) for hit in answer["hits"]] == [FIELDS] * 3
    # What the command line prints is what the library finds.
    found = [hit_json(hit) for hit in shipped("fractura de cadera", 3)]
    assert answer["hits"] == json.loads(json.dumps(found))


@pytest.mark.parametrize(
    ("options", "filters"),
    [
        (["--chapter", "9"], Filters(("9",))),
        (["--chapter", "9", "--chapter", "19"], Filters(("9", "19"))),
        (["--code", "I20-I25", "--code", "S7"], Filters(codes=("I20-I25", "S7"))),
        (["--billable"], Filters(billable=True)),
        (["--leaves"], Filters(leaves=True)),
        (["--no-external"], Filters(external_causes=False)),
        (["--external", "--limit", "10", "--threads", "1"], Filters()),
    ],
)
def test_options_are_the_filters_of_the_library(
    tiny: Search, tiny_folder: Path, options: list[str], filters: Filters
) -> None:
    result = CliRunner().invoke(
        app, ["search", "--assets", str(tiny_folder), "--json", *options, "fall", "hip"]
    )
    assert result.exit_code == 0
    (answer,) = answers(result.stdout)
    assert [hit["code"] for hit in answer["hits"]] == [hit.code for hit in tiny("fall hip", filters=filters)]


QUERY = "hip fracture"
"""Too short for its language to be told."""


@pytest.mark.parametrize(
    ("options", "rerank", "lang"),
    [
        ([], 20, None),
        (["--lang", "en"], 20, "en"),
        (["--lang", "fr"], 20, "fr"),
        (["--lang", "en", "--rerank", "5"], 5, "en"),
        (["--lang", "en", "--rerank", "0"], 0, "en"),
    ],
)
def test_options_of_the_ranking_are_those_of_the_library(
    tiny_folder: Path, options: list[str], rerank: int, lang: str | None
) -> None:
    with open_search(tiny_folder, 1, rerank=rerank) as search:
        expected = [hit_json(hit) for hit in search(QUERY, lang=lang)]
    for given in (None, f"{QUERY}\n"):
        words = [QUERY] if given is None else []
        command = ["search", "--assets", str(tiny_folder), "--json", *options, *words]
        result = CliRunner().invoke(app, command, input=given)
        assert result.exit_code == 0
        (answer,) = answers(result.stdout)
        assert answer["hits"] == json.loads(json.dumps(expected))


def test_language_and_depth_change_what_is_found(tiny: Search, tiny_folder: Path) -> None:
    """Or else the test above could not fail."""
    found = [tiny(QUERY, lang=lang) for lang in (None, "en", "fr")]
    with (
        open_search(tiny_folder, 1, rerank=0) as first,
        open_search(tiny_folder, 1, rerank=5) as shallow,
    ):
        found += [first(QUERY, lang="en"), shallow(QUERY, lang="en")]
    scored = [[(hit.code, hit.score) for hit in hits] for hits in found]
    # No language, no reranker: the first stage of English weighs as the default does.
    assert scored[0] == scored[3]
    assert all(one != other for one, other in combinations(scored[:3] + scored[4:], 2))


def test_a_fitted_prior_is_used(run: Run, tiny: Search, tiny_folder: Path, tmp_path: Path) -> None:
    before = [hit.code for hit in tiny(QUERY, 20)]
    (tmp_path / "counts.csv").write_text(f"code,count\n{before[-1]},100000\nI10,1\n", "utf-8")
    fitted = tmp_path / "prior.npz"
    made = run("prior", "fit", tmp_path / "counts.csv", "--out", fitted, "--assets", tiny_folder)
    assert made.returncode == 0, made.stderr
    done = run("search", "--assets", tiny_folder, "--json", "-n", "20", "--prior", fitted, QUERY)
    assert done.returncode == 0, done.stderr
    hits = answers(done.stdout)[0]["hits"]
    with open_search(tiny_folder, 1, prior=fitted) as search:
        assert hits == json.loads(json.dumps([hit_json(hit) for hit in search(QUERY, 20)]))
    found = [hit["code"] for hit in hits]
    assert found != before


def test_nothing_found_is_said(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "--chapter", "9", "S72.001A")
    assert done.returncode == 0
    assert b"nothing found" in done.stdout


def test_a_query_with_brackets_is_shown_as_typed(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "angina [red]pectoris[/red] [/]")
    assert done.stdout.splitlines()[0] == b"angina [red]pectoris[/red] [/]"


# Many queries.


@pytest.mark.parametrize("by", ["file", "stdin", "dash"])
def test_one_answer_a_line_whatever_a_line_holds(
    run: Run, tiny_folder: Path, tmp_path: Path, by: str
) -> None:
    content = "\n".join(LINES).encode()
    (tmp_path / "queries.txt").write_bytes(content)
    source = {"file": ["-i", str(tmp_path / "queries.txt")], "stdin": [], "dash": ["--input", "-"]}[by]
    done = run("search", "--assets", tiny_folder, "--json", *source, given=content)
    found = answers(done.stdout)
    assert [answer["query"] for answer in found] == LINES
    for number, answer in enumerate(found):
        assert bool(answer["hits"]) is (number not in REFUSED)
        assert REFUSED.get(number, "") in answer.get("error", "")
        assert ("error" in answer) is (number in REFUSED)
    assert done.returncode == 1
    assert "3 of 8 queries could not be searched; line 3: the query is empty" in only_line(done.stderr)


def test_lines_that_are_not_utf8(run: Run, tiny_folder: Path) -> None:
    given = b"\xef\xbb\xbfhip fracture\r\ncad\xe9ra\nictus"
    done = run("search", "--assets", tiny_folder, "--json", given=given)
    first, second, third = answers(done.stdout)
    assert (first["query"], third["query"]) == ("hip fracture", "ictus")
    assert first["hits"]
    assert third["hits"]
    assert second["hits"] == []
    assert "byte 4 is not UTF-8" in second["error"]
    assert done.returncode == 1


def test_all_good_lines_exit_with_0(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "--json", given=b"ictus\nhip fracture\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(answers(done.stdout)) == 2


def test_no_line_no_answer(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_tables_of_many_lines(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, given="\n".join(LINES).encode())
    output = done.stdout.decode()
    starts = [line for line in output.splitlines() if line in LINES]
    assert [line for line in starts if line] == [line for line in LINES if line]
    assert "the query is empty" in output
    assert done.returncode == 1


def test_many_lines_as_one_by_one(run: Run, tiny: Search, tiny_folder: Path) -> None:
    queries = [f"{text} {number}" for number in range(60) for text in ("hip fracture", "ictus", "angina")]
    done = run("search", "--assets", tiny_folder, "--json", "-n", "4", given="\n".join(queries).encode())
    found = answers(done.stdout)
    assert [answer["query"] for answer in found] == queries
    for answer, query in list(zip(found, queries, strict=True))[::7]:
        assert [hit["code"] for hit in answer["hits"]] == [hit.code for hit in tiny(query, 4)]


# Refusals and failures.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "the query is empty"),
        (["   "], "the query is empty"),
        (["a" * 2001], "2,001 characters"),
        (["a" * 20_000], "20,000 characters"),
        (["😀"], "no Latin letter"),
        (["ألم في الصدر"], "English, Spanish, Catalan, Italian, Portuguese or French"),
        (["I25.99"], "I25.99 is not in"),
        (["ictus", "--chapter", "99"], "chapter '99' does not exist"),
        (["ictus", "--code", "QQQ"], "code filter 'QQQ'"),
        (["ictus", "--limit", "0"], "limit is 0"),
        (["ictus", "--limit", "1001"], "limit is 1001"),
        (["ictus", "--lang", "de"], "lang is 'de'"),
        (["ictus", "--input", "queries.txt"], "both a query ('ictus') and --input queries.txt"),
        (["--input", "/no/such/file"], "--input /no/such/file: no such file"),
        (["--input", "/"], "--input /"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_2(
    run: Run, tiny_folder: Path, arguments: list[str], said: str
) -> None:
    done = run("search", "--assets", tiny_folder, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in only_line(done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ictus", "--limit", "many"],
        ["ictus", "--nonsense"],
        ["ictus", "--threads", "0"],
        ["ictus", "--rerank", "21"],
    ],
)
def test_an_option_out_of_form_exits_with_2(run: Run, arguments: list[str]) -> None:
    done = run("search", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert arguments[1] in only_line(done.stderr)


@pytest.mark.parametrize("given", [b"ictus\nhip fracture\n", b"ictus"])
def test_an_unknown_filter_with_lines(run: Run, tiny_folder: Path, given: bytes) -> None:
    done = run("search", "--assets", tiny_folder, "--chapter", "99", "--json", given=given)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "chapter '99'" in only_line(done.stderr)


def test_control_characters_reach_no_terminal(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, given=b"ictus\x1b[2J\nhip\x07 fracture\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert b"\x07" not in done.stdout


def test_a_prior_that_is_not_there(run: Run, tiny_folder: Path, tmp_path: Path) -> None:
    done = run("search", "--assets", tiny_folder, "--prior", tmp_path / "none.npz", "ictus")
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"{tmp_path / 'none.npz'}: no such prior" in only_line(done.stderr)


@pytest.mark.parametrize(
    "name", ["encoder.onnx", "catalog.db", "vectors.npy", "manifest.json", "reranker.onnx", "ranking.json"]
)
def test_damaged_assets_are_one_line_and_exit_1(run: Run, tiny_copy: Path, name: str) -> None:
    path = tiny_copy / name
    path.write_bytes(path.read_bytes()[:-40])
    done = run("search", "--assets", tiny_copy, "ictus")
    assert (done.returncode, done.stdout) == (1, b"")
    line = only_line(done.stderr)
    assert name in line
    assert "damaged" in line
    assert "codilingua build" in line


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_folder_without_assets(run: Run, tmp_path: Path, way: str) -> None:
    if way == "option":
        done = run("search", "--assets", tmp_path / "none", "ictus")
    else:
        done = run("search", "ictus", variables={"CODILINGUA_ASSETS": str(tmp_path / "none")})
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"{tmp_path / 'none'}: no assets here" in only_line(done.stderr)


def test_assets_by_the_environment(run: Run, tiny_folder: Path) -> None:
    variables = {"CODILINGUA_ASSETS": str(tiny_folder), "CODILINGUA_THREADS": "1"}
    done = run("search", "--json", "ictus", variables=variables)
    assert done.returncode == 0
    assert answers(done.stdout)[0]["hits"][0]["code"] == "I63.9"


def test_a_useless_number_of_threads(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "ictus", variables={"CODILINGUA_THREADS": "abc"})
    assert (done.returncode, done.stdout) == (2, b"")
    assert "CODILINGUA_THREADS is 'abc'" in only_line(done.stderr)


def test_no_home_is_needed(run: Run, tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    # A path under a file can be neither made nor written to, by root either.
    nowhere = str(tmp_path / "file" / "home")
    variables = {"HOME": nowhere, "XDG_CACHE_HOME": nowhere, "XDG_CONFIG_HOME": nowhere}
    done = run("search", "--assets", tiny_folder, "ictus", variables=variables)
    assert (done.returncode, done.stderr) == (0, b"")


def test_nothing_is_left_in_the_home_folder(run: Run, tiny_folder: Path, tmp_path: Path) -> None:
    variables = {"HOME": str(tmp_path), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
    assert run("search", "--assets", tiny_folder, "ictus", variables=variables).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_an_argument_that_is_not_utf8(run: Run, tiny_folder: Path) -> None:
    done = run("search", "--assets", tiny_folder, "--json", b"cad\xe9ra fracture")
    assert done.returncode == 2
    assert "UTF-8" in only_line(done.stderr)


def test_json_is_utf8_whatever_the_terminal_says(run: Run) -> None:
    variables = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = run("search", "--json", "-n", "2", "dolor torácico", variables=variables)
    assert done.returncode == 0
    assert answers(done.stdout)[0]["query"] == "dolor torácico"


# Streams that end early.


def test_a_broken_pipe_is_quiet(
    environment: Callable[..., dict[str, str]], tiny_folder: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "codilingua", "search", "--assets", tiny_folder, "--json"]
    (tmp_path / "queries.txt").write_text("hip fracture\n" * 2000)
    process = subprocess.Popen(
        [*command, "-i", tmp_path / "queries.txt"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert json.loads(process.stdout.readline())["query"] == "hip fracture"
    process.stdout.close()
    with process.stderr as stderr:
        said = stderr.read()
    assert process.wait(60) == 1
    assert said == b""


def test_ctrl_c_leaves_what_is_done(
    environment: Callable[..., dict[str, str]], tiny_folder: Path, tmp_path: Path
) -> None:
    """The signal comes while the batch runs: after the first chunk is out, long before the last."""
    command = [sys.executable, "-m", "codilingua", "search", "--assets", tiny_folder, "--json"]
    (tmp_path / "queries.txt").write_text("hip fracture\n" * 200_000)
    with (tmp_path / "out.jsonl").open("wb") as out:
        process = subprocess.Popen(
            [*command, "-i", tmp_path / "queries.txt"], stdout=out, stderr=subprocess.PIPE, env=environment()
        )
    deadline = time.monotonic() + 60
    while (tmp_path / "out.jsonl").stat().st_size == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    printed = (tmp_path / "out.jsonl").read_text("utf-8")
    assert printed.endswith("\n")
    found = answers(printed)
    assert 0 < len(found) < 200_000
    assert all(len(answer["hits"]) == 10 for answer in found)
    line = only_line(said)
    assert "queries are done and printed" in line
    # The signal may come between an answer and its being counted.
    assert len(found) - int(line.split("stopped; ")[1].split()[0]) in (0, 1)


def test_a_bar_on_the_terminal_takes_no_answer(
    environment: Callable[..., dict[str, str]], tiny_folder: Path, tmp_path: Path
) -> None:
    """Standard error is a terminal, standard output a file: the bar goes to one, all answers to the other."""
    (tmp_path / "queries.txt").write_text("hip fracture\nictus\n" * 200)
    command = [sys.executable, "-m", "codilingua", "search", "--assets", tiny_folder, "--json"]
    master, terminal = pty.openpty()
    with (tmp_path / "out.jsonl").open("wb") as out:
        process = subprocess.Popen(
            [*command, "-i", tmp_path / "queries.txt"], stdout=out, stderr=terminal, env=environment()
        )
        os.close(terminal)
        said = b""
        # The far end of a terminal that is closed reads as an error, not as an end.
        with contextlib.suppress(OSError):
            while chunk := os.read(master, 4096):
                said += chunk
        os.close(master)
    assert process.wait(60) == 0
    assert b"searching" in said
    assert b'"query"' not in said
    assert len(answers((tmp_path / "out.jsonl").read_bytes())) == 400
