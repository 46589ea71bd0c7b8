"""``codilingua catalog``: options in, a catalog file and a printed summary of it out."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.options import help_without_command

if TYPE_CHECKING:
    from codilingua.catalog.sources import ImportSummary

app = typer.Typer(name="catalog", invoke_without_command=True)

_FILE = "What the file is"
_CSV = "Columns of a CSV file, by header name"
_ADD = "Titles for an existing catalog"


class FormatOption(StrEnum):
    """How to read the file."""

    AUTO = "auto"
    CSV = "csv"
    CLAML = "claml"
    FHIR = "fhir"


class OriginOption(StrEnum):
    """Who stands behind the texts."""

    OFFICIAL = "official"
    WHO_DERIVED = "who-derived"
    MACHINE = "machine"


@app.callback()
def catalog(context: typer.Context) -> None:
    """Make catalogs of your own: other code systems, national editions, more languages."""
    help_without_command(context)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or TSV, ClaML XML, or a FHIR CodeSystem in JSON.")],
    out: Annotated[Path, typer.Option(help="The catalog file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace --out where it exists.")] = False,
    form: Annotated[
        FormatOption, typer.Option("--format", help="auto: by extension and content.", rich_help_panel=_FILE)
    ] = FormatOption.AUTO,
    name: Annotated[str | None, typer.Option(help="Name of the code system.", rich_help_panel=_FILE)] = None,
    system: Annotated[str | None, typer.Option(help="Its URI.", rich_help_panel=_FILE)] = None,
    edition: Annotated[
        str | None,
        typer.Option(help="Its edition, or the CSV column that holds it.", rich_help_panel=_FILE),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(
            help="Language of the titles: es, ca, pt-BR. With --add-to: only these.", rich_help_panel=_FILE
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Terms on which its texts may be used.", rich_help_panel=_FILE)
    ] = None,
    code: Annotated[str | None, typer.Option(help="[default: code]", rich_help_panel=_CSV)] = None,
    title: Annotated[str | None, typer.Option(help="[default: title]", rich_help_panel=_CSV)] = None,
    parent: Annotated[
        str | None,
        typer.Option(help="Code of the node above. [default: parent, if any]", rich_help_panel=_CSV),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="[default: language, if any]", rich_help_panel=_CSV)
    ] = None,
    billable: Annotated[
        str | None, typer.Option(help="yes or no. [default: billable, if any]", rich_help_panel=_CSV)
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="chapter, section or code. [default: kind, if any]", rich_help_panel=_CSV),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="One character, or tab. [default: found]", rich_help_panel=_CSV)
    ] = None,
    add_to: Annotated[
        Path | None,
        typer.Option(
            help="Add the file's titles to this catalog; icd-10-cm: the shipped one.", rich_help_panel=_ADD
        ),
    ] = None,
    origin: Annotated[
        OriginOption | None, typer.Option(help="Who stands behind the added texts.", rich_help_panel=_ADD)
    ] = None,
    skip_unknown: Annotated[
        bool,
        typer.Option("--skip-unknown", help="Leave out codes that it does not have.", rich_help_panel=_ADD),
    ] = False,
) -> None:
    """Read a terminology file into a catalog, or add its titles to one. All of it, or nothing."""
    from codilingua.catalog.sources import Columns, ImportRequest, import_catalog

    request = ImportRequest(
        source=file,
        out=out,
        format=form.value,
        columns=Columns(code, title, parent, language, None, billable, kind),
        delimiter=delimiter,
        name=name,
        system=system,
        edition=edition,
        lang=lang,
        licence=licence,
        add_to=add_to,
        origin=origin.value if origin else None,
        skip_unknown=skip_unknown,
        force=force,
    )
    _print(import_catalog(request))


@app.command("index")
def index(
    catalog_file: Annotated[Path, typer.Argument(metavar="CATALOG", help="A catalog that import wrote.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write, for `search --assets DIR`.")],
) -> None:
    """Make a catalog of your own searchable, with the encoder that ships."""
    from codilingua.cli.progress import Steps
    from codilingua.search.index import index_catalog

    with Steps() as steps:
        index_catalog(catalog_file, out, steps.start("vectors"))
    typer.echo(f"{out}: search it with  codilingua search --assets {out} …")


def _print(summary: ImportSummary) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    info = summary.info
    edition = escape(f"{info.name} {info.edition}") if info.edition not in info.name else escape(info.name)
    console.print(f"[bold]{edition}[/bold] → {escape(str(summary.out))}")
    console.print(f"system: {escape(info.system or 'not stated')}   language: {info.lang}", soft_wrap=True)
    console.print(f"licence: {escape(info.licence or 'not stated')}", soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for status, count in summary.statuses.items():
        table.add_row(f"{count:,}", status.value)
    for (lang, origin), count in summary.labels.items():
        new = "" if summary.added is None else f" ({summary.added.get((lang, origin), 0):,} new)"
        table.add_row(f"{count:,}", f"labels in {lang}, {origin}{new}")
    console.print(table)
    for remark in summary.remarks:
        console.print(escape(remark), soft_wrap=True)
    for left in summary.left_out:
        examples = ", ".join(left.examples) + (" …" if left.count > len(left.examples) else "")
        reason = escape(f"{left.reason}: {examples}")
        console.print(f"[yellow]left out[/yellow] {left.count:,}  {reason}", soft_wrap=True)
