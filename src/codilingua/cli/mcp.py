"""``codilingua mcp``: an assistant's calls on standard input in; their answers on standard output out."""

from __future__ import annotations

from codilingua.cli.options import AssetsOption, chosen_assets


def mcp(assets: AssetsOption = None) -> None:
    """Give an assistant the search as tools, by the Model Context Protocol on standard streams.

    The assistant's program starts this command; see docs/mcp.md.
    """
    from codilingua.extras import require

    require("serve", "mcp", "fastapi", "prometheus_client", "limits", "sqlalchemy", "alembic")
    from codilingua.search.opening import open_search
    from codilingua.service.mcp.stdio import serve

    with open_search(chosen_assets(assets)) as search:
        serve(search)
