"""The one place that words an install hint for an optional package."""

from __future__ import annotations

from importlib.util import find_spec

from codilingua.errors import MissingExtra


def require(extra: str, *modules: str) -> None:
    """Check that what an extra brings can be imported, without importing it.

    :param extra: name of the extra in ``pyproject.toml``.
    :param modules: top-level module names that are about to be imported.
    :raises MissingExtra: when one is not installed.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise MissingExtra(f"{', '.join(missing)} not installed: run  pip install 'codilingua[{extra}]'")
