"""A request in; the answer of any endpoint that speaks OpenAI's chat protocol out."""

from __future__ import annotations

from typing import Any

from codilingua.extras import require
from codilingua.synth.batch import messages, response_format
from codilingua.synth.clients.base import AskError, Connection, Reply, Unreachable, key_from
from codilingua.synth.requests import Request

_SHOWN = 120


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
            raise AskError(f"answered {error.status_code}: {str(error.message)[:_SHOWN]}") from error
        except (openai.APIError, ValueError) as error:
            raise AskError(f"an answer that cannot be read ({type(error).__name__})") from error
        return _reply(done)

    @property
    def _where(self) -> str:
        return str(self._client.base_url).rstrip("/")


def _reply(done: Any) -> Reply:
    """
    :raises AskError: when the server's answer has not the form of the protocol, whatever it calls itself.
    """
    try:
        choice, usage = done.choices[0], done.usage
        content = choice.message.content or ""
        read, written = (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else (0, 0)
        cut = choice.finish_reason == "length"
    except (AttributeError, IndexError, TypeError) as error:
        raise AskError(f"an answer of another form ({error})") from error
    if not isinstance(content, str):
        raise AskError(f"an answer that is {type(content).__name__} where text was asked for")
    return Reply(content, int(read), int(written), cut)
