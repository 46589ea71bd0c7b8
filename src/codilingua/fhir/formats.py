"""The headers and bytes of a request in; whether JSON will do, and the JSON that was sent, out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import NoReturn

from codilingua.fhir.elements import shown
from codilingua.fhir.outcome import FhirError

FHIR_JSON = "application/fhir+json"

_JSON_TYPES = (FHIR_JSON, "application/json", "text/json", "application/json+fhir")
_FORMATS = ("json", *_JSON_TYPES)
_ANYTHING = ("*/*", "application/*", "text/*")
_VERSIONS = ("4.0", "4.0.1")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_MANY = 10
_DEEPEST = 50
_TOO_DEEP = f"the body is nested more than {_DEEPEST} levels deep: no resource is"


def check_format(asked: str | None, accept: str | None) -> None:
    """
    :param asked: the parameter ``_format``, which goes before the header.
    :param accept: the header ``Accept``.
    :raises FhirError: with status 406, when the answer may not be JSON.
    """
    if asked:
        # "+" is a space in a URL, and few people know.
        named = asked.replace(" ", "+").partition(";")[0].strip().lower()
        if named not in _FORMATS:
            raise _not_acceptable(f"_format is {shown(asked)}")
        return
    if accept and not any(_is_json(media, options) for media, options in _ranges(accept)):
        raise _not_acceptable(f"Accept is {shown(accept)}")


def read_json(content_type: str | None, body: bytes) -> object:
    """
    :return: the JSON value; None where there is no body.
    :raises FhirError: when the body is no JSON, or is said to be something else.
    """
    if not body.strip():
        return None
    media = (content_type or FHIR_JSON).partition(";")[0].strip().lower()
    if media not in _JSON_TYPES:
        text = f"Content-Type is {shown(content_type)}: POST {FHIR_JSON}"
        raise FhirError("not-supported", text, 415)
    try:
        text = body.decode("utf-8-sig")
        value: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        _check_depth(value)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError as error:
        raise FhirError("structure", "the body has half a surrogate pair: escape characters whole") from error
    except UnicodeDecodeError as error:
        reason = f"the body is not UTF-8 (byte {error.start}): encode it so"
        raise FhirError("structure", reason) from error
    except RecursionError as error:
        raise FhirError("structure", _TOO_DEEP) from error
    except json.JSONDecodeError as error:
        reason = f"the body is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        raise FhirError("structure", reason) from error
    except ValueError as error:
        raise FhirError("structure", "the body has a number of no use: write one that FHIR allows") from error


def languages(header: str) -> tuple[str, ...]:
    """The languages of an ``Accept-Language`` header, best first; what is none is left out."""
    found: list[tuple[float, int, str]] = []
    for tag, options in _ranges(header):
        if _LANGUAGE.fullmatch(tag) and (quality := _quality(options)) > 0:
            found.append((-quality, len(found), tag))
    return tuple(tag for _, _, tag in sorted(found)[:_MANY])


def _is_json(media: str, options: dict[str, str]) -> bool:
    if media not in (*_JSON_TYPES, *_ANYTHING) or _quality(options) <= 0:
        return False
    version = options.get("fhirversion")
    return version is None or version in _VERSIONS


def _ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    for item in header.split(","):
        media, *options = (part.strip() for part in item.split(";"))
        pairs = (option.partition("=") for option in options)
        yield media.lower(), {name.strip().lower(): value.strip(' "') for name, _, value in pairs}


def _quality(options: dict[str, str]) -> float:
    try:
        return float(options.get("q", "1"))
    except ValueError:
        return 0.0


def _not_acceptable(what: str) -> FhirError:
    return FhirError("not-supported", f"{what}, but answers are JSON alone: ask for {FHIR_JSON}", 406)


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            part
            for holder in level
            if isinstance(holder, dict | list)
            for part in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return
    raise FhirError("structure", _TOO_DEEP)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
