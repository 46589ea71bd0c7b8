"""``codilingua train`` as a user starts it: what is wrong is said in a line, and the paper's set-up runs."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.train.config import BiencoderConfig, CrossencoderConfig, read_config

Run = Callable[..., subprocess.CompletedProcess[bytes]]
Environment = Callable[..., dict[str, str]]

ROOT = Path(__file__).parents[2]
_LONGEST = 600
"""Seconds after which a child is taken to hang."""

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="training needs torch: pip install 'codilingua[train]'"
)

PHRASES = (
    ("high blood pressure", "I10", "en"),
    ("tengo la tensión alta", "I10", "es"),
    ("pressione alta", "I10", "it"),
    ("angor instable", "I20.0", "fr"),
    ("angina de Prinzmetal", "I20.1", "pt"),
    ("angina", "I20.9", "en"),
    ("m'ha agafat un infart", "I21.9", "ca"),
    ("crise cardiaque", "I21.9", "fr"),
    ("tuve un infarto hace diez años", "I25.2", "es"),
    ("feridura", "I63.9", "ca"),
    ("had a stroke", "I63.9", "en"),
    ("fx maluc", "S72.009", "ca"),
    ("broken hip, left", "S72.002A", "en"),
    ("varias costillas rotas", "S22.49", "es"),
)


def write_pairs(path: Path, rows: tuple[tuple[str, str, str], ...] = PHRASES) -> Path:
    path.write_text("\n".join(["query\tcodes\tlang", *("\t".join(row) for row in rows)]) + "\n", "utf-8")
    return path


def write_config(folder: Path, catalog: Path, base: str, optimiser: str = "") -> Path:
    path = folder / "config.toml"
    pairs = write_pairs(folder / "pairs.tsv")
    data = f'[data]\ncatalog = "{catalog}"\npairs = ["{pairs}"]\n'
    path.write_text(f'base = "{base}"\n{data}\n[optimiser]\n{optimiser}\n', "utf-8")
    return path


def refused(done: subprocess.CompletedProcess[bytes], status: int = 1) -> str:
    """The one line on standard error."""
    assert (done.returncode, done.stdout) == (status, b""), done.stderr.decode()
    (line,) = done.stderr.decode().splitlines()
    return line


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a RoBERTa of random weights and its byte-level BPE, as a hub has them."""
    torch = pytest.importorskip("torch")
    from tokenizers import ByteLevelBPETokenizer, Tokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import RobertaConfig, RobertaModel

    trained = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    texts = [text for text, _, _ in PHRASES]
    trained.train_from_iterator(texts, 300, special_tokens=special, show_progress=False)
    tokenizer = Tokenizer.from_str(trained.to_str())
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    torch.manual_seed(7)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=130,
    )
    folder = tmp_path_factory.mktemp("roberta")
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_the_papers_stages_learn_from_the_same_phrases() -> None:
    """Mined for other phrases, the negatives would be refused."""
    folder = ROOT / "pipelines" / "configs"
    first = read_config(folder / "paper-biencoder.toml", BiencoderConfig)
    second = read_config(folder / "paper-crossencoder.toml", CrossencoderConfig)
    assert first.data == second.data
    assert first.base == second.base == "PlanTL-GOB-ES/bsc-bio-ehr-es"
    assert second.groups == 10_628


@needs_torch
@pytest.mark.parametrize("stage", ["biencoder", "crossencoder"])
def test_a_wrong_config_is_said_in_a_line(run: Run, tmp_path: Path, stage: str) -> None:
    config = tmp_path / "config.toml"
    line = refused(run("train", stage, config, "--out", tmp_path / "out"))
    assert line.startswith(f"codilingua: {config}: ")
    config.write_text("basis = 'e5-small'\n", "utf-8")
    line = refused(run("train", stage, config, "--out", tmp_path / "out"))
    assert line.startswith(f"codilingua: {config}: unknown key basis: known are data, ")
    assert not (tmp_path / "out").exists()


@needs_torch
def test_wrong_data_are_said_in_a_line(run: Run, tiny_folder: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path, Assets(tiny_folder).catalog, "e5-small")
    write_pairs(tmp_path / "pairs.tsv", (("fever", "R50.9", "en"), ("angina", "I20.9", "en")))
    line = refused(run("train", "biencoder", config, "--out", tmp_path / "out"))
    assert (
        line == f"codilingua: {tmp_path / 'pairs.tsv'}:2: unknown code 'R50.9': the catalog has no such code"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.build
def test_interrupted_it_says_how_to_go_on(
    environment: Environment, tiny_folder: Path, roberta: Path, tmp_path: Path
) -> None:
    optimiser = "epochs = 100000\nbatch = 8\ncheckpoint_every = 1"
    config = write_config(tmp_path, Assets(tiny_folder).catalog, str(roberta), optimiser)
    command = [sys.executable, "-m", "codilingua", "train", "biencoder", str(config), "--device", "cpu"]
    command += ["--threads", "1", "--out", str(tmp_path / "out")]
    child = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + _LONGEST
    while not (tmp_path / "out" / "checkpoint.pt").is_file():
        assert child.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGINT)
    out, said = child.communicate(timeout=_LONGEST)
    assert (child.returncode, out) == (130, b"")
    last = said.decode().splitlines()[-1]
    assert last == "codilingua: stopped; the same command goes on from the last checkpoint"
    assert (tmp_path / "out" / "checkpoint.pt").is_file()


@pytest.mark.build
def test_the_papers_set_up_runs(
    environment: Environment, tiny_folder: Path, roberta: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    variables = {
        "BASE": str(roberta),
        "LAYERS": "2",
        "WORK": str(work),
        "DEVICE": "cpu",
        "CATALOG": str(Assets(tiny_folder).catalog),
        "PAIRS": str(write_pairs(tmp_path / "pairs.tsv")),
        "HELD_OUT": str(write_pairs(tmp_path / "held.tsv", (("heart attack", "I21.9", "en"),))),
        "CODILINGUA": f"{sys.executable} -m codilingua",
    }

    def paper() -> subprocess.CompletedProcess[bytes]:
        script = ROOT / "pipelines" / "paper.sh"
        done = subprocess.run(
            ["bash", script], env=environment(**variables), capture_output=True, timeout=_LONGEST
        )
        assert done.returncode == 0, done.stderr.decode()
        return done

    paper()
    for stage in ("biencoder", "crossencoder"):
        card = json.loads((work / stage / "run.json").read_text("utf-8"))
        assert card["config"]["base"] == str(roberta)
        assert 2 <= card["data"]["phrases"] < len(PHRASES)
        assert (work / stage / "model.safetensors").is_file()
        assert not (work / stage / "checkpoint.pt").exists()
    assert (work / "crossencoder" / "head.npz").is_file()
    with np.load(work / "mined.npz") as mined:
        assert len(mined["codes"]) == card["data"]["phrases"]
        assert (mined["codes"] >= 0).any()
    # Started again, there is nothing left to do.
    written = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.suffix != ".toml"}
    assert paper().stderr == b""
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.suffix != ".toml"} == written
