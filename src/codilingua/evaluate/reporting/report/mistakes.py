"""Results in; what kinds of mistakes were made, and a sample of them by set and line, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codilingua.evaluate.reporting.report.lookup import Results, language
from codilingua.evaluate.reporting.report.markdown import count, share, table
from codilingua.evaluate.scoring.mistakes import CLASSES, CORRECT


def mistakes(read: Results) -> str:
    """The classes by language, then the sample."""
    parts = [_classes(read), _sample(read.content.get("errors", ()))]
    made = [part for part in parts if part]
    return "\n\n".join(("## Mistakes", *made)) if made else ""


def _classes(read: Results) -> str:
    """Systems by classes, in each language the sets together; shares are of the wrong first answers."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    queries: dict[tuple[str, str], int] = {}
    for row in read.content.get("error_classes", ()):
        key = row["lang"], row["system"]
        queries[key] = queries.get(key, 0) + row["queries"]
        total = sums.setdefault(key, {})
        for name, number in row["counts"].items():
            total[name] = total.get(name, 0) + number
    if not sums:
        return ""
    found = {name for counts in sums.values() for name, number in counts.items() if number}
    classes = [name for name in CLASSES if name in found and name != CORRECT]
    classes += sorted(found - set(CLASSES))
    rows = []
    for lang in dict.fromkeys(lang for lang, _ in sums):
        for system in (name for name in read.few() if (lang, name) in sums):
            counts = sums[lang, system]
            wrong = sum(counts.get(name, 0) for name in classes)
            shares = [
                f"{count(counts.get(name, 0))} ({share(counts.get(name, 0), wrong)})" for name in classes
            ]
            rows.append([language(lang), system, count(queries[lang, system]), count(wrong), *shares])
    about = (
        "What the first answer is to the gold code where it is not right; a guess by the hierarchy and the "
        "titles. Shares are of the wrong first answers."
    )
    header = ("language", "system", "queries", "wrong at rank 1", *classes)
    return f"### Classes by language\n\n{about}\n\n{table(header, rows, texts=2)}"


def _sample(errors: Sequence[Mapping[str, Any]]) -> str:
    if not errors:
        return ""
    rows = [
        [
            f"{each['set']}:{each['line']}",
            _titled(each["gold"], each["gold_titles"]),
            _titled(each["returned"], each["returned_titles"]) or "nothing",
            "none" if each["rank"] is None else str(each["rank"]),
            each["class"],
        ]
        for each in errors
    ]
    about = (
        f"{len(errors)} drawn by a seeded generator, those of {errors[0]['system']}. The texts of the "
        "queries are not here: they stand in `errors.tsv` beside this page, which is not kept in git."
    )
    header = ("set:line", "gold", "returned", "rank of the gold", "class")
    return f"### A sample of mistakes\n\n{about}\n\n{table(header, rows, texts=5)}"


def _titled(codes: Sequence[str], titles: Sequence[str]) -> str:
    return "; ".join(f"{code} {title}".strip() for code, title in zip(codes, titles, strict=True))
