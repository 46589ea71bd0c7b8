"""The variants and corpora in; a trained and scored encoder each, kept in a work folder, out."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.ablations.variants import REGISTER, REGISTERS, Variant
from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import CodilinguaError
from codilingua.synth.choose import tabular

Sets = list[dict[str, Any]]
"""Scores of one variant, a row a set."""

CATALOG = Path("build/ranker/catalog.db")
_PAIRS = ["data/pairs/train.tsv", "data/use/conventions.tsv"]
_DEVELOPMENT = Path("data/pairs/dev.tsv")
_CORPORA = ("codiesp", "disease-ontology", "distemist", "hpo")
_TOP = {"base": "e5-small", "layers": 6, "temperature": 0.03, "across": 0.3, "synonyms": 0.15}
_OPTIMISER = {"epochs": 1, "batch": 512, "learning_rate": 2e-4}


def run_all(
    variants: list[Variant],
    known: Mapping[str, Sets],
    data_dir: Path,
    work: Path,
    say: Callable[[str], None],
) -> Iterator[tuple[str, Sets]]:
    """Train and score what is not known yet; broken off, the same call goes on.

    :param known: scores of earlier runs, by variant.
    :return: each variant's name and the scores of its sets, as ``codilingua train score`` writes them.
    :raises CodilinguaError: when one of the commands fails; it has said why.
    """
    work.mkdir(parents=True, exist_ok=True)
    missing = {variant.name for variant in variants} - known.keys()
    # Of a run that others go on from, the model is needed even where its scores are known.
    needed = missing | {v.base or v.model or v.name for v in variants if v.name in missing}
    for number, variant in enumerate(variants, 1):
        if variant.name not in needed:
            yield variant.name, known[variant.name]
            continue
        scored = work / variant.name / "score.json"
        if not scored.is_file():
            say(f"{number} of {len(variants)}: {variant.name}")
            _run(variant, data_dir, work)
        yield variant.name, json.loads(scored.read_text("utf-8"))["sets"]


def _run(variant: Variant, data_dir: Path, work: Path) -> None:
    folder = work / variant.name
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.write_text(toml(settings(variant, data_dir, work)), "utf-8")
    model = work / (variant.model or variant.name) / "model"
    if variant.base is not None and variant.mined:
        mined = work / variant.base / "mined.npz"
        if not mined.is_file():
            part = mined.with_suffix(".part")
            _command(
                "mine",
                config.parent.parent / variant.base / "config.toml",
                "--out",
                part,
                "--model",
                work / variant.base / "model",
            )
            os.replace(part, mined)
    if variant.model is None and not (model / "run.json").is_file():
        _command("biencoder", config, "--out", model)
    part = folder / "score.part"
    held_out = [_DEVELOPMENT, *(register_sets(work) if variant.by_register else [])]
    data = [word for path in held_out for word in ("--data", path)]
    corpora = [word for name in _CORPORA for word in ("--corpus", name)]
    _command(
        "score",
        config,
        "--model",
        model,
        *data,
        *corpora,
        "--data-dir",
        data_dir,
        "--out",
        part,
    )
    os.replace(part, folder / "score.json")


def settings(variant: Variant, data_dir: Path, work: Path) -> dict[str, Any]:
    """The config of a run, as ``pipelines/configs`` has them."""
    top: dict[str, Any] = {**_TOP, **variant.top}
    if variant.base is not None:
        # The layers were counted when its base was made.
        top = {**top, "base": str(work / variant.base / "model")}
        del top["layers"]
    if variant.base is not None and variant.mined:
        top["mined"] = str(work / variant.base / "mined.npz")
    pairs = list(_PAIRS)
    if variant.clinical:
        pairs.append(str(clinical_pairs(data_dir, work)))
    data = {
        "catalog": str(CATALOG),
        "pairs": pairs,
        "held_out": [str(_DEVELOPMENT), "data/pairs/test.tsv"],
        **variant.data,
    }
    return {**top, "data": data, "optimiser": {**_OPTIMISER, **variant.optimiser}}


def register_sets(work: Path) -> list[Path]:
    """The factory's development phrases, a file of each register in the work folder."""
    head, *lines = _DEVELOPMENT.read_text("utf-8").splitlines(keepends=True)
    column = head.split("\t").index("register")
    paths = []
    for register in REGISTERS:
        paths.append(work / f"{REGISTER}{register}.tsv")
        own = [line for line in lines if line.split("\t")[column] == register]
        paths[-1].write_text("".join([head, *own]), "utf-8")
    return paths


def clinical_pairs(data_dir: Path, work: Path) -> Path:
    """CodiEsp train as a file of pairs, each mention and code once; codes that the catalog does not have are
    left out. It stays in the work folder.
    """
    with (data_dir / "codiesp" / "train.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        found = sorted({(row["mention"], row["code"]) for row in rows})
    with Catalog.open(Assets.shipped().catalog) as catalog:
        pairs = [(mention, code) for mention, code in found if tabular(catalog, code) is not None]
    path = work / "codiesp-train.tsv"
    lines = ["query\tcodes\tlang\tregister", *(f"{mention}\t{code}\tes\tclinical" for mention, code in pairs)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def toml(values: Mapping[str, Any]) -> str:
    """Values and one level of tables as TOML: JSON writes texts, numbers and lists the same way."""
    plain = [
        f"{name} = {json.dumps(value)}" for name, value in values.items() if not isinstance(value, Mapping)
    ]
    tables = [f"\n[{name}]\n{toml(value)}" for name, value in values.items() if isinstance(value, Mapping)]
    return "\n".join(plain) + "\n" + "".join(tables)


def _command(name: str, *arguments: object) -> None:
    words = [sys.executable, "-m", "codilingua", "train", name, *map(str, arguments)]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise CodilinguaError(
            f"codilingua train {name} ended with {done.returncode}; mend that, then run again"
        )
