"""Requests in the forms of OpenAI, Cohere and Jina in; sentence vectors and relevance out.

What a client has to set stands in ``docs/openai.md``.
"""

from __future__ import annotations

from codilingua.service.embeddings.routes import router

__all__ = ["router"]
