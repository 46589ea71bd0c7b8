"""The release and machine-made names in; the catalog that the ranker learns from and searches, out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from codilingua.catalog.sources import ImportRequest, import_catalog
from codilingua.catalog.tabular import compile_release
from codilingua.errors import SourceError, UsageError
from codilingua.near import NearTexts
from codilingua.tables import read_columns


def build_catalog(
    out: Path, labels: Sequence[Path], names: Sequence[Path] = (), held_out: Sequence[Path] = ()
) -> int:
    """Compile the release from ``simple-icd-10-cm``, and add names to it.

    :param labels: folders of ``LANG.tsv``, columns ``code`` and ``title``; titles before other names.
    :param names: tables of several languages, columns ``lang``, ``term`` and ``code``.
    :param held_out: development and test phrases, columns ``query`` and ``lang``: of ``names`` what is near
        to one of them is left out, so that a test measures the ranker and not a list that holds its answers.
    :return: how many names were left out.
    :raises MissingExtra: when ``simple-icd-10-cm`` is not installed.
    :raises SourceError: when a file is wrong.
    :raises UsageError: when a folder has no labels, or ``out`` cannot be written.
    """
    files = [file for folder in labels for file in label_files(folder)]
    phrases = [row for path in held_out for _, row in read_columns(path, ("query", "lang"))]
    langs = {lang for _, lang in phrases}
    near = {lang: NearTexts([text for text, other in phrases if other == lang]) for lang in langs}
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".catalog-") as folder:
            made = Path(folder, "catalog.db")
            compile_release(made)
            for file in files:
                add_labels(made, file)
            left_out = sum(_add_names(made, path, near, Path(folder)) for path in names)
            os.replace(made, out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    return left_out


def label_files(folder: Path) -> list[Path]:
    """:raises UsageError: when there is none."""
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise UsageError(
            f"{folder}: no label file LANG.tsv in this folder; give another or leave --labels out"
        )
    return files


def add_labels(catalog: Path, file: Path, skip_unknown: bool = False, lang: str | None = None) -> None:
    """Add the machine-made labels of one ``LANG.tsv`` to a catalog file.

    :param skip_unknown: leave out the labels of codes that the catalog does not have.
    :param lang: their language; None for the file's name.
    :raises SourceError: when the file is wrong, or names a code that the catalog does not have.
    """
    import_catalog(
        ImportRequest(
            source=file,
            out=catalog,
            format="csv",
            add_to=catalog,
            origin="machine",
            lang=lang or file.stem,
            force=True,
            skip_unknown=skip_unknown,
        )
    )


def _add_names(catalog: Path, path: Path, near: dict[str, NearTexts], folder: Path) -> int:
    rows = [row for _, row in read_columns(path, ("lang", "term", "code"))]
    if not rows:
        raise SourceError(path, None, "a header but no rows")
    kept = [row for row in rows if row[0] not in near or near[row[0]].find(row[1]) is None]
    for lang in sorted({lang for lang, _, _ in kept}):
        file = folder / f"{lang}.tsv"
        lines = [f"{code}\t{term}\n" for other, term, code in kept if other == lang]
        file.write_text("code\ttitle\n" + "".join(lines), "utf-8")
        add_labels(catalog, file)
    return len(rows) - len(kept)
