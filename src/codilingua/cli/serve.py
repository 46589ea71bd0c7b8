"""``codilingua serve``: settings in; the server out, until it is stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codilingua.cli.options import AssetsOption, chosen_assets


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 for any that is free. [default: 8000]")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer. [default: 1]")] = None,
    root_path: Annotated[
        str | None, typer.Option(metavar="PATH", help="Path under which a proxy serves it.")
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Ask nobody for an API key, whoever can reach it.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings, TOML; see docs/server.md.")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="Where feedback and keys are kept.")
    ] = None,
    assets: AssetsOption = None,
) -> None:
    """Serve the web page, REST, FHIR, embeddings, the NLM's form and MCP, offline."""
    from codilingua.extras import require

    require("serve", "fastapi", "uvicorn", "sqlalchemy", "alembic", "prometheus_client", "limits", "mcp")
    from codilingua.service.settings import read_settings

    settings = read_settings(
        {
            "host": host,
            "port": port,
            "workers": workers,
            "root_path": root_path,
            "auth": "none" if no_auth else None,
            "database": database,
            "assets": chosen_assets(assets),
        },
        file=config,
    )
    from codilingua.service.starting import check_start
    from codilingua.service.workers import serve as run

    check_start(settings)
    sys.exit(run(settings, lambda address: typer.echo(f"codilingua: {address}", err=True)))
