"""Which language a text is in: probabilities, pieces of words, and the file that holds the weights."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from codilingua.errors import AssetError
from codilingua.search.language import LONGEST, SLOTS, LanguageGuess, open_languages, pieces, words
from codilingua.types import LANGUAGES

TEXTS = [
    "neumonía adquirida en la comunidad",
    "pneumònia adquirida a la comunitat, cel·lulitis",
    "DOLOR D’ORELLA",
    "IRC",
    "x",
    "a" * 2000,
    "dolor " * 300,
]


@pytest.fixture(scope="module")
def random() -> LanguageGuess:
    """Weights that mean nothing."""
    chance = np.random.default_rng(5)
    weights = chance.integers(-127, 128, (6, SLOTS)).astype(np.int8)
    return LanguageGuess(weights, np.linspace(-1, 1, 6, dtype=np.float32), 0.01)


@pytest.fixture(scope="module")
def told() -> LanguageGuess:
    """Knows two pieces: ``ñ`` is Spanish, a word that is ``d'`` is Catalan, French or Italian."""
    weights = np.zeros((6, SLOTS), np.int8)
    codes = list(LANGUAGES)
    (n_tilde,) = set(pieces(["ñ"])[0].tolist()) & set(pieces(["niño"])[0].tolist())
    weights[codes.index("es"), n_tilde] = 100
    # The longest piece of a word of two characters is the word with its edges.
    elided = pieces(["d'"])[0][-1]
    weights[[codes.index(lang) for lang in ("ca", "it", "fr")], elided] = 100
    return LanguageGuess(weights, np.zeros(6, np.float32), 0.05)


@pytest.mark.parametrize("text", TEXTS)
def test_probabilities_sum_to_1(random: LanguageGuess, text: str) -> None:
    chances = random.probabilities(text)
    assert chances.shape == (len(LANGUAGES),)
    assert chances.dtype == np.float32
    assert float(chances.sum()) == pytest.approx(1, abs=1e-5)
    assert chances.min() >= 0
    assert chances.max() > chances.min()


@pytest.mark.parametrize("text", ["", "   ", "3/10", "38,5 °", "—·’…", "× ÷", "ألم", "胸の痛み", "😀"])
def test_no_letters_give_equal_probabilities(random: LanguageGuess, text: str) -> None:
    np.testing.assert_array_equal(random.probabilities(text), np.full(6, 1 / 6, np.float32))
    assert random.guess(text) == (next(iter(LANGUAGES)), pytest.approx(1 / 6))


def test_accents_and_elisions_tell(told: LanguageGuess) -> None:
    assert told.guess("niño")[0] == "es"
    assert told.guess("niño")[1] == pytest.approx(np.exp(5) / (np.exp(5) + 5), abs=1e-5)
    assert told.guess("nin\u0303o") == told.guess("NIÑO") == told.guess("niño")
    np.testing.assert_allclose(told.probabilities("nino"), 1 / 6)
    for text in ("mal d'orella", "mal d’oreille"):
        chances = dict(zip(LANGUAGES, told.probabilities(text).tolist(), strict=True))
        assert min(chances[lang] for lang in ("ca", "it", "fr")) > 0.3


def test_repeating_a_word_says_nothing_new(random: LanguageGuess) -> None:
    np.testing.assert_array_equal(random.probabilities("dolor"), random.probabilities("dolor dolor"))


def test_words() -> None:
    assert words("2 dies d’Otàlgia, cel·lulitis (38ºC)") == ["dies", "d'", "otàlgia", "cel·lulitis", "c"]
    assert words("a· ·b") == ["a", "b"]
    assert words("12/3") == []


def test_pieces_of_words_do_not_depend_on_their_neighbours() -> None:
    both, places = pieces(["dolor", "és"])
    assert both.dtype == np.uint16
    assert both.max() < SLOTS
    for place, word in enumerate(["dolor", "és"]):
        alone, _ = pieces([word])
        assert both[places == place].tolist() == alone.tolist()
        marked = len(word) + 2
        longer = sum(max(0, marked - length + 1) for length in range(2, LONGEST + 1))
        assert len(alone) == len(word) + longer
    assert [len(part) for part in pieces([])] == [0, 0]


