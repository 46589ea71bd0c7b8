"""Contestants and phrases in; seconds a phrase of each contestant out, measured turn by turn."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

from benchmarks.measured import Number

Ask = Callable[[Sequence[str]], list[float]]
"""Answers phrases one by one; gives back the seconds that each took."""

ROUND = 10
_SAID_EVERY = 10


def take_turns(contestants: Mapping[str, Ask], phrases: Sequence[str]) -> dict[str, list[float]]:
    """Let each contestant answer the same phrases, a round at a time, each starting as often as any.

    Whatever else the machine is at then slows all of them alike. Rounds rather than single phrases,
    with the round's first phrase asked once unmeasured, so that each works from a warm cache, as it
    would by itself, and not against the threads that another has left spinning.

    :return: seconds, one a phrase, in the order of the phrases.
    """
    names = list(contestants)
    for name in names:
        contestants[name](phrases[:ROUND])
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for start in range(0, len(phrases), ROUND):
        part = phrases[start : start + ROUND]
        for name in names:
            seconds[name] += contestants[name]([part[0], *part])[1:]
        names.append(names.pop(0))
        if (start // ROUND + 1) % _SAID_EVERY == 0:
            print(f"  {start + len(part)} of {len(phrases)}", file=sys.stderr)
    return seconds


def median_ms(seconds: Sequence[float]) -> float:
    """Median in milliseconds."""
    return 1000 * statistics.median(seconds)


def p95_ms(seconds: Sequence[float]) -> float:
    """The 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def spread(key: str, what: str, seconds: Sequence[float]) -> tuple[Number, Number]:
    """Median and 95th percentile as numbers ``key.median`` and ``key.p95``."""
    return (
        Number(f"{key}.median", f"{what}, median", median_ms(seconds), "ms"),
        Number(f"{key}.p95", f"{what}, 95th percentile", p95_ms(seconds), "ms"),
    )
