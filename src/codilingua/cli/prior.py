"""``codilingua prior``: how often a hospital gave each code in; a prior to search with out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.options import AssetsOption, chosen_assets, help_without_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codilingua.artifacts import Assets
    from codilingua.catalog.catalog import Catalog
    from codilingua.search.prior import Counts

app = typer.Typer(name="prior", invoke_without_command=True)

_NAMED = 5
_TOP = 10


@app.callback()
def prior(context: typer.Context) -> None:
    """Tell the search which codes are used most: those of your own hospital, say."""
    help_without_command(context)


@app.command()
def fit(
    counts: Annotated[
        Path,
        typer.Argument(metavar="COUNTS", help="CSV or TSV with columns code and count; no patient data."),
    ],
    assets: AssetsOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to put it. [default: into the assets]")
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out codes that the catalog does not have.")
    ] = False,
) -> None:
    """Fit the prior to how often each code was given."""
    from codilingua.catalog.catalog import Catalog
    from codilingua.search.prior import local_path, prior_of_counts, read_counts, save_local

    layout = _layout(assets)
    path = out or local_path(layout)
    with Catalog.open(layout.catalog) as catalog:
        read = read_counts(counts, catalog, skip_unknown)
        save_local(path, prior_of_counts(read), catalog, read.total)
        _print_fit(path, read, catalog)


@app.command()
def show(assets: AssetsOption = None) -> None:
    """Show which prior is in force, and the codes that it favours most."""
    from codilingua.catalog.catalog import Catalog
    from codilingua.search.prior import local_path, open_local, open_prior, prior_in_force

    layout = _layout(assets)
    path = prior_in_force(layout)
    if path is None:
        typer.echo(f"{layout.folder}: no prior, all codes count alike; fit one with  codilingua prior fit")
        return
    with Catalog.open(layout.catalog) as catalog:
        if path == local_path(layout):
            local = open_local(path, catalog)
            values, source = local.values, f"fitted to {local.total:,} uses on {local.fitted}"
        else:
            values, source = open_prior(layout, catalog), "came with the assets"
        typer.echo(f"{path}: {source}; codes {int((values > 0).sum()):,}")
        top = [place for place in (-values).argsort(kind="stable")[:_TOP].tolist() if values[place] > 0]
        _print_codes(catalog, ((place, f"{values[place]:.3f}") for place in top))


@app.command()
def remove(assets: AssetsOption = None) -> None:
    """Take the fitted prior away; that of the assets is in force again."""
    from codilingua.errors import AssetError
    from codilingua.search.prior import local_path

    path = local_path(_layout(assets))
    try:
        path.unlink()
    except FileNotFoundError:
        typer.echo(f"{path}: not there, nothing to remove")
    except OSError as error:
        reason = f"cannot be removed ({error.strerror}); ask who may write there"
        raise AssetError(f"{path}: {reason}") from error
    else:
        typer.echo(f"{path}: removed")


def _layout(option: Path | None) -> Assets:
    from codilingua.artifacts import Assets

    folder = chosen_assets(option)
    return Assets(folder) if folder else Assets.shipped()


def _print_fit(path: Path, counts: Counts, catalog: Catalog) -> None:
    from codilingua.types import Status

    typer.echo(f"{path}: codes {len(counts.uses):,}, uses {counts.total:,}")
    _print_codes(catalog, ((place, f"{uses:,}") for place, uses in counts.most_used(_NAMED)))
    concepts = catalog.at(counts.uses)
    incomplete = [concept.code for concept in concepts.values() if concept.status is Status.NEEDS_CHILD]
    if incomplete:
        typer.echo(f"too general to be given, but counted: {_some(incomplete)}")
    if counts.skipped:
        typer.echo(f"left out, not in {catalog.info.name}: {_some(counts.skipped)}")


def _print_codes(catalog: Catalog, rows: Iterable[tuple[int, str]]) -> None:
    """One line a code: the code, a number, the title."""
    held = dict(rows)
    concepts = catalog.at(held)
    for place, number in held.items():
        typer.echo(f"{concepts[place].code:8}  {number:>9}  {concepts[place].title}")


def _some(codes: list[str] | tuple[str, ...]) -> str:
    """How many, and the first few."""
    more = " …" if len(codes) > _NAMED else ""
    return f"{len(codes):,} {'code' if len(codes) == 1 else 'codes'} ({', '.join(codes[:_NAMED])}{more})"
