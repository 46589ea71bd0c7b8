"""``codilingua train``: a config in; a trained model folder out, with its progress on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.options import INTERRUPTED, help_without_command
from codilingua.cli.progress import Steps
from codilingua.errors import UsageError

if TYPE_CHECKING:
    from codilingua.train.gold import DevelopmentSet

app = typer.Typer(name="train", invoke_without_command=True)

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file; see pipelines/configs.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where model and checkpoints go.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or cuda; several by torchrun.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Processor cores. [default: all]")]
DataOption = Annotated[
    list[Path] | None, typer.Option(metavar="FILE", help="Development phrases (TSV). Repeatable.")
]
CorpusOption = Annotated[list[str] | None, typer.Option(metavar="NAME", help="A corpus by name. Repeatable.")]
DataDirOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the corpora. [default: download]")
]


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

        settings = read_config(config, BiencoderConfig)
        # After that: a wrong config need not wait for torch.
        from codilingua.train.runs import run_biencoder

        run_biencoder(settings, out, device, threads)


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
    phrases: Annotated[int | None, typer.Option(min=1, help="Mine for so many. [default: all]")] = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Find what a trained first stage confuses: hard negatives for each phrase of a config's data."""
    with _training(), Steps() as steps:
        from codilingua.train.config import BiencoderConfig, read_config
        from codilingua.train.mining import Rules
        from codilingua.train.runs import run_mining

        data = read_config(config, BiencoderConfig).data
        run_mining(data, model, Rules(count, rivals, margin, phrases), out, steps.start, device, threads)


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

        settings = read_config(config, CrossencoderConfig)
        from codilingua.train.runs import run_crossencoder

        run_crossencoder(settings, out, device, threads)


@app.command("projection")
def projection(
    config: ConfigArgument,
    model: Annotated[Path, typer.Option(metavar="DIR", help="A trained first stage.")],
    dimensions: Annotated[int, typer.Option(min=2, help="Of the vectors, an even number.")] = 192,
    phrases: Annotated[int, typer.Option(min=2, help="Learn from so many.")] = 20_000,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Fit a projection to fewer dimensions, which the build then puts into the encoder."""
    if dimensions % 2:
        raise UsageError(f"--dimensions is {dimensions}: two are packed in a byte, give an even number")
    with _training(), Steps() as steps:
        from codilingua.train.config import BiencoderConfig, read_config
        from codilingua.train.mining import Rules
        from codilingua.train.runs import run_projection

        data = read_config(config, BiencoderConfig).data
        run_projection(data, model, dimensions, Rules(phrases=phrases), steps.start, device, threads)


@app.command("score")
def score(
    config: ConfigArgument,
    model: Annotated[Path, typer.Option(metavar="DIR", help="A trained first stage.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Keep the scores, JSON.")] = None,
    data: DataOption = None,
    corpus: CorpusOption = None,
    data_dir: DataDirOption = None,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Measure a trained first stage on development sets before it is exported."""
    with _training(), Steps() as steps:
        import json
        from dataclasses import asdict

        from codilingua.train.config import BiencoderConfig, read_config
        from codilingua.train.runs import run_scoring

        settings = read_config(config, BiencoderConfig).data
        sets = _development_sets(settings.catalog, data, corpus, data_dir)
        lines = [asdict(one) for one in run_scoring(settings, model, sets, steps.start, device, threads)]
    for line in lines:
        typer.echo("\t".join(str(value) for value in line.values()))
    if out is not None:
        try:
            out.write_text(json.dumps({"model": str(model), "sets": lines}, indent=1) + "\n", "utf-8")
        except OSError as error:
            raise UsageError(f"--out {out}: cannot be written ({error.strerror}); choose another") from error


@app.command("gate")
def gate(
    assets: Annotated[Path, typer.Option(metavar="DIR", help="Built assets, without a gate yet.")],
    data: DataOption = None,
    corpus: CorpusOption = None,
    data_dir: DataDirOption = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write results.json and report.md here.")
    ] = None,
    threads: ThreadsOption = None,
) -> None:
    """Fit weights, gate and calibration of each language on development sets, into the assets."""
    from codilingua.artifacts import Assets
    from codilingua.train.gating import fit_gate

    chosen = _development_sets(Assets(assets).catalog, data, corpus, data_dir)
    with Steps() as steps:
        fit_gate(Assets(assets), chosen, steps.start, report, threads)


def _development_sets(
    catalog: Path, data: list[Path] | None, corpus: list[str] | None, data_dir: Path | None
) -> list[DevelopmentSet]:
    from codilingua.catalog.catalog import Catalog
    from codilingua.evaluate.request import Request, read_sets
    from codilingua.evaluate.testsets.sets import unique
    from codilingua.train.gold import DevelopmentSet

    request = Request(data=tuple(data or ()), corpora=tuple(corpus or ()), data_dir=data_dir)
    with Catalog.open(catalog) as opened:
        sets = read_sets(request, opened, lambda line: typer.echo(line, err=True))
    return [DevelopmentSet(one.name, one.lang, unique(one.judgements)) for one in sets]


@contextmanager
def _training() -> Iterator[None]:
    from codilingua.extras import require

    require("train", "torch", "transformers")
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("codilingua: stopped; the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(INTERRUPTED) from None
