"""The name of a corpus in; its test sets out, read from a folder or downloaded from the publisher."""

from __future__ import annotations

from pathlib import Path

from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.evaluate.testsets.corpora import codiesp, disease_ontology, distemist, hpo, trial
from codilingua.evaluate.testsets.corpora.base import Corpus, Progress
from codilingua.evaluate.testsets.sets import QuerySet

CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (codiesp.CORPUS, distemist.CORPUS, disease_ontology.CORPUS, hpo.CORPUS, trial.CORPUS)
}
"""Every corpus that has a name."""


def load_corpus(
    name: str,
    folder: Path | None,
    catalog: Catalog,
    cache: Path,
    progress: Progress | None = None,
) -> tuple[QuerySet, ...]:
    """
    :param folder: where the files are; None to download them into ``cache``, once.
    :param progress: told what is downloaded, before it is: size, checksum, licence.
    :raises UsageError: when there is no such corpus, a file is missing, or it cannot be downloaded by
        program and has to be given.
    :raises SourceError: when a file is not what it should be.
    :raises AssetError: when a download fails or a downloaded file is damaged.
    """
    corpus = CORPORA.get(name)
    if corpus is None:
        raise UsageError(f"no corpus {name!r}: there are {', '.join(CORPORA)}")
    if folder is not None:
        return corpus.read(folder, catalog)
    if corpus.fetch is None:
        raise UsageError(
            f"{name} cannot be downloaded by this program: give the folder that holds it with --data-dir "
            f"(from {corpus.url or 'its owner'}; see docs/corpora.md)"
        )
    kept = cache / "corpora" / name
    corpus.fetch(kept, progress)
    return corpus.read(kept, catalog)
