"""Requests in; how many there are and what they would cost, before anything is paid for, out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from codilingua.synth.requests import Request
from codilingua.synth.run import Price
from codilingua.synth.templates import Task

LETTERS_A_TOKEN = 3.6
"""Of prompts in English with codes and some words of another language; a tokenizer of its own would say more."""

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
    lines: dict[tuple[Task, str], list[int]] = {}
    for request in requests:
        line = lines.setdefault((request.task, request.lang), [0, 0, 0, 0])
        each = _ANSWER[request.task]
        line[0] += 1
        line[1] += len(request.codes)
        line[2] += round((len(request.system) + len(request.user)) / LETTERS_A_TOKEN)
        line[3] += round(each * (len(request.codes) or 1))
    return [
        Estimate(task, lang, *line, price.of(line[2], line[3])) for (task, lang), line in lines.items()
    ]
