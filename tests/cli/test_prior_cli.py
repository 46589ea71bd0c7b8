"""``codilingua prior``: fit, show and remove, as a user types them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.search.prior import local_path, open_local, open_prior, save_prior

Run = Callable[..., subprocess.CompletedProcess[bytes]]

COUNTS = "code;count\nI10;1200\nS72.001A;300\ns72001d;40\nI63.9;12\nI25;2\nI20.0;0\nI21.9;7\nI20.1;9\n"


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS, "utf-8")
    return path


def lines(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout.decode().splitlines()


def refused(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line on standard error."""
    assert (done.returncode, done.stdout) == (1, b"")
    (line,) = done.stderr.decode().splitlines()
    return line


def test_fit_show_and_remove(run: Run, tiny_copy: Path, counts: Path) -> None:
    local = local_path(Assets(tiny_copy))
    first, *top, general = lines(run("prior", "fit", counts, "--assets", tiny_copy))
    assert first == f"{local}: codes 6, uses 1,570"
    assert [line.split()[:2] for line in top] == [
        ["I10", "1,200"],
        ["S72.001", "340"],
        ["I63.9", "12"],
        ["I20.1", "9"],
        ["I21.9", "7"],
    ]
    assert top[0].endswith("  Essential (primary) hypertension")
    assert general == "too general to be given, but counted: 1 code (I25)"

    first, *top = lines(run("prior", "show", "--assets", tiny_copy))
    assert first.startswith(f"{local}: fitted to 1,570 uses on 20")
    assert first.endswith("; codes 6")
    assert [line.split()[0] for line in top] == ["I10", "S72.001", "I63.9", "I20.1", "I21.9", "I25"]
    assert top[0].split()[1] == "1.000"

    assert lines(run("prior", "remove", "--assets", tiny_copy)) == [f"{local}: removed"]
    assert not local.exists()
    assert lines(run("prior", "remove", "--assets", tiny_copy)) == [f"{local}: not there, nothing to remove"]
    assert "came with the assets" in lines(run("prior", "show", "--assets", tiny_copy))[0]


def test_show_the_prior_of_the_assets(run: Run, tiny_copy: Path) -> None:
    assets = Assets(tiny_copy)
    with Catalog.open(assets.catalog) as catalog:
        prior = np.linspace(0, 1, len(open_prior(assets, catalog)), dtype=np.float32)
        last = catalog.at([len(prior) - 1])[len(prior) - 1]
    save_prior(assets.prior, prior)
    first, *top = lines(run("prior", "show", "--assets", tiny_copy))
    assert first == f"{assets.prior}: came with the assets; codes {len(prior) - 1}"
    assert len(top) == 10
    assert top[0].split()[:2] == [last.code, "1.000"]


def test_the_folder_comes_from_the_environment_too(run: Run, tiny_copy: Path, counts: Path) -> None:
    lines(run("prior", "fit", counts, variables={"CODILINGUA_ASSETS": str(tiny_copy)}))
    assert local_path(Assets(tiny_copy)).is_file()


def test_out_goes_anywhere(run: Run, tiny_copy: Path, counts: Path, tmp_path: Path) -> None:
    out = tmp_path / "ours"
    assert lines(run("prior", "fit", counts, "--assets", tiny_copy, "--out", out))[0].startswith(f"{out}: ")
    assert not local_path(Assets(tiny_copy)).exists()
    with Catalog.open(Assets(tiny_copy).catalog) as catalog:
        assert open_local(out, catalog).total == 1570


def test_the_catalog_that_ships(run: Run, counts: Path, tmp_path: Path) -> None:
    first, top, *_ = lines(run("prior", "fit", counts, "--out", tmp_path / "ours.npz"))
    assert first == f"{tmp_path / 'ours.npz'}: codes 6, uses 1,570"
    assert top.split()[:2] == ["I10", "1,200"]


def test_unknown_codes(run: Run, tiny_copy: Path, counts: Path) -> None:
    unknown = [f"Q{number}" for number in range(10, 16)]
    counts.write_text(COUNTS + "".join(f"{code};1\n" for code in unknown), "utf-8")
    line = refused(run("prior", "fit", counts, "--assets", tiny_copy))
    assert line.startswith(f"codilingua: {counts}:10: Q10 is not in ")
    assert "(5 more are unknown)" in line
    assert "--skip-unknown" in line
    assert not local_path(Assets(tiny_copy)).exists()
    said = lines(run("prior", "fit", counts, "--skip-unknown", "--assets", tiny_copy))
    assert said[0].endswith("codes 6, uses 1,570")
    assert said[-1].startswith("left out, not in ")
    assert said[-1].endswith(": 6 codes (Q10, Q11, Q12, Q13, Q14 …)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,count\nI10,-1\n", ":2: count -1 is negative"),
        ("code,count\nI10,many\n", ":2: count 'many' is not a whole number"),
        ("I10,1\n", ":1: no column 'code'"),
        ("", ": the file is empty"),
        ("code,count\nI10,0\n", ": all counts are zero"),
        ("code,count\nF01,4\nF02,2\nI10,1\n", ":2: 2 of 3 codes are not in "),
    ],
)
def test_wrong_counts_leave_the_prior_as_it_was(
    run: Run, tiny_copy: Path, counts: Path, text: str, said: str
) -> None:
    lines(run("prior", "fit", counts, "--assets", tiny_copy))
    before = local_path(Assets(tiny_copy)).read_bytes()
    counts.write_text(text, "utf-8")
    assert refused(run("prior", "fit", counts, "--assets", tiny_copy)).startswith(
        f"codilingua: {counts}{said}"
    )
    assert local_path(Assets(tiny_copy)).read_bytes() == before


def test_a_prior_of_another_catalog_is_refused_and_can_be_removed(
    run: Run, tiny_copy: Path, counts: Path
) -> None:
    lines(run("prior", "fit", counts, "--out", local_path(Assets(tiny_copy))))
    line = refused(run("prior", "show", "--assets", tiny_copy))
    assert "fitted to another catalog" in line
    assert "codilingua prior fit" in line
    lines(run("prior", "remove", "--assets", tiny_copy))
    assert "came with the assets" in lines(run("prior", "show", "--assets", tiny_copy))[0]


def test_a_place_that_cannot_be_written_names_out(run: Run, tiny_copy: Path, counts: Path) -> None:
    local_path(Assets(tiny_copy)).mkdir()
    line = refused(run("prior", "fit", counts, "--assets", tiny_copy))
    assert line.startswith(f"codilingua: {local_path(Assets(tiny_copy))}: cannot be written")
    assert line.endswith("--out")
    assert "cannot be removed" in refused(run("prior", "remove", "--assets", tiny_copy))


def test_a_folder_that_cannot_be_written_names_out(run: Run, tiny_copy: Path, counts: Path) -> None:
    tiny_copy.chmod(0o555)
    try:
        if os.access(tiny_copy, os.W_OK):
            pytest.skip("root may write anywhere")
        assert refused(run("prior", "fit", counts, "--assets", tiny_copy)).endswith("--out")
    finally:
        tiny_copy.chmod(0o755)


def test_without_a_command_there_is_help(run: Run) -> None:
    said = run("prior")
    assert said.returncode == 0
    assert all(command in said.stdout for command in (b"fit", b"show", b"remove"))
