"""``codilingua``: the commands of every stage under one name, and how each failure ends."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import NoReturn

import typer

from codilingua import __version__
from codilingua.cli import (
    build,
    catalog,
    curate,
    data,
    evaluate,
    feedback,
    keys,
    mcp,
    prior,
    search,
    serve,
    show,
    synth,
    train,
    tree,
)
from codilingua.cli.options import FAILURE, INTERRUPTED, USAGE, help_without_command
from codilingua.errors import CodilinguaError, UsageError

app = typer.Typer(
    name="codilingua",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: rich would take longer to load than the rest of the program.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"codilingua {__version__}")
        raise typer.Exit


@app.callback()
def codilingua(
    context: typer.Context,
    _version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    """Find ICD-10-CM codes by what clinicians write, in English, Spanish, Catalan, Italian, Portuguese
    and French. Offline, on a plain CPU.
    """
    help_without_command(context)


app.command("search")(search.search)
app.command("show")(show.show)
app.command("tree")(tree.tree)
app.command("build")(build.build)
app.command("curate")(curate.curate)
app.add_typer(catalog.app, name="catalog")
app.add_typer(synth.app, name="synth")
app.add_typer(data.app, name="data")
app.add_typer(prior.app, name="prior")
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.command("serve")(serve.serve)
app.command("mcp")(mcp.mcp)
app.add_typer(keys.app, name="keys")
app.add_typer(feedback.app, name="feedback")


def main() -> None:
    """Run the command line. What Codilingua raises on purpose becomes one line and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal in Latin-1 shows a title's other letters as escapes; that beats a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except CodilinguaError as error:
        _fail(str(error), USAGE if isinstance(error, UsageError) else FAILURE)
    except BrokenPipeError:
        # Whoever read has left (``| head``). Python would complain on flushing what is still held.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILURE)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except Exception as error:
        # What typer says of a wrong option, on four lines of its own otherwise. The class of these
        # exceptions is internal to typer; their method is click's old promise.
        if not hasattr(error, "format_message"):
            raise
        _fail(f"{error.format_message()} (see codilingua --help)", USAGE)


def _fail(message: str, status: int) -> NoReturn:
    typer.echo(f"codilingua: {message}", err=True)
    sys.exit(status)
