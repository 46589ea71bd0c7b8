"""``codilingua show``: a code in, in any way of writing it; its card out."""

from __future__ import annotations

from typing import Annotated

import typer

from codilingua.cli.options import AssetsOption, JsonOption, open_catalog


def show(
    code: Annotated[str, typer.Argument(help="E11.9, e119, S22.49XA, A00-A09 (a section), 19 (a chapter).")],
    json: JsonOption = False,
    assets: AssetsOption = None,
) -> None:
    """Show the card of a code: where it stands, whether it is billable, its 7th characters and notes."""
    from codilingua.cli import render

    with open_catalog(assets) as catalog:
        concept = catalog.get(code)
        ancestors = catalog.ancestors(concept)
        if json:
            print(render.concept_json(concept, ancestors))
        else:
            render.console().print(render.concept_card(concept, ancestors, catalog.children(concept)))
