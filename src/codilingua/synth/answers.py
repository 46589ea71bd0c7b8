"""The text of an answer in; what it says, checked against its form, out.

Forms: ``entries`` (phrases of codes by register), ``labels`` (one term a code), ``verdicts`` (what a judge
says of rows), ``tiers`` (codes by tier of use), ``defaults`` (terms and the code they take).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codilingua.synth.grid import REGISTERS, TIERS
from codilingua.synth.templates import Form
from codilingua.text import clean
from codilingua.types import LANGUAGES

EVERY_OTHER = "*"
"""The row that stands for all of a request that an answer does not name."""

VERDICTS = ("keep", "recode", "rewrite", "drop")

_FENCE = re.compile(r"\A\s*```[a-z]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_SHOWN = 60


class AnswerError(ValueError):
    """An answer has not the form that was asked for. The message is the reason for its rejection."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of an answer of the form ``entries``, as it stands there."""

    code: str
    register: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one row: ``verdict`` is one of ``VERDICTS``.

    ``code`` is the right code of ``recode``, ``text`` the better text of ``rewrite``; else empty.
    """

    row: str
    verdict: str
    code: str
    text: str
    why: str


def phrases(text: str) -> list[Phrase]:
    """Read an answer of the form ``entries``.

    :raises AnswerError: when it is not JSON or has another form.
    """
    found: list[Phrase] = []
    for entry in _array(_object(text), "entries"):
        code = _text(entry, "code")
        for register, texts in entry.items():
            if register == "code" or texts is None:
                continue
            if register not in REGISTERS:
                raise AnswerError(f"register {register!r} of {code} is not one of {', '.join(REGISTERS)}")
            if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
                raise AnswerError(f"{register} of {code} is not a list of texts")
            found.extend(Phrase(code, register, clean(one)) for one in texts)
    return found


def labels(text: str) -> dict[str, str]:
    """Read an answer of the form ``labels``: code → term.

    :raises AnswerError: when it is not JSON or has another form.
    """
    terms = _object(text).get("labels")
    if not isinstance(terms, dict) or not all(isinstance(term, str) for term in terms.values()):
        raise AnswerError("no object 'labels' that maps codes to terms")
    return {clean(code): clean(term) for code, term in terms.items()}


def verdicts(text: str) -> list[Verdict]:
    """Read an answer of the form ``verdicts``.

    :raises AnswerError: when it is not JSON or has another form.
    """
    found = []
    for entry in _array(_object(text), "verdicts"):
        row, kind = _text(entry, "row"), _text(entry, "verdict")
        if kind not in VERDICTS:
            raise AnswerError(f"verdict {kind!r} is not one of {', '.join(VERDICTS)}")
        if row == EVERY_OTHER and kind != "keep":
            raise AnswerError(f"verdict {kind!r} of all other rows: only 'keep' may stand for them")
        # A strict schema makes a model fill every field: only what the verdict calls for counts.
        code, better, why = (clean(str(entry.get(name) or "")) for name in ("code", "text", "why"))
        verdict = Verdict(
            row, kind, code if kind == "recode" else "", better if kind == "rewrite" else "", why
        )
        needed = {"recode": verdict.code, "rewrite": verdict.text}.get(verdict.verdict, "given")
        if not needed:
            raise AnswerError(f"{verdict.verdict} of row {verdict.row} does not say to what")
        found.append(verdict)
    return found


def tiers(text: str) -> dict[str, int]:
    """Read an answer of the form ``tiers``: code → tier.

    :raises AnswerError: when it is not JSON or has another form.
    """
    found: dict[str, int] = {}
    content = _object(text)
    for tier in range(TIERS - 1):
        codes = content.get(str(tier))
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise AnswerError(f"no list of codes for tier {tier}")
        for code in codes:
            found.setdefault(clean(code), tier)
    return found


def defaults(text: str) -> list[tuple[str, str, str]]:
    """Read an answer of the form ``defaults``: language, term, code.

    :raises AnswerError: when it is not JSON or has another form.
    """
    found: list[tuple[str, str, str]] = []
    for entry in _array(_object(text), "terms"):
        code = _text(entry, "code")
        named = [(lang, clean(entry[lang])) for lang in LANGUAGES if isinstance(entry.get(lang), str)]
        found.extend((lang, term, code) for lang, term in named if term)
    return found


READERS: Mapping[Form, Callable[[str], Any]] = {
    "entries": phrases,
    "labels": labels,
    "verdicts": verdicts,
    "tiers": tiers,
    "defaults": defaults,
}
"""How the answer of each form is read."""


def schema(form: Form, codes: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer, strict in the sense of the APIs: all named, nothing else."""
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    match form:
        case "entries":
            entry = _closed({"code": text, **dict.fromkeys(REGISTERS, texts)})
            return _closed({"entries": {"type": "array", "items": entry}})
        case "labels":
            return _closed({"labels": _closed(dict.fromkeys(codes, text))})
        case "verdicts":
            kinds = {"type": "string", "enum": list(VERDICTS)}
            entry = _closed({"row": text, "verdict": kinds, "code": text, "text": text, "why": text})
            return _closed({"verdicts": {"type": "array", "items": entry}})
        case "tiers":
            return _closed({str(tier): texts for tier in range(TIERS - 1)})
        case "defaults":
            entry = _closed({"code": text, **dict.fromkeys(LANGUAGES, text)})
            return _closed({"terms": {"type": "array", "items": entry}})


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _object(text: str) -> dict[str, Any]:
    fenced = _FENCE.match(text)
    try:
        content = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as error:
        end = text.strip()[-_SHOWN:]
        raise AnswerError(f"not JSON ({error}); it ends with {end!r}") from error
    if not isinstance(content, dict):
        raise AnswerError(f"a JSON {type(content).__name__} where an object was asked for")
    return content


def _array(content: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    entries = content.get(name)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise AnswerError(f"no list {name!r} of objects")
    return iter(entries)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not clean(value):
        raise AnswerError(f"an entry without {name!r}: {json.dumps(entry, ensure_ascii=False)[:_SHOWN]}")
    return clean(value)
