"""A request in the form of the NLM's Clinical Tables in; its answer out, in that form, ranked as everywhere.

What a front-end has to know stands in ``docs/nlm.md``.
"""

from __future__ import annotations

from codilingua.service.nlm.routes import router

__all__ = ["router"]
