"""Fitting the guess of a language: how good it is on phrases held out, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import SourceError, TrainingError
from codilingua.search.language import LanguageGuess, open_languages
from codilingua.tables import read_columns
from codilingua.text import fold
from codilingua.train.languages import build_languages, fit_languages
from codilingua.types import LANGUAGES

DATA = Path(__file__).parents[2] / "data"
CODES = list(LANGUAGES)
PART = 4
"""Every how-manieth row the tests fit on: all of them take 15 s."""

Rows = list[tuple[str, str]]


def read(name: str) -> Rows:
    return [(query, lang) for _, (query, lang) in read_columns(DATA / "pairs" / name, ("query", "lang"))]


def fit(rows: Rows, seed: int = 1) -> LanguageGuess:
    return fit_languages([text for text, _ in rows], [lang for _, lang in rows], seed)


@pytest.fixture(scope="module")
def dev() -> Rows:
    return read("dev.tsv")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Path:
    """The file, made of a part of the data as the build makes it of all."""
    folder = tmp_path_factory.mktemp("languages")
    sources = {"train.tsv": DATA / "pairs" / "train.tsv"}
    sources |= {path.name: path for path in (DATA / "terms").glob("*.tsv")}
    for name, path in sources.items():
        header, *rows = path.read_text("utf-8").splitlines()
        (folder / name).write_text("\n".join([header, *rows[::PART]]) + "\n", "utf-8")
    terms = sorted(folder / name for name in sources if name != "train.tsv")
    assert len(terms) == 5
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        build_languages([folder / "train.tsv"], terms, catalog, folder / "languages.npz")
    return folder / "languages.npz"


@pytest.fixture(scope="module")
def guess(built: Path) -> LanguageGuess:
    return open_languages(built)


def chances(guess: LanguageGuess, texts: list[str]) -> NDArray[np.float32]:
    return np.stack([guess.probabilities(text) for text in texts])


def test_right_on_phrases_held_out(guess: LanguageGuess, dev: Rows) -> None:
    told = np.array([CODES.index(lang) for _, lang in dev])
    found = chances(guess, [text for text, _ in dev])
    right = found.argmax(axis=1) == told
    assert right.mean() > 0.86
    for number, lang in enumerate(CODES):
        assert right[told == number].mean() > 0.78, lang
    folded = chances(guess, [fold(text) for text, _ in dev])
    assert (folded.argmax(axis=1) == told).mean() > 0.80


def test_a_probability_means_what_it_says(guess: LanguageGuess, dev: Rows) -> None:
    told = np.array([CODES.index(lang) for _, lang in dev])
    found = chances(guess, [text for text, _ in dev])
    right, best = found.argmax(axis=1) == told, found.max(axis=1)
    assert right.mean() == pytest.approx(best.mean(), abs=0.03)
    sure = best >= 0.8
    assert sure.mean() > 0.6
    assert right[sure].mean() > 0.97
    loss = -np.log(found[np.arange(len(told)), told])
    # Knowing nothing costs log 6 = 1.79.
    assert loss.mean() < 0.38


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("chest pain for two days, worse when breathing", "en"),
        ("neumonía adquirida en la comunidad con derrame", "es"),
        ("pneumònia adquirida a la comunitat amb vessament", "ca"),
        ("polmonite acquisita in comunità con versamento", "it"),
        ("pneumonia adquirida na comunidade, sem melhoria, não ventilado", "pt"),
        ("pneumopathie communautaire avec épanchement pleural de l'adulte", "fr"),
    ],
)
def test_clear_cases_are_sure(guess: LanguageGuess, text: str, lang: str) -> None:
    for written in (text, text.upper(), fold(text)):
        found, chance = guess.guess(written)
        assert found == lang
        assert chance > 0.8


def test_what_two_languages_share_is_not_sure(guess: LanguageGuess) -> None:
    for text in ("hematuria", "anemia", "IRC"):
        assert guess.guess(text)[1] < 0.8


def test_the_file_is_small(built: Path) -> None:
    assert built.stat().st_size < 250_000


def test_fitting_is_deterministic() -> None:
    rows = read("train.tsv")[::50]
    once, again, other = fit(rows), fit(rows), fit(rows, seed=2)
    np.testing.assert_array_equal(once.weights, again.weights)
    np.testing.assert_array_equal(once.bias, again.bias)
    assert once.step == again.step
    assert (once.weights != other.weights).any()
    assert once.weights.dtype == np.int8
    assert np.abs(once.weights.astype(int)).max() == 127
    assert once.bias.dtype == np.float32


def test_languages_count_the_same_however_many_texts_they_have() -> None:
    rows = read("train.tsv")[::20]
    few = [row for number, row in enumerate(rows) if row[1] != "pt" or number % 4 == 0]
    share = sum(lang == "pt" for _, lang in few) / len(few)
    texts = [text for text, _ in read("dev.tsv")]
    found = chances(fit(few), texts)[:, CODES.index("pt")].mean()
    assert share < 0.06
    assert found > 2 * share


def test_texts_without_letters_teach_nothing() -> None:
    rows = read("train.tsv")[::50]
    fitted = fit([*rows, ("38,5", "es"), ("—", "fr")])
    assert np.isfinite(fitted.bias).all()
    assert fitted.probabilities("38,5").tolist() == pytest.approx([1 / 6] * 6)


def test_a_language_without_texts() -> None:
    rows = [row for row in read("train.tsv")[::100] if row[1] != "it"]
    with pytest.raises(TrainingError, match="no text of 'it'"):
        fit([*rows, ("38,5", "it")])
    with pytest.raises(TrainingError, match="no text of 'en'"):
        fit([])


def test_an_unknown_language() -> None:
    with pytest.raises(TrainingError, match="language 'de' is not known: give one of en, es"):
        fit([("Fieber", "de")])


def test_wrong_files(tmp_path: Path, tiny_folder: Path) -> None:
    pairs, terms = tmp_path / "pairs.tsv", tmp_path / "de.tsv"
    pairs.write_text("query\tlang\nFieber\tde\n", "utf-8")
    terms.write_text("code\ttitle\nR50.9\tFieber\n", "utf-8")
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        with pytest.raises(SourceError, match=r"pairs\.tsv:2: language 'de'"):
            build_languages([pairs], [], catalog, tmp_path / "out.npz")
        with pytest.raises(SourceError, match=r"de\.tsv: language 'de': name the file"):
            build_languages([], [terms], catalog, tmp_path / "out.npz")
        with pytest.raises(TrainingError, match="no text of"):
            build_languages([], [], catalog, tmp_path / "out.npz")
    assert not (tmp_path / "out.npz").exists()
