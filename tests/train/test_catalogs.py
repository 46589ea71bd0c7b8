"""The catalog that a ranker learns from: the release, labels and names, but for what a test asks about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, UsageError
from codilingua.train.catalogs import build_catalog, label_files

LABELS = "code\ttitle\nI10\thipertensión arterial\nI63.9\tictus\n"
NAMES = [
    ("es", "tensión alta", "I10"),
    ("es", "dolor de cabeza", "R51.9"),  # a plural away from what is held out
    ("fr", "dolores de cabeza", "R51.9"),  # the same, but in another language
    ("es", "dolor de pecho", "R07.9"),
    ("ca", "feridura", "I63.9"),
]
HELD_OUT = [("Dolores de CABEZA", "es"), ("crise cardiaque", "fr")]


@dataclass(frozen=True, slots=True)
class Sources:
    labels: Path
    names: Path
    held_out: Path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("sources")
    made = Sources(folder / "labels", folder / "names.tsv", folder / "dev.tsv")
    made.labels.mkdir()
    (made.labels / "es.tsv").write_text(LABELS, "utf-8")
    rows = ["lang\tterm\tcode", *("\t".join(row) for row in NAMES)]
    made.names.write_text("\n".join(rows) + "\n", "utf-8")
    rows = ["query\tlang", *("\t".join(row) for row in HELD_OUT)]
    made.held_out.write_text("\n".join(rows) + "\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def built(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The file, in a folder that was not there, and how many names were left out. Takes ten seconds."""
    out = tmp_path_factory.mktemp("built") / "new" / "catalog.db"
    return out, build_catalog(out, [sources.labels], [sources.names], [sources.held_out])


def texts(catalog: Catalog, code: str, lang: str) -> list[str]:
    return [label.text for label in catalog.get(code).labels if label.lang == lang]


def test_what_is_near_to_held_out_phrases_is_left_out_and_counted(built: tuple[Path, int]) -> None:
    path, left_out = built
    assert left_out == 1
    with Catalog.open(path) as catalog:
        assert texts(catalog, "R51.9", "es") == []
        assert texts(catalog, "R51.9", "fr") == ["dolores de cabeza"]
        assert texts(catalog, "R07.9", "es") == ["dolor de pecho"]
        assert texts(catalog, "I63.9", "ca") == ["feridura"]


def test_labels_come_before_names_and_say_where_they_come_from(built: tuple[Path, int]) -> None:
    with Catalog.open(built[0]) as catalog:
        assert len(catalog) == 46_881
        assert texts(catalog, "I10", "es") == ["hipertensión arterial", "tensión alta"]
        added = [label for label in catalog.get("I10").labels if label.lang == "es"]
        assert {label.origin for label in added} == {"machine"}
        assert catalog.get("I10").title == "Essential (primary) hypertension"
    assert [path.name for path in built[0].parent.iterdir()] == ["catalog.db"]


def test_a_build_that_is_broken_off_leaves_the_old_file(sources: Sources, tmp_path: Path) -> None:
    out, names = tmp_path / "catalog.db", tmp_path / "names.tsv"
    out.write_bytes(b"the old one")
    names.write_text("lang\tterm\tcode\nes\ttensión alta\tI10\nes\tnada\tQ99.99\n", "utf-8")
    with pytest.raises(SourceError, match=r"Q99\.99"):
        build_catalog(out, [sources.labels], [names])
    assert out.read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog.db", "names.tsv"]


def test_a_folder_without_labels_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "README.md").write_text("nothing", "utf-8")
    for folder in (tmp_path / "labels", tmp_path / "missing"):
        with pytest.raises(UsageError, match=r"no label file LANG\.tsv .* leave --labels out"):
            build_catalog(tmp_path / "out" / "catalog.db", [folder])
    assert not (tmp_path / "out").exists()


def test_held_out_files_without_their_columns_are_refused(sources: Sources, tmp_path: Path) -> None:
    held_out = tmp_path / "dev.tsv"
    held_out.write_text("phrase\tlang\nfebre\tca\n", "utf-8")
    with pytest.raises(SourceError, match=r"dev\.tsv:1: no column 'query'"):
        build_catalog(tmp_path / "catalog.db", [sources.labels], [sources.names], [held_out])
    assert not (tmp_path / "catalog.db").exists()


def test_label_files_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("it.tsv", "ca.tsv", "PROMPT.md", "es.tsv"):
        (tmp_path / name).write_text("code\ttitle\n", "utf-8")
    assert [path.stem for path in label_files(tmp_path)] == ["ca", "es", "it"]
