"""``codilingua curate``: a ledger of answers in; the data that is kept, and all that is not, out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import AssetsOption


def curate(
    ledger: Annotated[
        Path, typer.Option(metavar="FILE", help="The answers, as `codilingua synth` keeps them.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The data folder to write.")],
    use: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder with tiers.tsv. [default: data/plan of the checkout]"),
    ] = None,
    assets: AssetsOption = None,
) -> None:
    """Check every row of a ledger; keep, reject with a reason, or lay aside to be read (extra: curate)."""
    from codilingua.cli.factory import use_folder
    from codilingua.cli.options import chosen_assets
    from codilingua.cli.progress import Steps
    from codilingua.curate.files import write
    from codilingua.curate.filters.wording import detector
    from codilingua.curate.pipeline import curate as run
    from codilingua.search.opening import open_search
    from codilingua.synth.choose import read_tiers
    from codilingua.synth.ledger import read_ledger
    from codilingua.synth.raw import read_raw

    raw = read_raw(read_ledger(ledger))
    chosen = use_folder(use) / "tiers.tsv"
    detect = detector()
    folder = chosen_assets(assets)
    with open_search(folder, dense_weight=1.0) as dense, open_search(folder, dense_weight=0.0) as lexical:
        tiers = read_tiers(chosen, dense.catalog)
        with Steps() as steps:
            curated = run(raw, (dense, lexical), tiers, detect, steps.start)
            steps.start("writing")
            write(out, curated, raw, dense.catalog)
    splits = curated.splits
    typer.echo(
        f"{out}: {len(splits.train):,} train, {len(splits.dev):,} dev, {len(splits.test):,} test; "
        f"{len(curated.rejected):,} rejected, {len(curated.review):,} to be read; "
        f"{len(curated.terms.kept):,} terms, {len(curated.terms.rejected):,} rejected; "
        f"{len(raw.unreadable):,} answers could not be read"
    )
