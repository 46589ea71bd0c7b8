"""Requests and a client in; a ledger with their answers, bought once, out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from codilingua.synth.clients.base import AskError, Client, Connection, Reply, Unreachable
from codilingua.synth.ledger import Entry, Ledger, entry_for, key_of
from codilingua.synth.requests import Request

LETTERS_A_TOKEN = 3.6
"""Of prompts in English, with codes and words of other languages. A model's own tokenizer knows better."""

Watch = Callable[[Entry | None], None]
"""Called after each request: with the new entry, or None where it was answered before or not at all."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, read and written."""

    prompt: float = 0.0
    answer: float = 0.0

    def of(self, prompt_tokens: float, answer_tokens: float) -> float:
        """US dollars."""
        return (prompt_tokens * self.prompt + answer_tokens * self.answer) / 1e6


@dataclass(slots=True)
class Outcome:
    """How a run went.

    ``cut`` counts the answers that ran into the limit, ``failed`` has id and reason, ``stopped`` says why not
    all was asked, or is empty.
    """

    answered: int = 0
    known: int = 0
    cut: int = 0
    cost: float = 0.0
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: str = ""


def run(
    requests: Iterable[Request],
    client: Client,
    connection: Connection,
    ledger: Ledger,
    workers: int,
    price: Price,
    budget: float | None = None,
    watch: Watch = lambda _: None,
) -> Outcome:
    """Ask what the ledger does not have, several at a time, each answer written down as it comes.

    An answer that was cut short or reads badly is paid for and kept: curation counts it. A request that
    was not answered can be asked again by another run.

    :param workers: how many are asked at the same time.
    :param budget: US dollars; no new request is sent once they are spent. Those under way still arrive.
    """
    outcome = Outcome()
    waiting: dict[Future[Reply], Request] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            for request in requests:
                if key_of(request, connection.model, connection.parameters) in ledger:
                    outcome.known += 1
                    watch(None)
                    continue
                while len(waiting) >= workers:
                    _settle(waiting, outcome, connection, ledger, price, watch)
                if budget is not None and outcome.cost >= budget:
                    outcome.stopped = f"the budget of ${budget:g} is spent"
                    break
                waiting[pool.submit(client.ask, request)] = request
            while waiting:
                _settle(waiting, outcome, connection, ledger, price, watch)
        except Unreachable as error:
            outcome.stopped = str(error)
            for future in [future for future in waiting if future.cancel()]:
                del waiting[future]
            # What is under way is paid for, so it is waited for and written down.
            while waiting:
                with suppress(Unreachable):
                    _settle(waiting, outcome, connection, ledger, price, watch)
    return outcome


def _settle(
    waiting: dict[Future[Reply], Request],
    outcome: Outcome,
    connection: Connection,
    ledger: Ledger,
    price: Price,
    watch: Watch,
) -> None:
    """Wait for one answer at least, and write down what has come."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    unreachable: Unreachable | None = None
    for future in done:
        request = waiting.pop(future)
        try:
            reply = future.result()
        except AskError as error:
            outcome.failed.append((request.id, str(error)))
            watch(None)
            continue
        except Unreachable as error:
            # Written down first is what else has come: it is paid for.
            unreachable = error
            continue
        cost = price.of(*_tokens(request, reply))
        outcome.cut += reply.cut
        entry = entry_for(
            request,
            connection.model,
            datetime.now(UTC).date().isoformat(),
            reply.content,
            parameters=connection.parameters,
            prompt_tokens=reply.prompt_tokens,
            answer_tokens=reply.answer_tokens,
            cost=cost,
        )
        ledger.add(entry)
        outcome.answered += 1
        outcome.cost += cost
        watch(entry)
    if unreachable:
        raise unreachable


def _tokens(request: Request, reply: Reply) -> tuple[float, float]:
    """What was read and written, estimated where the server does not count: a budget must end everywhere."""
    read = reply.prompt_tokens or (len(request.system) + len(request.user)) / LETTERS_A_TOKEN
    return read, reply.answer_tokens or len(reply.content) / LETTERS_A_TOKEN
