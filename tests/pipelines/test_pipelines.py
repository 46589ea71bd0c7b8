"""The scripts of the recipe: each command and option of them exists, and full.sh does what is left to do."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from codilingua.train.config import BiencoderConfig, CrossencoderConfig, read_config

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "pipelines").glob("*.sh"))
CONFIGS = sorted((ROOT / "pipelines" / "configs").glob("*.toml"))

Run = Callable[..., subprocess.CompletedProcess[bytes]]


def commands(script: Path) -> list[list[str]]:
    """The words of each call of codilingua, its lines joined."""
    text = script.read_text("utf-8").replace("\\\n", " ")
    lines = [re.fullmatch(r'\s*(?:"\$CODILINGUA"|\$TRAIN) (.+)', line) for line in text.splitlines()]
    return [shlex.split(line[1]) for line in lines if line is not None]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_stop_at_the_first_error(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text("utf-8").splitlines()
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("name", ["smoke.sh", "full.sh"])
def test_every_option_exists(run: Run, name: str) -> None:
    found = commands(ROOT / "pipelines" / name)
    assert len(found) >= 9
    for words in found:
        depth = 2 if words[0] in ("train", "catalog") else 1
        options = {word for word in words if word.startswith("--")}
        said = run(*words[:depth], "--help", variables={"COLUMNS": "200"})
        assert said.returncode == 0
        known = set(re.findall(r"--[a-z0-9-]+", said.stdout.decode()))
        assert options <= known, words[:depth]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_configs_are_read_and_name_files_that_are_there(path: Path) -> None:
    config = read_config(path, CrossencoderConfig if "crossencoder" in path.name else BiencoderConfig)
    for file in (*config.data.pairs, *config.data.held_out):
        assert (ROOT / file).is_file()


def test_files_that_the_toy_needs() -> None:
    for name in ("catalog.csv", "pairs.tsv", "dev.tsv", "tiers.tsv"):
        assert (ROOT / "examples" / "ranker" / name).is_file()


# full.sh, over a stand-in that writes what each command would.

STAND_IN = r"""#!/usr/bin/env bash
echo "$*" >> calls
while [ $# -gt 0 ]; do
    case "$1" in
        catalog | biencoder | mine | crossencoder | projection | build | gate) task="${task:-$1}" ;;
        --out) out="$2" ;;
        --model) model="$2" ;;
        --assets) assets="$2" ;;
    esac
    shift
done
case "$task" in
    catalog | mine) echo made > "$out" ;;
    biencoder | crossencoder) mkdir -p "$out" && echo made > "$out/run.json" ;;
    projection) echo made > "$model/projection.npy" ;;
    build) mkdir -p "$out" && rm -f "$out/ranking.json" && echo made > "$out/encoder.onnx" \
        && date +%N > "$out/manifest.json" ;;
    gate) echo made > "$assets/ranking.json" && date +%N > "$assets/manifest.json" ;;
esac
[ "$task" != "${FAILS:-}" ]
"""

STEPS = [
    *("train catalog", "train biencoder", "train mine", "train biencoder", "train mine"),
    *("train crossencoder", "train projection", "build", "train gate"),
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script, and nothing else that it could do harm to."""
    (tmp_path / "pipelines").mkdir()
    shutil.copy(ROOT / "pipelines" / "full.sh", tmp_path / "pipelines")
    (tmp_path / "data" / "terms").mkdir(parents=True)
    for lang in ("es", "it"):
        (tmp_path / "data" / "terms" / f"{lang}.tsv").touch()
    (tmp_path / "stand-in").write_text(STAND_IN, "utf-8")
    (tmp_path / "stand-in").chmod(0o755)
    shipped = tmp_path / "src" / "codilingua" / "assets"
    shipped.mkdir(parents=True)
    (shipped / "prior.npy").write_text("of the assets before", "utf-8")
    return tmp_path


def full(checkout: Path, **variables: str) -> tuple[int, list[str]]:
    """Exit status, and the commands that were run."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("FORCE", "DATA", "TORCHRUN", "INTO")
    }
    (checkout / "calls").write_text("", "utf-8")
    done = subprocess.run(
        ["bash", "pipelines/full.sh"],
        cwd=checkout,
        env={**kept, "CODILINGUA": "./stand-in", **variables},
        capture_output=True,
        timeout=60,
    )
    return done.returncode, (checkout / "calls").read_text("utf-8").splitlines()


def names(calls: list[str]) -> list[str]:
    return [" ".join(call.split()[: 2 if call.startswith("train") else 1]) for call in calls]


def test_all_steps_once(checkout: Path) -> None:
    status, calls = full(checkout)
    assert status == 0
    assert names(calls) == STEPS
    build, gate = calls[-2:]
    assert "--terms data/terms/es.tsv --terms data/terms/it.tsv" in build
    assert gate.endswith("--corpus codiesp --report results/gate")
    shipped = checkout / "src" / "codilingua" / "assets"
    assert {path.name for path in shipped.iterdir()} == {"encoder.onnx", "ranking.json", "manifest.json"}
    assert full(checkout) == (0, [])


def test_what_is_done_is_left_out_and_what_follows_is_done_again(checkout: Path) -> None:
    full(checkout)
    (checkout / "build" / "ranker" / "crossencoder" / "run.json").unlink()
    status, calls = full(checkout)
    assert status == 0
    assert names(calls) == STEPS[5:]
    assert names(full(checkout, FORCE="1")[1]) == STEPS


@pytest.mark.parametrize(("fails", "done"), [("catalog", 1), ("mine", 3), ("crossencoder", 6), ("gate", 9)])
def test_a_step_that_fails_stops_it(checkout: Path, fails: str, done: int) -> None:
    status, calls = full(checkout, FAILS=fails)
    assert status != 0
    assert names(calls) == STEPS[:done]
    assert (checkout / "src" / "codilingua" / "assets" / "prior.npy").is_file()


def test_hard_negatives_that_were_broken_off_are_mined_again(checkout: Path) -> None:
    full(checkout, FAILS="mine")
    assert names(full(checkout)[1]) == STEPS[2:]


def test_corpora_that_must_be_asked_for(checkout: Path) -> None:
    _, calls = full(checkout, DATA="/corpora")
    assert "--corpus distemist --data-dir /corpora --report" in calls[-1]


def test_several_processes_train_and_one_does_all_else(checkout: Path) -> None:
    (checkout / "several").write_text('#!/usr/bin/env bash\n./stand-in "several: $1"; ./stand-in "${@:2}"\n')
    (checkout / "several").chmod(0o755)
    _, calls = full(checkout, TORCHRUN="./several 4")
    after = [second for first, second in pairwise(calls) if first == "several: 4"]
    assert names(after) == ["train biencoder", "train biencoder", "train crossencoder"]
