"""Requests in; how many there are and what they would cost, before anything is paid for, out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from codilingua.synth.requests import Request
from codilingua.synth.run import LETTERS_A_TOKEN, Price
from codilingua.synth.templates import Task

_ANSWER = {"practice": 2000, "phrases": 55, "labels": 16, "judge": 12, "tiers": 1.5, "defaults": 1700}
"""Tokens of an answer: a setting of practice as a whole, else for each code or row."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One line of the plan. Tokens are estimates, cost is US dollars."""

    task: Task
    lang: str
    requests: int
    codes: int
    prompt_tokens: int
    answer_tokens: int
    cost: float


def estimate(requests: Iterable[Request], price: Price) -> list[Estimate]:
    """Add up requests by task and language, in the order in which they come."""
    groups: dict[tuple[Task, str], list[Request]] = {}
    for request in requests:
        groups.setdefault((request.task, request.lang), []).append(request)
    return [_line(task, lang, group, price) for (task, lang), group in groups.items()]


def _line(task: Task, lang: str, requests: list[Request], price: Price) -> Estimate:
    read = sum(round((len(one.system) + len(one.user)) / LETTERS_A_TOKEN) for one in requests)
    written = sum(round(_ANSWER[task] * (len(one.codes) or 1)) for one in requests)
    codes = sum(len(one.codes) for one in requests)
    return Estimate(task, lang, len(requests), codes, read, written, price.of(read, written))
