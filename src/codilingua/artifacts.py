"""Every artefact on disk as a frozen layout: its file names, its schema version, its checksums.

The manifest is written last: a folder without one is a folder that was not finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codilingua.errors import AssetError

SCHEMA = 2
"""Grows when a file of the assets changes its form; assets of another version are refused."""

_REBUILD = "install codilingua again, or run  codilingua build"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Assets:
    """What a search is made of, one folder."""

    folder: Path

    @classmethod
    def shipped(cls) -> Assets:
        """The assets inside the installed package."""
        return cls(Path(__file__).with_name("assets"))

    @property
    def catalog(self) -> Path:
        """The compiled catalog (:mod:`codilingua.catalog.store`); it may be gzipped, and ships so."""
        return self.folder / "catalog.db"

    @property
    def encoder(self) -> Path:
        """The sentence encoder, ONNX (:mod:`codilingua.search.encoder`)."""
        return self.folder / "encoder.onnx"

    @property
    def tokenizer(self) -> Path:
        """The encoder's tokenizer, Hugging Face ``tokenizers`` JSON."""
        return self.folder / "tokenizer.json"

    @property
    def vectors(self) -> Path:
        """uint8 [surfaces, dimensions / 2], two components a byte (:mod:`codilingua.search.vectors`)."""
        return self.folder / "vectors.npy"

    @property
    def surfaces(self) -> Path:
        """uint32 [surfaces]: the place in the catalog of each surface's concept."""
        return self.folder / "surfaces.npy"

    @property
    def lexical(self) -> Path:
        """The trigram postings (:mod:`codilingua.search.lexical`)."""
        return self.folder / "lexical.npz"

    @property
    def words(self) -> Path:
        """The word embeddings, 4-bit, that encoder and reranker both read (external data of their ONNX)."""
        return self.folder / "words.bin"

    @property
    def reranker(self) -> Path:
        """The cross-encoder, ONNX (:mod:`codilingua.search.reranker`)."""
        return self.folder / "reranker.onnx"

    @property
    def ranking(self) -> Path:
        """Weights, gate and calibration of each language, JSON (:mod:`codilingua.search.profiles`)."""
        return self.folder / "ranking.json"

    @property
    def languages(self) -> Path:
        """What tells the languages apart (:mod:`codilingua.search.language`)."""
        return self.folder / "languages.npz"

    @property
    def prior(self) -> Path:
        """How much each code is used (:mod:`codilingua.search.prior`)."""
        return self.folder / "prior.npy"

    @property
    def manifest(self) -> Path:
        """Checksums of the files above and where they come from."""
        return self.folder / "manifest.json"

    @property
    def required(self) -> tuple[Path, ...]:
        """What every search needs."""
        return (self.catalog, self.encoder, self.tokenizer, self.vectors, self.surfaces, self.lexical)

    @property
    def optional(self) -> tuple[Path, ...]:
        """What a trained ranker has beside that."""
        return (self.words, self.reranker, self.ranking, self.languages, self.prior)

    @property
    def ranker(self) -> tuple[Path, ...]:
        """What of that is there and serves any catalog: all but the prior of use of one."""
        return tuple(path for path in self.optional if path.is_file() and path != self.prior)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that are there, but the manifest; the required ones whether or not they are."""
        return (*self.required, *(path for path in self.optional if path.is_file()))

    @contextmanager
    def replaced(self, provenance: Mapping[str, object]) -> Iterator[Assets]:
        """Make assets aside and put them here when all are there: a build broken off changes nothing.

        :param provenance: what they are made from and with, for the manifest; anything JSON can hold.
        :return: the folder to make them in, within the final one, made if need be.
        :raises AssetError: when the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".build-") as folder:
                made = Assets(Path(folder))
                yield made
                made.seal(provenance)
                self.manifest.unlink(missing_ok=True)
                for path in self.optional:
                    path.unlink(missing_ok=True)
                for path in (*made.files, made.manifest):
                    os.replace(path, self.folder / path.name)
        except OSError as error:
            message = f"{self.folder}: cannot be written ({error.strerror}); choose another folder"
            raise AssetError(message) from error

    def seal(self, provenance: Mapping[str, object]) -> None:
        """Write the manifest over the finished files, with their checksums."""
        sums = {path.name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for path in self.files}
        content = {"schema": SCHEMA, "provenance": provenance, "files": sums}
        temporary = self.manifest.with_suffix(".tmp")
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
        os.replace(temporary, self.manifest)

    def reseal(self) -> None:
        """Write the manifest anew over files that were added or changed, with the provenance it has.

        :raises AssetError: when there is no manifest, or it cannot be written.
        """
        try:
            provenance = json.loads(self.manifest.read_text("utf-8"))["provenance"]
            self.seal(provenance)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AssetError(f"{self.manifest}: cannot be sealed anew ({error!r:.80}); {_REBUILD}") from error

    def verify(self) -> None:
        """Compare every file with its checksum. Reads all of them, some 60 MB.

        :raises AssetError: when one is missing, damaged or of another schema version.
        """
        for name, (size, digest) in self._read_manifest().items():
            path = self.folder / name
            if not path.is_file():
                raise AssetError(f"{path}: missing; {_REBUILD}")
            if path.stat().st_size != size or sha256(path) != digest:
                raise AssetError(f"{path}: damaged (its checksum differs from the manifest's); {_REBUILD}")

    def _read_manifest(self) -> dict[str, tuple[int, str]]:
        """Name → size in bytes and SHA-256 of each file."""
        if not self.manifest.is_file():
            raise AssetError(f"{self.folder}: no assets here (no {self.manifest.name}); {_REBUILD}")
        try:
            content = json.loads(self.manifest.read_text("utf-8"))
            schema = content["schema"]
            files = {name: (entry["bytes"], entry["sha256"]) for name, entry in content["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise AssetError(f"{self.manifest}: damaged ({error!r}); {_REBUILD}") from error
        if schema != SCHEMA:
            raise AssetError(f"{self.folder}: assets of schema {schema}, where {SCHEMA} is read; {_REBUILD}")
        required = {path.name for path in self.required}
        if not required <= set(files) <= required | {path.name for path in self.optional}:
            raise AssetError(f"{self.manifest}: damaged (it lists {', '.join(files)}); {_REBUILD}")
        return files


def sha256(path: Path) -> str:
    """Checksum of a file of ours, hexadecimal.

    :raises AssetError: when it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); {_REBUILD}") from error
    return digest.hexdigest()
