"""A request in; the answer of any endpoint that speaks OpenAI's chat protocol out."""

from __future__ import annotations

from typing import Any

from codilingua.extras import require
from codilingua.synth.batch import messages, response_format
from codilingua.synth.clients.base import AskError, Connection, Reply, Unreachable, key_from
from codilingua.synth.requests import Request


class OpenAIClient:
    """Asks by the ``openai`` library, which waits and asks again on 408, 409, 429 and 5xx."""

    def __init__(self, connection: Connection) -> None:
        """
        :raises MissingExtra: without the extra ``synth``.
        :raises UsageError: when ``OPENAI_API_KEY`` is not set and no ``url`` is given.
        """
        require("synth", "openai")
        import openai

        self._connection = connection
        self._client = openai.OpenAI(
            api_key=key_from("OPENAI_API_KEY", connection.url),
            base_url=connection.url,
            timeout=connection.timeout,
            max_retries=connection.retries,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ask(self, request: Request) -> Reply:
        """See :class:`~codilingua.synth.clients.base.Client`."""
        import openai

        asked: Any = {
            "model": self._connection.model,
            "messages": messages(request),
            **response_format(request, self._connection.structure),
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            **self._connection.parameters,
        }
        try:
            done = self._client.chat.completions.create(**asked)
        except (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError) as error:
            raise Unreachable(
                f"{self._where}: refused ({error.status_code}): check key, URL and model"
            ) from error
        except openai.APITimeoutError as error:
            raise AskError(f"no answer within {self._connection.timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise Unreachable(
                f"{self._where}: nobody answers there; check the URL and that the server runs"
            ) from error
        except openai.APIStatusError as error:
            raise AskError(f"answered {error.status_code} {self._connection.retries + 1} times") from error
        except (openai.APIError, ValueError) as error:
            raise AskError(f"an answer that cannot be read ({type(error).__name__})") from error
        if not getattr(done, "choices", None):
            raise AskError("an answer without choices")
        choice, usage = done.choices[0], done.usage
        return Reply(
            choice.message.content or "",
            usage.prompt_tokens if usage else 0,
            usage.completion_tokens if usage else 0,
            choice.finish_reason == "length",
        )

    @property
    def _where(self) -> str:
        return str(self._client.base_url).rstrip("/")
