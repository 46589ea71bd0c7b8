"""``codilingua tree``: a node of the hierarchy in; what stands under it, as a tree, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from codilingua.cli.options import AssetsOption, open_catalog

if TYPE_CHECKING:
    from codilingua.catalog.catalog import Catalog
    from codilingua.types import Concept


def tree(
    code: Annotated[
        str | None, typer.Argument(help="A code, section or chapter. [default: all chapters]")
    ] = None,
    depth: Annotated[int, typer.Option("--depth", "-d", min=1, help="Levels to show below it.")] = 1,
    assets: AssetsOption = None,
) -> None:
    """Show the hierarchy under a code, a section or a chapter; without one, the chapters."""
    from rich.tree import Tree

    from codilingua.cli import render

    with open_catalog(assets) as catalog:
        if code is None:
            root = Tree(render.escape(f"{catalog.info.name} {catalog.info.edition}"))
            below = catalog.roots()
        else:
            concept = catalog.get(code)
            root = Tree(render.tree_line(concept))
            below = catalog.children(concept)
        _grow(catalog, root, below, depth)
        render.console().print(root)


def _grow(catalog: Catalog, node: Any, concepts: tuple[Concept, ...], depth: int) -> None:
    from codilingua.cli import render

    for concept in concepts:
        branch = node.add(render.tree_line(concept))
        if depth > 1:
            _grow(catalog, branch, catalog.children(concept), depth - 1)
