"""Clinical-code search that works in the language the clinician writes in.

from codilingua import open_search

search = open_search()
for hit in search("dolor torácico", limit=5):
    print(hit.code, hit.title, hit.score)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codilingua.errors import CodilinguaError
from codilingua.types import Concept, Hit, Status

if TYPE_CHECKING:
    from codilingua.catalog.catalog import Catalog
    from codilingua.search.engine import Search
    from codilingua.search.filters import Filters
    from codilingua.search.opening import open_search

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "CodilinguaError",
    "Concept",
    "Filters",
    "Hit",
    "Search",
    "Status",
    "__version__",
    "open_search",
]

_HOMES = {
    "Catalog": "codilingua.catalog.catalog",
    "Filters": "codilingua.search.filters",
    "Search": "codilingua.search.engine",
    "open_search": "codilingua.search.opening",
}


def __getattr__(name: str) -> object:
    """Load what needs numpy and ONNX Runtime on first use, so that ``codilingua --help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'codilingua' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
