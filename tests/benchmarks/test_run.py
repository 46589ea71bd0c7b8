"""The whole run on a small scale, without the peers, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codilingua.artifacts import Assets

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "run.py"


RERANKS = Assets.shipped().reranker.is_file()
RERANKED = {"query.codilingua-reranked-20.median", "batch.codilingua-reranked"}
UNMEASURED = {"query.ratio", "size.wheel"} | (set() if RERANKS else RERANKED)


def start(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | variables, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where a quick run has written, and what it said."""
    folder = tmp_path_factory.mktemp("bench")
    done = start("--quick", "--no-peer", "--out", str(folder), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


@pytest.fixture(scope="module")
def out(quick: tuple[Path, str]) -> Path:
    return quick[0]


@pytest.fixture(scope="module")
def said(quick: tuple[Path, str]) -> str:
    return quick[1]


@pytest.fixture(scope="module")
def results(out: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((out / "results.json").read_text("utf-8"))
    return content


def numbers(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {number["key"]: number for group in results["groups"] for number in group["numbers"]}


def test_every_number_is_positive_and_has_a_unit(results: dict[str, Any]) -> None:
    found = numbers(results)
    assert len(found) == sum(len(group["numbers"]) for group in results["groups"])
    assert all(number["value"] > 0 and number["unit"] for number in found.values())


def test_every_target_but_the_peers_and_the_wheels_is_measured_in_its_unit(results: dict[str, Any]) -> None:
    found = numbers(results)
    for target in results["targets"]:
        if target["key"] in found:
            assert found[target["key"]]["unit"] == target["unit"]
        else:
            assert target["key"] in UNMEASURED


@pytest.mark.skipif(not RERANKS, reason="the shipped assets have no reranker")
def test_reading_more_codes_again_takes_longer(results: dict[str, Any]) -> None:
    found = {key: number["value"] for key, number in numbers(results).items()}
    assert found["query.codilingua-reranked-20.median"] > found["query.codilingua.median"]
    assert found["batch.codilingua-reranked"] < found["batch.codilingua"]


def test_what_cannot_be_reranked_is_said(said: str) -> None:
    assert ("no reranker in the assets: nothing reranked is measured" in said) is not RERANKS


def test_every_file_that_ships_has_its_size(results: dict[str, Any]) -> None:
    found = numbers(results)
    sizes = {path.name: path.stat().st_size / 1e6 for path in Assets.shipped().files}
    assert {name: found[f"size.{name}"]["value"] for name in sizes} == sizes
    assert found["size.assets"]["value"] == pytest.approx(sum(sizes.values()))


def test_numbers_are_of_the_size_that_their_units_say(results: dict[str, Any]) -> None:
    found = numbers(results)
    # A mix-up of seconds and milliseconds, or of bytes and megabytes, would be out by 1,000 or more.
    assert 1 < found["query.codilingua.median"]["value"] < 2000
    assert 0.005 < found["cold.python"]["value"] < found["cold.pipe"]["value"] < 30
    assert 1 < found["cold.catalog"]["value"] < 5000
    assert 50 < found["memory.search"]["value"] < 2000
    assert 30 < found["size.assets"]["value"] < 95


def test_the_report_is_made_from_the_results_alone(out: Path, tmp_path: Path) -> None:
    done = start("--render", str(out / "results.json"), "--out", str(tmp_path), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.md").read_text("utf-8") == (out / "report.md").read_text("utf-8")


def test_a_quick_run_says_so_and_draws_nothing(out: Path, results: dict[str, Any]) -> None:
    assert results["quick"] is True
    assert "too few repetitions to quote" in (out / "report.md").read_text("utf-8")
    assert not list(out.glob("*.png"))


def test_a_missing_peer_names_the_pip_command(tmp_path: Path) -> None:
    # Where sentence-transformers is installed, its absence is made up; the rest is as it is.
    code = (
        "import runpy, sys, importlib.util as u; real = u.find_spec;"
        "u.find_spec = lambda name, *rest: None if name == 'sentence_transformers' else real(name, *rest);"
        f"sys.argv = ['run.py', '--quick', '--out', {str(tmp_path)!r}];"
        f"sys.path.insert(0, ''); runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "pip install 'codilingua[bench,train]'" in done.stderr
    assert "--no-peer" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cores", ["0", "two"])
def test_a_wrong_number_of_cores_is_refused(cores: str, tmp_path: Path) -> None:
    done = start("--cores", cores, "--out", str(tmp_path), cwd=ROOT)
    assert done.returncode == 2
    assert cores in done.stderr
