"""``codilingua search``: phrases in, as words, a file or a pipe; tables or JSON lines of hits out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from codilingua.cli.options import FAILURE, INTERRUPTED, AssetsOption, JsonOption, chosen_assets
from codilingua.cli.progress import bar
from codilingua.errors import QueryError, UsageError
from codilingua.text import clean

if TYPE_CHECKING:
    from codilingua.search.engine import Search
    from codilingua.search.filters import Filters
    from codilingua.types import Hit

_CHUNK = 256
"""Queries between two looks at the outside world: a line of progress, a Ctrl-C."""

_STDIN = Path("-")


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUERY]...", help="A phrase, or a code. Quotes are optional."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Hits at the most, 1 to 1000.")] = 10,
    json: JsonOption = False,
    source: Annotated[
        Path | None,
        typer.Option("--input", "-i", metavar="FILE", help="One query a line; - for standard input."),
    ] = None,
    chapter: Annotated[list[str] | None, typer.Option(help="Only this chapter: 9. May be repeated.")] = None,
    code: Annotated[
        list[str] | None, typer.Option(help="Only codes with this prefix (I2) or in this range (S20-S29).")
    ] = None,
    billable: Annotated[bool, typer.Option("--billable", help="Only codes complete as they stand.")] = False,
    leaves: Annotated[
        bool, typer.Option("--leaves", help="Only the most specific codes: complete but for a 7th character.")
    ] = False,
    external: Annotated[
        bool, typer.Option("--external/--no-external", help="With external causes (V00-Y99) or without.")
    ] = True,
    lang: Annotated[
        str | None, typer.Option(help="Language of the queries: en, es, ca, it, pt, fr. [default: guessed]")
    ] = None,
    rerank: Annotated[
        int, typer.Option(min=0, max=20, help="Codes that the reranker reads again; 0 is faster.")
    ] = 20,
    prior: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A prior of use that  prior fit  wrote.")
    ] = None,
    assets: AssetsOption = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Processor cores. [default: all]")] = None,
) -> None:
    """Find codes for a phrase in any of six languages, for a code, or for each line of a file."""
    if words and source is not None:
        raise UsageError(f"both a query ({' '.join(words)!r}) and --input {source}: give one of the two")
    if not words and source is None and sys.stdin.isatty():
        raise QueryError("the query is empty: type a phrase, or give a file with --input")
    source = source or _STDIN
    if not words and source != _STDIN and not source.is_file():
        raise UsageError(f"--input {source}: no such file; give a text file with one query a line")

    from codilingua.search.filters import Filters
    from codilingua.search.opening import open_search
    from codilingua.settings import Settings

    cores = threads or Settings.from_env().threads
    engine = open_search(chosen_assets(assets), cores, rerank=rerank, prior=prior)
    filters = Filters(tuple(chapter or ()), tuple(code or ()), billable, leaves, external)
    job = _Job(engine, limit, filters, json, lang)
    if words:
        job.show(" ".join(words), engine(" ".join(words), limit, filters, lang))
    else:
        # An unknown filter is the user's mistake whatever the lines are, and if there are none.
        engine.batch([], limit, filters, lang)
        _run_lines(job, source)


@dataclass(slots=True)
class _Job:
    """What stays the same from query to query, and how many there were."""

    engine: Search
    limit: int
    filters: Filters
    json: bool
    lang: str | None = None
    done: int = 0
    refused: list[str] = field(default_factory=list)

    def show(self, query: str, hits: list[Hit], error: str | None = None) -> None:
        """Print one answer."""
        from codilingua.cli import render
        from codilingua.search.query import shorten

        if self.json:
            # One call: a Ctrl-C between a line and its end would leave half an answer.
            sys.stdout.write(render.answer_json(query, hits, error) + "\n")
            return
        console = render.console()
        heading = clean(query) if error is None else shorten(query)
        console.print(f"[bold]{render.escape(heading)}[/]", soft_wrap=True)
        if error is not None:
            console.print(f"[red]{render.escape(error)}[/]", soft_wrap=True)
        elif hits:
            console.print(render.hits_table(hits))
        else:
            console.print("nothing found; try other words, or fewer filters")
        console.print()

    def run(self, lines: list[bytes]) -> None:
        """Answer a chunk of lines: one answer a line, in their order, whatever a line holds."""
        queries: list[str] = []
        errors: dict[int, str] = {}
        for number, line in enumerate(lines):
            query, error = _read(line)
            if error is None:
                try:
                    self.engine.check(query)
                except UsageError as refusal:
                    error = str(refusal)
            if error is not None:
                errors[number] = error
            queries.append(query)
        good = [query for number, query in enumerate(queries) if number not in errors]
        found = iter(self.engine.batch(good, self.limit, self.filters, self.lang))
        for number, query in enumerate(queries):
            if number in errors:
                self.refused.append(f"line {self.done + 1}: {errors[number]}")
                self.show(query, [], errors[number])
            else:
                self.show(query, next(found))
            self.done += 1
        sys.stdout.flush()


def _run_lines(job: _Job, source: Path) -> None:
    """Answer every line; say at the end how many could not be searched.

    :raises typer.Exit: with 1 where some could not, with 130 where Ctrl-C stopped it.
    """
    with _opened(source) as file, bar("searching", lambda: _count(source)) as advance:
        try:
            for chunk in _chunks(file):
                job.run(chunk)
                advance(len(chunk))
        except KeyboardInterrupt:
            typer.echo(f"codilingua: stopped; {job.done} queries are done and printed", err=True)
            raise typer.Exit(INTERRUPTED) from None
    if job.refused:
        typer.echo(
            f"codilingua: {len(job.refused)} of {job.done} queries could not be searched; {job.refused[0]}",
            err=True,
        )
        raise typer.Exit(FAILURE)


def _read(line: bytes) -> tuple[str, str | None]:
    """The text of a line, and what is wrong with it."""
    raw = line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8; save the file as UTF-8"
        return raw.decode("utf-8", "replace"), reason


def _count(source: Path) -> int | None:
    """Lines of a file; None for a pipe, which can be read once only."""
    if source == _STDIN:
        return None
    with source.open("rb") as file:
        return sum(1 for _ in file)


def _chunks(file: IO[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in file:
        chunk.append(line)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@contextmanager
def _opened(source: Path) -> Iterator[IO[bytes]]:
    try:
        with nullcontext(sys.stdin.buffer) if source == _STDIN else source.open("rb") as file:
            yield file
    except OSError as error:
        if error.filename is None:
            raise
        raise UsageError(
            f"--input {source}: {error.strerror}; give a text file with one query a line"
        ) from error
