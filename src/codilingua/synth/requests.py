"""A grid and a catalog in; the requests to a language model, the same ones every time, out."""

from __future__ import annotations

import hashlib
import json
import random
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from codilingua.catalog.catalog import Catalog
from codilingua.catalog.codes import CATEGORY
from codilingua.errors import UsageError
from codilingua.languages import language
from codilingua.synth.choose import COMPLETE
from codilingua.synth.grid import REGISTERS, Grid
from codilingua.synth.items import brief, describe
from codilingua.synth.templates import Form, Task, prompt
from codilingua.types import Concept, Kind, Pair

T = TypeVar("T")

ROWS_TO_JUDGE = 60
"""Rows in one request to a judge."""

_TOPICS = Path(__file__).with_name("topics.toml")


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a language model, whichever answers it.

    ``name`` says what it is for people (``phrases-es-012``); ``id`` is the name and the first letters of
    the digest of all that is asked: an answer to other words does not fit. ``codes`` are those that an
    answer must keep to, empty where it chooses its own. ``topic`` is the setting of practice, or empty.
    """

    name: str
    task: Task
    lang: str
    version: str
    form: Form
    system: str
    user: str
    seed: int
    max_tokens: int
    codes: tuple[str, ...] = ()
    topic: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of what is asked: messages, form, seed, hexadecimal."""
        asked = [self.task, self.lang, self.version, self.system, self.user, self.seed, self.max_tokens]
        return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()

    @property
    def id(self) -> str:
        """Name and digest, as batch files carry it."""
        return f"{self.name}-{self.digest[:8]}"


def requests(grid: Grid, catalog: Catalog, chosen: Mapping[str, int]) -> Iterator[Request]:
    """Every request of a grid, language by language within each way of asking.

    :param chosen: code → tier, in the order of the book (:func:`codilingua.synth.choose.choose`).
    """
    yield from _practice(grid)
    yield from _phrases(grid, catalog, chosen)
    yield from _labels(grid, catalog, chosen)
    if grid.tier_codes:
        yield from _tiers(grid, catalog)
    if grid.default_rows:
        yield from _defaults(grid)


def select(
    asked: Sequence[Request], tasks: Sequence[str] | None, langs: Sequence[str] | None, limit: int | None
) -> list[Request]:
    """The requests of these tasks and languages, the first ``limit`` of each.

    :raises UsageError: when a task or language has no request.
    """
    for what, wanted, there in (
        ("task", tasks, {request.task for request in asked}),
        ("language", langs, {request.lang for request in asked}),
    ):
        for one in wanted or ():
            if one not in there:
                known = ", ".join(sorted(there)) or "none"
                raise UsageError(f"{what} {one!r} is not among what would be asked: there is {known}")
    counts: Counter[tuple[str, str]] = Counter()
    chosen = []
    for request in asked:
        counts[request.task, request.lang] += 1
        wanted_here = (not tasks or request.task in tasks) and (not langs or request.lang in langs)
        if wanted_here and (limit is None or counts[request.task, request.lang] <= limit):
            chosen.append(request)
    return chosen


@cache
def topics() -> dict[str, tuple[str, str]]:
    """Settings of practice: id → name and scope."""
    content = tomllib.loads(_TOPICS.read_text("utf-8"))
    return {topic: (entry["name"], entry["scope"]) for topic, entry in content.items()}


def _practice(grid: Grid) -> Iterator[Request]:
    for lang in grid.languages:
        if not grid.rows[lang]:
            continue
        for topic, (name, scope) in topics().items():
            values = {"topic": name, "scope": scope, "rows": grid.rows[lang], "codes": grid.practice_codes}
            yield _request(grid.seed, "practice", lang, topic, values, topic=topic)


def _phrases(grid: Grid, catalog: Catalog, chosen: Mapping[str, int]) -> Iterator[Request]:
    cells: dict[str, list[str]] = {lang: [] for lang in grid.languages}
    for code, tier in chosen.items():
        spread = min(grid.spread[tier], len(grid.languages))
        for lang in _chance(grid, code).sample(grid.languages, spread):
            cells[lang].append(code)
    for lang, codes in cells.items():
        for number, block in enumerate(_blocks(codes, grid.phrase_codes), start=1):
            items = [describe(catalog, catalog.get(code), _registers(grid, code, lang)) for code in block]
            values = {"items": "\n".join(items)}
            yield _request(grid.seed, "phrases", lang, f"{number:03}", values, block)


