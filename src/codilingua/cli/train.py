"""``codilingua train``: a config in; a trained model folder out, with its progress on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import INTERRUPTED, help_without_command
from codilingua.cli.progress import Steps

app = typer.Typer(name="train", invoke_without_command=True)

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file; see pipelines/configs.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where model and checkpoints go.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or cuda; several by torchrun.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Processor cores. [default: all]")]


@app.callback()
def train(context: typer.Context) -> None:
    """Train the ranker: first stage, hard negatives, second stage, gate (extra: train)."""
    help_without_command(context)


@app.command("catalog")
def catalog(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The catalog file to write.")],
    labels: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="LANG.tsv each, columns code and title. Repeatable, titles first."),
    ] = None,
    names: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Columns lang, term, code. Repeatable.")
    ] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Leave out names near to its phrases. Repeatable."),
    ] = None,
) -> None:
    """Compile the release with machine-made names: what the ranker learns from and searches."""
    from codilingua.extras import require

    require("train", "simple_icd_10_cm")
    from codilingua.train.catalogs import build_catalog

    left_out = build_catalog(out, labels or (), names or (), held_out or ())
    typer.echo(
        f"{out}: {out.stat().st_size / 1e6:.1f} MB, {left_out:,} names near to held-out phrases left out"
    )


@app.command("biencoder")
def biencoder(
    config: ConfigArgument,
    out: OutOption,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Train the sentence encoder of the first stage. Broken off, the same command goes on."""
    with _training():
        from codilingua.train.config import BiencoderConfig, read_config
        from codilingua.train.runs import run_biencoder

        run_biencoder(read_config(config, BiencoderConfig), out, device, threads)


@app.command("mine")
def mine(
    config: ConfigArgument,
    model: Annotated[Path, typer.Option(metavar="DIR", help="A trained first stage.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The hard negatives, .npz.")],
    count: Annotated[int, typer.Option(min=1, help="Negatives a phrase.")] = 15,
    rivals: Annotated[int, typer.Option(min=0, help="Of them, how many the terminology names.")] = 4,
    margin: Annotated[
        float, typer.Option(help="Cosine by which a negative may be nearer than the right code.")
    ] = 0.05,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Find what a trained first stage confuses: hard negatives for each phrase of a config's data."""
    with _training(), Steps() as steps:
        from codilingua.train.config import BiencoderConfig, read_config
        from codilingua.train.mining import Rules
        from codilingua.train.runs import run_mining

        data = read_config(config, BiencoderConfig).data
        run_mining(data, model, Rules(count, rivals, margin), out, steps.start, device, threads)


@app.command("crossencoder")
def crossencoder(
    config: ConfigArgument,
    out: OutOption,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Train the reranker of the second stage. Broken off, the same command goes on."""
    with _training():
        from codilingua.train.config import CrossencoderConfig, read_config
        from codilingua.train.runs import run_crossencoder

        run_crossencoder(read_config(config, CrossencoderConfig), out, device, threads)


@app.command("gate")
def gate(
    assets: Annotated[Path, typer.Option(metavar="DIR", help="Built assets, without a gate yet.")],
    data: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Development phrases (TSV). Repeatable.")
    ] = None,
    corpus: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A corpus by name. Repeatable.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the corpora. [default: download]")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write results.json and report.md here.")
    ] = None,
    threads: ThreadsOption = None,
) -> None:
    """Fit weights, gate and calibration of each language on development sets, into the assets."""
    from codilingua.artifacts import Assets
    from codilingua.catalog.catalog import Catalog
    from codilingua.evaluate.request import Request, read_sets
    from codilingua.evaluate.testsets.sets import unique
    from codilingua.train.gate import DevelopmentSet
    from codilingua.train.gating import fit_gate

    request = Request(data=tuple(data or ()), corpora=tuple(corpus or ()), data_dir=data_dir)
    with Catalog.open(Assets(assets).catalog) as catalog:
        sets = read_sets(request, catalog, lambda line: typer.echo(line, err=True))
    chosen = [DevelopmentSet(one.name, one.lang, unique(one.judgements)) for one in sets]
    with Steps() as steps:
        fit_gate(Assets(assets), chosen, steps.start, report, threads)


@contextmanager
def _training() -> Iterator[None]:
    from codilingua.extras import require

    require("train", "torch", "transformers")
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("codilingua: stopped; the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(INTERRUPTED) from None
