"""The name of an API in; a client that asks a language model out.

Keys come from the environment alone (``OPENAI_API_KEY``, ``GEMINI_API_KEY``), are handed to the client's
library, and are written nowhere.
"""

from __future__ import annotations

from codilingua.errors import UsageError
from codilingua.synth.clients.base import Client, Connection

APIS = ("openai", "gemini")
"""``openai`` is every endpoint that speaks its protocol: vLLM, Ollama, llama.cpp, Mistral and others."""


def open_client(api: str, connection: Connection) -> Client:
    """Open the client of one API.

    :raises UsageError: when the API is not known, or its key is not in the environment.
    :raises MissingExtra: without the extra ``synth``.
    """
    if api == "openai":
        from codilingua.synth.clients.openai import OpenAIClient

        return OpenAIClient(connection)
    if api == "gemini":
        from codilingua.synth.clients.gemini import GeminiClient

        return GeminiClient(connection)
    raise UsageError(f"API {api!r} is not known: give one of {', '.join(APIS)}")
