"""Environment, file and options in; one frozen :class:`ServeSettings` out, every value checked.

Each field stands once, here; ``docs/server.md`` shows the table that :func:`table` makes of them.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from codilingua.errors import UsageError
from codilingua.service.store.urls import default_url

PREFIX = "CODILINGUA_"
CONFIG = "CODILINGUA_CONFIG"
"""Names the file of settings; no setting itself."""

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
_LISTS = ("cors_origins", "allowed_hosts")


class ServeSettings(BaseModel):
    """How the server runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 for any that is free.")
    workers: int = Field(1, ge=1, le=64, description="Processes that answer.")
    threads: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Processor cores that a worker searches on. Default: all, shared by the workers.",
    )
    root_path: str = Field("", description="Path under which a proxy serves it, such as /coding.")
    assets: Path | None = Field(None, description="Folder of assets. Default: those that ship.")
    database: str | None = Field(
        None,
        description="Where feedback, preferences and keys are kept: sqlite:///… or postgresql+psycopg://…",
    )
    auth: Literal["auto", "keys", "none"] = Field(
        "auto",
        description="keys: every request needs one. none: no request does. auto: keys but on loopback.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description="Names by which it is reached, * for any. Default on loopback: its own names."
    )
    cors_origins: tuple[str, ...] = Field((), description="Origins whose pages may call it.")
    rate: int = Field(600, ge=0, description="Requests a minute for each key or address; 0 for no limit.")
    max_body: int = Field(1_000_000, ge=1_000, description="Bytes of a request's body at the most.")
    batch_limit: int = Field(256, ge=1, le=2048, description="Texts in one request at the most.")
    queue_limit: int = Field(512, ge=1, description="Texts that may wait; beyond it 503 with Retry-After.")
    timeout: float = Field(30.0, gt=0, le=600, description="Seconds until a request is given up.")
    shutdown: float = Field(
        10.0, ge=0, le=600, description="Seconds that a stopping server waits for answers."
    )
    feedback: bool = Field(True, description="Whether feedback, which holds the query's text, is taken.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")

    @field_validator("root_path")
    @classmethod
    def _rooted(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("give a path that starts with /")
        return value.rstrip("/")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def database_url(self) -> str:
        """The database that is named, else the file in the user's data folder.

        :raises UsageError: when there is no home folder to put that in.
        """
        return self.database or default_url()

    @property
    def cores(self) -> int:
        """Processor cores that a worker searches on: several workers share them."""
        return self.threads or max(1, (os.cpu_count() or 1) // self.workers)

    @property
    def needs_key(self) -> bool:
        """Whether a request has to bring an API key."""
        return self.auth == "keys" or (self.auth == "auto" and not self.on_loopback)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Values of the ``Host`` header that are answered, without ports.

        :raises UsageError: when they are not given and cannot be known.
        """
        if self.allowed_hosts:
            return self.allowed_hosts
        if self.on_loopback:
            return _LOOPBACK_NAMES
        if self.host in ("0.0.0.0", "::"):
            raise UsageError(
                f"host {self.host} is every address of this machine: name those by which it is reached, as "
                f"in  {PREFIX}ALLOWED_HOSTS=coding.hospital.example  (or * for any name)"
            )
        return (self.host, *_LOOPBACK_NAMES)


def read_settings(
    options: Mapping[str, Any], environment: Mapping[str, str] | None = None, file: Path | None = None
) -> ServeSettings:
    """
    :param options: values given on the command line; None where one was not. They go before the
        environment, which goes before the file.
    :param environment: the variables; ``os.environ`` where left out.
    :param file: TOML, names as the fields'; where left out, the one that ``CODILINGUA_CONFIG`` names.
    :raises UsageError: with the name and the value, when one is of no use.
    """
    variables = os.environ if environment is None else environment
    named = file or (Path(variables[CONFIG]) if variables.get(CONFIG) else None)
    values = _from_file(named) if named is not None else {}
    for name in ServeSettings.model_fields:
        given = variables.get(PREFIX + name.upper())
        if given:
            values[name] = [part.strip() for part in given.split(",")] if name in _LISTS else given
    values |= {name: value for name, value in options.items() if value is not None}
    try:
        return ServeSettings.model_validate(values)
    except ValidationError as error:
        raise UsageError(_wording(error)) from error


def table() -> str:
    """Every setting as a Markdown table."""
    rows = ["| in the file | variable | default | |", "|---|---|---|---|"]
    for name, field in ServeSettings.model_fields.items():
        default = "" if field.default in (None, (), "") else f"`{_plain(field.default)}`"
        rows.append(f"| `{name}` | `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"settings {path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"settings {path}: not TOML ({error})") from error


def _wording(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"setting {name!r} is not known: see the table in docs/server.md"
    return f"setting {name} is {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
