"""``codilingua keys``: names and scopes in; API keys of the server out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from codilingua.cli.database import ConfigOption, DatabaseOption, open_store
from codilingua.cli.options import JsonOption, help_without_command

if TYPE_CHECKING:
    from codilingua.service.store.keys import Key
    from codilingua.service.store.store import Store

app = typer.Typer(name="keys", invoke_without_command=True)


@app.callback()
def keys(context: typer.Context) -> None:
    """Make, list and revoke the API keys that programs show to the server."""
    help_without_command(context)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who will use it: ehr, ward-3.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="search, feedback or metrics. Repeatable. [default: search and feedback]",
        ),
    ] = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a key and print it. It is printed once: only its hash is kept."""
    with open_store(database, config, create=True) as store:
        from codilingua.service.store.keys import Keys

        _writable(store)
        key, token = Keys(store).add(name, scope or ("search", "feedback"))
    typer.echo(token)
    typer.echo(f"{key.name}: may {_scopes(key)}; keep the key now, it is not shown again", err=True)


@app.command("list")
def list_keys(database: DatabaseOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the keys there are and were. Each shows its last four characters."""
    with open_store(database, config) as store:
        from codilingua.service.store.keys import Keys

        found = Keys(store).all()
    if json:
        _print_json(found)
        return
    for key in found:
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "valid"
        typer.echo(f"{key.name:24}  …{key.last4}  {_scopes(key):24}  {key.created:%Y-%m-%d %H:%M}  {state}")
    if not found:
        typer.echo("no keys; make one with  codilingua keys add NAME", err=True)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `codilingua keys list` shows it.")],
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a key invalid. A server that runs refuses it within five seconds."""
    with open_store(database, config) as store:
        from codilingua.service.store.keys import Keys

        _writable(store)
        Keys(store).revoke(name)
    typer.echo(f"{name}: revoked")


def _writable(store: Store) -> None:
    """:raises StoreError: with the place, when nothing can be kept."""
    from codilingua.service.store.errors import StoreError

    if not store.ready():
        raise StoreError(str(store.reason))


def _scopes(key: Key) -> str:
    return " ".join(sorted(key.scopes))


def _print_json(keys: list[Key]) -> None:
    import json

    rows = [
        {
            "name": key.name,
            "scopes": sorted(key.scopes),
            "last4": key.last4,
            "created": key.created.isoformat(),
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        }
        for key in keys
    ]
    typer.echo(json.dumps({"keys": rows}, indent=2))
