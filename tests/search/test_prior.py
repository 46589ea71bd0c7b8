"""The prior of use: from tiers and from counts, on disk and opened, and every file that is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.catalog.store import CatalogInfo, write_catalog
from codilingua.errors import AssetError, SourceError
from codilingua.search.prior import (
    Counts,
    digest,
    local_path,
    open_local,
    open_prior,
    prior_in_force,
    prior_of_counts,
    prior_of_tiers,
    read_counts,
    save_local,
    save_prior,
)
from codilingua.types import Concept, Kind, Status

TIERS = Path(__file__).parents[2] / "data" / "use" / "tiers.tsv"


@pytest.fixture(scope="module")
def book() -> Iterator[Catalog]:
    """The full release."""
    with Catalog.open(Assets.shipped().catalog) as catalog:
        yield catalog


@pytest.fixture(scope="module")
def small(tiny_folder: Path) -> Iterator[Catalog]:
    with Catalog.open(Assets(tiny_folder).catalog) as catalog:
        yield catalog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counts.csv"


def places(catalog: Catalog) -> dict[str, int]:
    return {concept.code: place for place, concept in enumerate(catalog, start=1)}


def by_code(catalog: Catalog, prior: NDArray[np.float32]) -> dict[str, float]:
    """The codes with a value."""
    assert (prior.dtype, len(prior), prior[0]) == (np.float32, len(places(catalog)) + 1, 0)
    return {code: float(prior[place]) for code, place in places(catalog).items() if prior[place]}


def uses(catalog: Catalog, counts: Counts) -> dict[str, int]:
    held = {place: code for code, place in places(catalog).items()}
    return {held[place]: number for place, number in counts.uses.items()}


def read(catalog: Catalog, path: Path, text: str, skip_unknown: bool = False) -> dict[str, int]:
    path.write_bytes(text.encode())
    return uses(catalog, read_counts(path, catalog, skip_unknown))


# Tiers


def test_tiers_are_thirds(small: Catalog, path: Path) -> None:
    path.write_text("code\ttier\nI10\t0\ni219\t1\nI63.9\t2\nI20.0\t3\n", "utf-8")
    found = by_code(small, prior_of_tiers(small, path))
    assert found == pytest.approx({"I10": 1, "I21.9": 2 / 3, "I63.9": 1 / 3})


def test_completions_mean_their_code_and_the_highest_counts(small: Catalog, path: Path) -> None:
    path.write_text("code\ttier\nS72.001A\t1\nS72.001D\t2\ns72002a\t2\n", "utf-8")
    assert by_code(small, prior_of_tiers(small, path)) == pytest.approx({"S72.001": 2 / 3, "S72.002": 1 / 3})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Q99.9\t1", "Q99.9 is not in Part of ICD-10-CM"),
        ("S72.001Z\t1", "S72.001Z is not in"),
        ("9\t1", "'9' is a chapter, not a code; mend or remove it"),
        ("I10\t4", "tier '4': give 0, 1, 2 or 3"),
        ("I10\thigh", "tier 'high'"),
    ],
)
def test_wrong_tiers(small: Catalog, path: Path, row: str, said: str) -> None:
    path.write_text(f"code\ttier\nI10\t0\n{row}\n", "utf-8")
    with pytest.raises(SourceError, match=f":3: {re.escape(said)}"):
        prior_of_tiers(small, path)


def test_the_tiers_of_the_checkout(book: Catalog) -> None:
    prior = prior_of_tiers(book, TIERS)
    at = places(book)
    assert prior[at["I10"]] == 1
    assert prior[at["A02.9"]] == pytest.approx(1 / 3)
    rows = [line.split("\t") for line in TIERS.read_text("utf-8").splitlines()[1:]]
    assert (prior > 0).sum() == sum(tier < "3" for _, tier in rows) > 6000


# Counts


@pytest.mark.parametrize(
    "text",
    [
        "code,count\nI10,5\nI63.9,2\n",
        "code;count\nI10;5\nI63.9;2\n",
        "code\tcount\nI10\t5\nI63.9\t2",
        "\ufeffCODE,Count\r\ni10,5\r\n\r\nI639,2\r\n",
        "code,count\rI10,5\rI63.9,2\r",
        'title;"Count"; Code \n"Stroke; ""any""\nkind";2;" i63.9 "\nx,y;5;I10\n',
        "\n\ncode,count\nI10,2\nI63.9,2\n,\ni 10,3\nI20.0,0\n",
    ],
    ids=["comma", "semicolon", "tab", "bom", "cr", "quotes", "repeated"],
)
def test_ways_to_write_counts(small: Catalog, path: Path, text: str) -> None:
    assert read(small, path, text) == {"I10": 5, "I63.9": 2}


def test_completions_are_added_to_their_code(small: Catalog, path: Path) -> None:
    text = "code,count\nS72.001A,3\ns72001d,4\nS72.001,1\nX30.XXXA,2\nx30xxxd,3\n"
    assert read(small, path, text) == {"S72.001": 8, "X30": 5}


def test_counts_become_log_scaled_shares(book: Catalog, path: Path) -> None:
    path.write_text("code,count\nI10,6000\nE11.9,3000\nJ18.9,999\nA00.0,1\nB20,0\n", "utf-8")
    found = by_code(book, prior_of_counts(read_counts(path, book)))
    most = np.log1p(60_000)
    expected = {"I10": 1, "E11.9": np.log1p(30_000) / most, "J18.9": np.log1p(9_990) / most}
    assert found == pytest.approx({**expected, "A00.0": np.log1p(10) / most}, abs=1e-6)


def test_a_code_that_was_used_never_falls_to_zero(small: Catalog, path: Path, tmp_path: Path) -> None:
    path.write_text("code,count\nI10,999999999999\nI63.9,1\n", "utf-8")
    counts = read_counts(path, small)
    save_local(tmp_path / "own", prior_of_counts(counts), small, counts.total)
    found = by_code(small, open_local(tmp_path / "own", small).values)
    assert found == pytest.approx({"I10": 1, "I63.9": 1 / 255})


def test_the_most_used_codes_come_first_and_equal_ones_in_the_order_of_the_book(
    small: Catalog, path: Path
) -> None:
    path.write_text("code,count\nI63.9,5\nI10,5\nI21.9,9\nI20.0,1\n", "utf-8")
    counts = read_counts(path, small)
    codes = [small.at([place])[place].code for place, _ in counts.most_used(3)]
    assert (codes, counts.total) == (["I21.9", "I10", "I63.9"], 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ": the file is empty"),
        ("\ufeff", ":1: no column 'code': the first line has to be  code,count"),
        ("I10,5\nI63.9,2\n", ":1: no column 'code'"),
        ("code,uses\nI10,5\n", ":1: no column 'count'"),
        ("code|count\nI10|5\n", ":1: no column 'code'"),
        ("code,count,Count\nI10,5,5\n", ":1: column 'count' comes twice"),
        ("code,count\n", ": a header but no rows"),
        ("code,count\nI10,5\nI63.9,-2\n", ":3: count -2 is negative: give 0 or more"),
        ("code,count\nI10,5.0\n", ":2: count '5.0' is not a whole number"),
        ('code,count\nI10,"1,234"\n', ":2: count '1,234' is not a whole number"),
        ("code,count\nI10,\n", ":2: count '' is not a whole number"),
        ("code,count\nI10,٣\n", ":2: count '٣' is not a whole number"),
        (f"code,count\nI10,{'9' * 5000}\n", ":2: count '999999999999999999999999…' is not a whole number"),
        ("code,count\n.,5\n", ":2: '.' is no code"),
        ("code,count\n,5\n", ":2: '' is no code"),
        ("code,count\nI10,5,\n", ":2: 3 cells where the header has 2"),
        ('code,count\nI10,5\n"I63.9,2\n', ":3: cannot be split into cells"),
        ("code,count\nI10,0\nI63.9,0\n", ": all counts are zero: give counts of codes that were used"),
        ("code,count\nI10,5\nQ99.9,2\n", ":3: Q99.9 is not in Part of ICD-10-CM"),
        ("code,count\nI10,5\nI63.9,5\n9,1\n", ":4: '9' is a chapter, not a code"),
        ("code,count\nI10,5\nI63.9,5\nI10-I1A,1\n", ":4: 'I10-I1A' is a section, not a code"),
        ("code,count\nI10,5\nI63.9,5\nQ1,1\nQ2,1\nq 1,1\n", r":4: .*\(1 more are unknown\).*--skip-unknown"),
    ],
)
def test_wrong_counts(small: Catalog, path: Path, text: str, said: str) -> None:
    pattern = said if "\\" in said else re.escape(said)
    with pytest.raises(SourceError, match=f"^{re.escape(str(path))}{pattern}") as caught:
        read(small, path, text)
    assert "\n" not in str(caught.value)


def test_the_data_of_a_file_without_a_header_are_not_shown(small: Catalog, path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(small, path, "Doe,I10\n")
    assert "Doe" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("code,count\nI10,5\nñ,5\n".encode("latin-1"), ":3: not UTF-8 (byte 0xF1): save the file as UTF-8"),
        ("code,count\nI10,5\n".encode("utf-16"), ":1: the file is UTF-16, not UTF-8"),
        (b"PK\3\4\0\0", ": a ZIP archive, not text"),
    ],
)
def test_counts_that_are_no_text(small: Catalog, path: Path, data: bytes, said: str) -> None:
    path.write_bytes(data)
    with pytest.raises(SourceError, match=re.escape(f"{path}{said}")):
        read_counts(path, small)


def test_counts_that_are_not_there(small: Catalog, path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_counts(path, small)


def test_unknown_codes_are_left_out_on_request(small: Catalog, path: Path) -> None:
    text = "code,count\nI10,5\nQ99.9,2\nI63.9,1\nq999,4\nQ88,1\n"
    assert read(small, path, text, skip_unknown=True) == {"I10": 5, "I63.9": 1}
    assert read_counts(path, small, skip_unknown=True).skipped == ("Q99.9", "Q88")


@pytest.mark.parametrize("skip_unknown", [False, True])
def test_codes_of_another_edition_are_refused(small: Catalog, path: Path, skip_unknown: bool) -> None:
    said = r":3: 3 of 4 codes are not in Part of ICD-10-CM .* \(here F32.A\).*editions are not mixed"
    with pytest.raises(SourceError, match=said):
        read(small, path, "code,count\nI10,5\nF32.A,2\nF33,1\nF34,4\n", skip_unknown)


def test_codes_that_differ_in_punctuation_alone(tmp_path: Path, path: Path) -> None:
    write_own(tmp_path / "own.db", {"A-1": "Ictus", "A1": "Fractura", "A2": "Tos"})
    with Catalog.open(tmp_path / "own.db") as catalog:
        assert read(catalog, path, "code,count\na1,5\nA-1,2\nA.2,1\n") == {"A1": 5, "A-1": 2, "A2": 1}


# On disk


def write_own(path: Path, titles: Mapping[str, str]) -> None:
    info = CatalogInfo("Own", "", "1", "es", "", "")
    nodes = (Concept(code, title, Kind.CODE, Status.BILLABLE, None, None) for code, title in titles.items())
    write_catalog(path, info, nodes)


@pytest.fixture
def assets(tiny_copy: Path) -> Assets:
    """Small assets without a prior."""
    Assets(tiny_copy).prior.unlink()
    return Assets(tiny_copy)


@pytest.fixture
def fitted(assets: Assets, small: Catalog, path: Path) -> Path:
    """A local prior beside the small assets."""
    path.write_text("code,count\nI63.9,5\n", "utf-8")
    counts = read_counts(path, small)
    save_local(local_path(assets), prior_of_counts(counts), small, counts.total)
    return local_path(assets)


def test_without_any_prior_all_is_zero(assets: Assets, small: Catalog) -> None:
    assert prior_in_force(assets) is None
    assert by_code(small, open_prior(assets, small)) == {}


def test_the_prior_of_the_assets(assets: Assets, small: Catalog, path: Path) -> None:
    path.write_text("code\ttier\nI10\t0\nI21.9\t1\nI63.9\t2\n", "utf-8")
    written = prior_of_tiers(small, path)
    save_prior(assets.prior, written)
    stored = np.load(assets.prior)
    assert (stored.dtype, stored.shape) == (np.uint8, written.shape)
    assert prior_in_force(assets) == assets.prior
    assert np.array_equal(open_prior(assets, small), written)  # thirds are whole steps of 1/255


def test_a_local_prior_goes_before_and_an_explicit_one_before_that(
    assets: Assets, small: Catalog, fitted: Path, tmp_path: Path
) -> None:
    other = np.zeros_like(open_prior(assets, small))
    other[places(small)["I10"]] = 1
    save_prior(assets.prior, other)
    assert prior_in_force(assets) == fitted
    assert by_code(small, open_prior(assets, small)) == {"I63.9": 1}
    save_local(tmp_path / "elsewhere.prior", other, small, 1)
    assert by_code(small, open_prior(assets, small, tmp_path / "elsewhere.prior")) == {"I10": 1}
    fitted.unlink()
    assert by_code(small, open_prior(assets, small)) == {"I10": 1}


def test_what_a_local_prior_says_of_itself(assets: Assets, small: Catalog, fitted: Path) -> None:
    local = open_local(fitted, small)
    assert local.total == 5
    assert date.fromisoformat(local.fitted) <= date.today()
    assert sorted(entry.name for entry in assets.folder.iterdir() if entry.name.startswith(".")) == []


def test_a_local_prior_is_replaced(assets: Assets, small: Catalog, fitted: Path) -> None:
    save_local(fitted, np.zeros_like(open_prior(assets, small)), small, 7)
    assert (by_code(small, open_prior(assets, small)), open_local(fitted, small).total) == ({}, 7)


def test_a_file_that_cannot_be_written(assets: Assets, small: Catalog, tmp_path: Path) -> None:
    prior = open_prior(assets, small)
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "none" / "own.npz", tmp_path / "folder"):
        with pytest.raises(AssetError, match=re.escape(f"{path}: cannot be written") + ".*--out"):
            save_local(path, prior, small, 1)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["assets", "folder"]


def test_the_digest_is_of_the_codes_in_order(tmp_path: Path) -> None:
    digests = []
    for titles in ({"A1": "x", "A2": "y"}, {"A1": "other", "A2": "y"}, {"A2": "y", "A1": "x"}, {"A1": "x"}):
        write_own(tmp_path / "own.db", titles)
        with Catalog.open(tmp_path / "own.db") as catalog:
            digests.append(digest(catalog))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_prior_of_another_catalog(assets: Assets, small: Catalog, fitted: Path, tmp_path: Path) -> None:
    # As many places, so that only the codes tell them apart.
    write_own(tmp_path / "own.db", {f"Z{place}": "x" for place in places(small).values()})
    with Catalog.open(tmp_path / "own.db") as catalog:
        for explicit in (None, fitted):
            with pytest.raises(AssetError, match=r"another catalog than Own 1; fit it again"):
                open_prior(assets, catalog, explicit)


def test_an_explicit_prior_that_is_not_there(assets: Assets, small: Catalog, fitted: Path) -> None:
    missing = fitted.with_name("none.npz")
    with pytest.raises(AssetError, match=f"{re.escape(str(missing))}: no such prior"):
        open_prior(assets, small, missing)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.99])
def test_a_local_prior_cut_off(assets: Assets, small: Catalog, fitted: Path, share: float) -> None:
    data = fitted.read_bytes()
    fitted.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(AssetError, match=r"damaged .*fit it again") as caught:
        open_prior(assets, small)
    assert "\n" not in str(caught.value)


def test_a_local_prior_with_a_changed_value(assets: Assets, small: Catalog, fitted: Path) -> None:
    data, values = bytearray(fitted.read_bytes()), np.load(fitted)["prior"].tobytes()
    data[data.index(values) + places(small)["I10"]] = 255
    fitted.write_bytes(data)
    with pytest.raises(AssetError, match=r"damaged .*fit it again"):
        open_prior(assets, small)


def test_local_priors_of_another_form(assets: Assets, small: Catalog, fitted: Path) -> None:
    with np.load(fitted) as arrays:
        whole = dict(arrays)
    wrong = (
        {**whole, "prior": whole["prior"][:-1]},
        {**whole, "prior": whole["prior"].astype(np.float32)},
        {**whole, "prior": whole["prior"][None]},
        {**whole, "total": np.array("many")},
        {name: array for name, array in whole.items() if name != "catalog"},
    )
    for arrays in wrong:
        np.savez(fitted, **arrays)
        with pytest.raises(AssetError, match="damaged"):
            open_prior(assets, small)
    save_prior(fitted.with_name("own.npy"), open_prior(Assets(fitted.parent / "none"), small))
    with pytest.raises(AssetError, match="not a fitted prior"):
        open_prior(assets, small, fitted.with_name("own.npy"))
    fitted.unlink()
    fitted.mkdir()
    with pytest.raises(AssetError, match="damaged"):
        open_prior(assets, small)


def test_a_damaged_prior_of_the_assets(assets: Assets, small: Catalog) -> None:
    right = len(places(small)) + 1
    for wrong in (np.zeros(right + 1, np.uint8), np.zeros(right - 1, np.uint8), np.zeros(right), np.zeros(0)):
        np.save(assets.prior, wrong)
        with pytest.raises(AssetError, match="damaged, or of another catalog; install"):
            open_prior(assets, small)
    assets.prior.write_bytes(assets.prior.read_bytes()[:70])
    with pytest.raises(AssetError, match=r"cannot be read .*; install"):
        open_prior(assets, small)
