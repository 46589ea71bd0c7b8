"""``codilingua train``: a config in; a trained model folder out, with its progress on standard error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import INTERRUPTED, help_without_command

app = typer.Typer(name="train", invoke_without_command=True)

ConfigArgument = Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file; see pipelines/.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where model and checkpoints go.")]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu or cuda; several by torchrun.")]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Processor cores. [default: all]")]


@app.callback()
def train(context: typer.Context) -> None:
    """Train the ranker: first stage, hard negatives, second stage, gate (extra: train)."""
    help_without_command(context)


@app.command("biencoder")
def biencoder(
    config: ConfigArgument,
    out: OutOption,
    device: DeviceOption = "auto",
    threads: ThreadsOption = None,
) -> None:
    """Train the sentence encoder of the first stage. Broken off, the same command goes on."""
    from codilingua.extras import require

    require("train", "torch", "transformers")
    from codilingua.train.config import BiencoderConfig, read_config
    from codilingua.train.runs import run_biencoder

    settings = read_config(config, BiencoderConfig)
    try:
        run_biencoder(settings, out, device, threads)
    except KeyboardInterrupt:
        typer.echo("codilingua: stopped; the same command goes on from the last checkpoint", err=True)
        raise typer.Exit(INTERRUPTED) from None
