"""Systems by name, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import MissingExtra, UsageError
from codilingua.evaluate.systems import OURS, SYSTEMS, Opening, SystemSpec, open_system, parse_system
from codilingua.evaluate.systems.candidates import Candidates, read_candidates


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("minilm", SystemSpec("minilm", "official"), "minilm"),
        ("minilm@official", SystemSpec("minilm", "official"), "minilm"),
        (" minilm@all ", SystemSpec("minilm", "all"), "minilm@all"),
        ("codilingua", SystemSpec(OURS, "all"), OURS),
        ("hf:BAAI/bge-m3@titles", SystemSpec("hf:BAAI/bge-m3", "titles"), "hf:BAAI/bge-m3@titles"),
    ],
)
def test_names(text: str, expected: SystemSpec, written: str) -> None:
    spec = parse_system(text)
    assert spec == expected
    assert str(spec) == written
    assert parse_system(written) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("minillm", "system 'minillm' does not exist: there are codilingua-gated"),
        ("", "system '' does not exist"),
        ("minilm@", "after @ stands titles, official, all"),
        ("minilm@most", "no texts 'most'"),
        ("@all", "system '' does not exist"),
    ],
)
def test_wrong_names(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_system(text)


def test_every_entry_is_complete() -> None:
    for name, entry in SYSTEMS.items():
        assert entry.title, name
        assert entry.about, name
        assert entry.licence, name
        assert parse_system(name) == SystemSpec(name, entry.surfaces)


@pytest.fixture(scope="module")
def candidates(tiny_folder: Path) -> Candidates:
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        return read_candidates(catalog, "titles")


def test_a_missing_package_is_named(
    candidates: Candidates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None in sys.modules is how Python notes that a module cannot be imported.
    monkeypatch.setitem(sys.modules, "bm25s", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "bm25s" else object())
    monkeypatch.setattr("codilingua.extras.find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"bm25s not installed: run  pip install 'codilingua\[eval\]'"):
        open_system(parse_system("bm25"), candidates, Opening(None, tmp_path))
