"""What every client of a language model has in common: a request in, the text of the answer out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from codilingua.errors import CodilinguaError, UsageError
from codilingua.synth.batch import Structure
from codilingua.synth.ledger import Parameters
from codilingua.synth.requests import Request


class AskError(CodilinguaError):
    """A request was not answered, after all retries. Another one may be."""


class Unreachable(CodilinguaError):
    """Nobody answers there, or the key is refused: asking on is of no use."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where and how to ask.

    ``url`` is the base of the API, None for the provider's own. ``timeout`` is in seconds, ``retries``
    how often an answer of 408, 409, 429 or 5xx is asked for again, with growing pauses. ``structure`` is
    how the form of an answer is asked for.
    """

    model: str
    url: str | None = None
    timeout: float = 120.0
    retries: int = 5
    structure: Structure = "schema"
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of an answer, and the tokens that were counted for it. ``cut`` where it ran into the limit."""

    content: str
    prompt_tokens: int
    answer_tokens: int
    cut: bool


class Client(Protocol):
    """Asks one model. May be shared by threads."""

    def ask(self, request: Request) -> Reply:
        """Ask once, with retries.

        :raises AskError: when this request gets no answer.
        :raises Unreachable: when no request will.
        """

    def close(self) -> None:
        """Give the connections back."""


def key_from(variable: str, url: str | None, environment: Mapping[str, str] | None = None) -> str:
    """The API key, from the environment alone. A server of one's own (``url``) may need none.

    :raises UsageError: when the provider needs one and the variable is not set.
    """
    key = (os.environ if environment is None else environment).get(variable, "").strip()
    if key:
        return key
    if url is None:
        raise UsageError(
            f"{variable} is not set: put the key of the API there, or give --url for a server of your own"
        )
    return "none"