def _registers(grid: Grid, code: str, lang: str) -> str:
    """The registers that one code is written in, in one language, drawn by weight without repetition."""
    chance = _chance(grid, code, lang)
    left = {name: weight for name, weight in grid.registers.items() if weight}
    drawn: list[str] = []
    while len(drawn) < grid.per_language and left:
        (name,) = chance.choices(list(left), list(left.values()))
        drawn.append(name)
        del left[name]
    return ", ".join(f"1 {name}" for name in REGISTERS if name in drawn)


def _labels(grid: Grid, catalog: Catalog, chosen: Mapping[str, int]) -> Iterator[Request]:
    named = [node for node in catalog if node.kind is Kind.CODE and _has_label(node, chosen)]
    for lang in grid.label_languages:
        for number, block in enumerate(_blocks(named, grid.label_codes), start=1):
            values = {"items": "\n".join(f"- {node.code} {node.title}" for node in block)}
            codes = [node.code for node in block]
            yield _request(grid.seed, "labels", lang, f"{number:03}", values, codes)


def _blocks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _tiers(grid: Grid, catalog: Catalog) -> Iterator[Request]:
    """About every complete code, in the order of the book."""
    complete = [node for node in catalog if node.kind is Kind.CODE and node.status in COMPLETE]
    for number, block in enumerate(_blocks(complete, grid.tier_codes), start=1):
        items = "\n".join(f"{node.code} {node.title}" for node in block)
        codes = [node.code for node in block]
        yield _request(grid.seed, "tiers", "en", f"{number:03}", {"items": items}, codes)


def _defaults(grid: Grid) -> Iterator[Request]:
    for topic, (name, scope) in topics().items():
        values = {"topic": name, "scope": scope, "rows": grid.default_rows}
        yield _request(grid.seed, "defaults", "en", topic, values, topic=topic)


def sample(pairs: Sequence[Pair], count: int, seed: int) -> list[Pair]:
    """So many pairs of each language, by lot: the same ones for the same seed, whatever their order."""

    def lot(pair: Pair) -> bytes:
        return hashlib.sha256(f"{seed}:{pair.id}".encode()).digest()

    langs = sorted({pair.lang for pair in pairs})
    return [pair for lang in langs for pair in sorted((p for p in pairs if p.lang == lang), key=lot)[:count]]


def judge_requests(
    catalog: Catalog, pairs: Sequence[Pair], topic: str, seed: int, rows: int = ROWS_TO_JUDGE
) -> Iterator[Request]:
    """Ask for a verdict on each pair, language by language.

    :param topic: what they are read for: ``review``, ``test``, ``precision`` or what you like.
    """
    for lang in sorted({pair.lang for pair in pairs}):
        own = [pair for pair in pairs if pair.lang == lang]
        for number, block in enumerate(_blocks(own, rows), start=1):
            described = {pair.code: brief(catalog, catalog.get(pair.code)) for pair in block}
            lines = [f"{pair.id} | {pair.text} | {pair.register} | {pair.code}" for pair in block]
            items = "Rows: id | phrase | register | code\n\n" + "\n".join(lines)
            items += "\n\nThe codes:\n\n" + "\n".join(described.values())
            codes = [pair.id for pair in block]
            yield _request(seed, "judge", lang, f"{topic}-{number:03}", {"items": items}, codes, topic)


def _has_label(node: Concept, chosen: Mapping[str, int]) -> bool:
    return node.code in chosen or len(node.code) == CATEGORY


def _request(
    seed: int,
    task: Task,
    lang: str,
    part: str,
    values: Mapping[str, object],
    codes: Sequence[str] = (),
    topic: str = "",
) -> Request:
    template, facts = prompt(task), language(lang)
    shared = {"language": facts.name, "countries": facts.countries, "advice": facts.advice}
    system, user = template.fill({**shared, **values})
    return Request(
        name=f"{task}-{lang}-{part}",
        task=task,
        lang=lang,
        version=template.version,
        form=template.form,
        system=system,
        user=user,
        seed=seed,
        max_tokens=template.max_tokens,
        codes=tuple(codes),
        topic=topic,
    )


def _chance(grid: Grid, *what: str) -> random.Random:
    """Chance that depends on the seed and on what it is for alone: a code more changes no other's."""
    return random.Random(f"{grid.seed}:{':'.join(what)}")
