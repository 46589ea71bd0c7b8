"""A request in; the answer of Gemini's own API out."""

from __future__ import annotations

from typing import Any

from codilingua.extras import require
from codilingua.synth.answers import schema
from codilingua.synth.clients.base import AskError, Connection, Reply, Unreachable, key_from
from codilingua.synth.requests import Request

_AGAIN = [408, 409, 429, *range(500, 600)]
_SHOWN = 120
_REFUSED = (401, 403, 404)


class GeminiClient:
    """Asks by the ``google-genai`` library, told to wait and ask again on 408, 429 and 5xx."""

    def __init__(self, connection: Connection) -> None:
        """
        :raises MissingExtra: without the extra ``synth``.
        :raises UsageError: when ``GEMINI_API_KEY`` is not set and no ``url`` is given.
        """
        require("synth", "google.genai")
        from google import genai
        from google.genai import types

        self._connection = connection
        self._client = genai.Client(
            api_key=key_from("GEMINI_API_KEY", connection.url),
            http_options=types.HttpOptions(
                base_url=connection.url,
                timeout=int(connection.timeout * 1000),
                retry_options=types.HttpRetryOptions(
                    attempts=connection.retries + 1,
                    initial_delay=0.5,
                    max_delay=30.0,
                    http_status_codes=_AGAIN,
                ),
            ),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ask(self, request: Request) -> Reply:
        """See :class:`~codilingua.synth.clients.base.Client`."""
        from google.genai import errors, types

        parameters: Any = dict(self._connection.parameters)
        longest = parameters.pop("max_tokens", request.max_tokens)
        config = types.GenerateContentConfig(
            system_instruction=request.system,
            response_mime_type="application/json",
            response_json_schema=schema(request.form, request.codes),
            seed=request.seed,
            max_output_tokens=longest,
            **parameters,
        )
        try:
            done = self._client.models.generate_content(
                model=self._connection.model, contents=request.user, config=config
            )
        except errors.APIError as error:
            if error.code in _REFUSED or "API key" in str(error.message):
                raise Unreachable(
                    f"Gemini: refused ({error.code}): check GEMINI_API_KEY and the model"
                ) from error
            raise AskError(f"answered {error.code}: {str(error.message)[:_SHOWN]}") from error
        except Exception as error:
            # The transport changes with the library's version (httpx, httpx2): told by name, not by class.
            kinds = {kind.__name__ for kind in type(error).__mro__}
            if "TimeoutException" in kinds:
                raise AskError(f"no answer within {self._connection.timeout:g} s") from error
            if "TransportError" in kinds:
                raise Unreachable("Gemini: nobody answers there; check the network and --url") from error
            if isinstance(error, ValueError):
                raise AskError(f"an answer that cannot be read ({type(error).__name__})") from error
            raise
        usage = done.usage_metadata
        candidate = done.candidates[0] if done.candidates else None
        return Reply(
            done.text or "",
            (usage.prompt_token_count or 0) if usage else 0,
            (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0) if usage else 0,
            candidate is not None and candidate.finish_reason == types.FinishReason.MAX_TOKENS,
        )