def test_the_order_of_letters_counts() -> None:
    assert len({tuple(sorted(pieces([word])[0].tolist())) for word in ("amor", "roma", "mora")}) == 3


def test_saved_and_opened(random: LanguageGuess, tmp_path: Path) -> None:
    path = tmp_path / "languages.npz"
    random.save(path)
    opened = open_languages(path)
    for text in TEXTS:
        np.testing.assert_allclose(opened.probabilities(text), random.probabilities(text), rtol=1e-6)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"none\.npz: missing; install codilingua again"):
        open_languages(tmp_path / "none.npz")


@pytest.mark.parametrize("kept", [0, 10, 5000, 0.5, 0.99])
def test_a_file_cut_short(random: LanguageGuess, tmp_path: Path, kept: float) -> None:
    path = tmp_path / "languages.npz"
    random.save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(AssetError, match=r"damaged .*codilingua build"):
        open_languages(path)


def test_a_file_with_bytes_overwritten(random: LanguageGuess, tmp_path: Path) -> None:
    path = tmp_path / "languages.npz"
    random.save(path)
    data = path.read_bytes()
    # The way in which the first array is packed, as the archive's list of contents has it.
    method = data.index(b"PK\x01\x02") + 10
    for place, count in ((5000, 200), (method, 2)):
        path.write_bytes(data[:place] + b"\x55" * count + data[place + count :])
        with pytest.raises(AssetError, match="damaged"):
            open_languages(path)


@pytest.mark.parametrize("changed", [{"step": np.float32(np.nan)}, {"bias": np.full(6, np.inf, np.float32)}])
def test_a_file_with_no_numbers(tmp_path: Path, changed: dict[str, np.ndarray]) -> None:
    path = tmp_path / "languages.npz"
    whole = {"weights": np.zeros((6, SLOTS), np.int8), "bias": np.zeros(6, np.float32), "step": np.float32(1)}
    np.savez_compressed(path, **{**whole, **changed})
    with pytest.raises(AssetError, match="no number"):
        open_languages(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": np.zeros((6, SLOTS // 2), np.int8)},
        {"weights": np.zeros((5, SLOTS), np.int8), "bias": np.zeros(5, np.float32)},
        {"weights": np.zeros((6, SLOTS), np.float32)},
        {"bias": np.zeros(7, np.float32)},
        {"bias": np.array(list("abcdef"))},
    ],
)
def test_a_file_of_another_version(tmp_path: Path, changed: dict[str, np.ndarray]) -> None:
    path = tmp_path / "languages.npz"
    whole = {"weights": np.zeros((6, SLOTS), np.int8), "bias": np.zeros(6, np.float32), "step": np.float32(1)}
    np.savez_compressed(path, **{**whole, **changed})
    with pytest.raises(AssetError, match="of another version"):
        open_languages(path)


@pytest.mark.parametrize("lost", ["weights", "bias", "step"])
def test_a_file_that_lacks_an_array(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "languages.npz"
    whole = {"weights": np.zeros((6, SLOTS), np.int8), "bias": np.zeros(6, np.float32), "step": np.float32(1)}
    np.savez_compressed(path, **{name: array for name, array in whole.items() if name != lost})
    with pytest.raises(AssetError, match=rf"damaged .*{lost}"):
        open_languages(path)


def test_a_file_that_is_a_plain_array(tmp_path: Path) -> None:
    path = tmp_path / "languages.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(AssetError, match="damaged"):
        open_languages(path)


def test_a_phrase_is_guessed_fast(random: LanguageGuess) -> None:
    phrase = "paciente con dolor torácico opresivo de dos horas de evolución"
    times = []
    for _ in range(200):
        start = time.perf_counter()
        random.guess(phrase)
        times.append(time.perf_counter() - start)
    # The median takes 0.1 ms alone on a machine; the best is what other processes leave of it.
    assert min(times) < 1e-3
