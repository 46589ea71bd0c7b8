"""Calls of an assistant's tools in; what they find out, by the Model Context Protocol.

Over HTTP from the server (:func:`running`), over standard streams by ``codilingua mcp``.
"""

from __future__ import annotations

from codilingua.service.mcp.http import running

__all__ = ["running"]
