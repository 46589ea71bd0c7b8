"""Requests in, a file that a batch API takes out; the file that it gives back in, answers out.

The way for any model anywhere: the requests are JSON lines in the form of OpenAI's batch API, which others
(Mistral, vLLM, Gemini's compatible endpoint) read as well. An answer is a line of what such an API gives
back, or in short ``{"custom_id": …, "content": …}`` with the answer as text or as JSON. What the file of
requests holds is all that reading the answers needs: it is kept beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from codilingua.errors import SourceError, UsageError
from codilingua.synth.answers import schema
from codilingua.synth.ledger import Entry, Ledger, Parameters, entry_for
from codilingua.synth.requests import Request

Structure = Literal["schema", "object", "none"]
"""How an endpoint is told the form: by JSON schema, as llama.cpp's Python server reads it, or not at all."""

_URL = "/v1/chat/completions"


def messages(request: Request) -> list[dict[str, str]]:
    """The conversation that a request opens, as chat APIs take it."""
    return [
        {"role": "system", "content": request.system},
        {"role": "user", "content": request.user},
    ]


def response_format(request: Request, structure: Structure = "schema") -> dict[str, Any]:
    """What makes a chat API keep to the form of the answer, as a part of its request."""
    form = schema(request.form, request.codes)
    match structure:
        case "schema":
            wanted = {"name": request.form, "strict": True, "schema": form}
            return {"response_format": {"type": "json_schema", "json_schema": wanted}}
        case "object":
            return {"response_format": {"type": "json_object", "schema": form}}
        case "none":
            return {}


def export(path: Path, requests: Iterable[Request], model: str, parameters: Parameters) -> int:
    """Write the batch file, and beside it ``NAME.requests``: what :func:`read_answers` needs.

    :return: how many requests it holds.
    :raises UsageError: when the file cannot be written.
    """
    count = 0
    try:
        with path.open("w", encoding="utf-8") as batch, kept(path).open("w", encoding="utf-8") as beside:
            for request in requests:
                body = {
                    "model": model,
                    "messages": messages(request),
                    **response_format(request),
                    "seed": request.seed,
                    "max_tokens": request.max_tokens,
                    **parameters,
                }
                line = {"custom_id": request.id, "method": "POST", "url": _URL, "body": body}
                batch.write(json.dumps(line, ensure_ascii=False) + "\n")
                kept_line = {"model": model, "parameters": dict(parameters), "request": asdict(request)}
                beside.write(json.dumps(kept_line, ensure_ascii=False) + "\n")
                count += 1
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror}); choose another") from error
    return count


def kept(path: Path) -> Path:
    """Where the requests of a batch file are kept."""
    return path.with_name(path.name + ".requests")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a batch file, and the model and parameters that it was exported for."""

    request: Request
    model: str
    parameters: Parameters


def read_requests(path: Path) -> dict[str, Asked]:
    """The requests that :func:`export` kept, by id.

    :raises SourceError: with the line, when the file cannot be read or holds something else.
    """
    found: dict[str, Asked] = {}
    for number, line in _lines(path):
        try:
            content = json.loads(line)
            told = content["request"]
            request = Request(**{**told, "codes": tuple(told["codes"])})
            found[request.id] = Asked(request, content["model"], content["parameters"])
        except (ValueError, TypeError, KeyError) as error:
            reason = f"not a request ({error}); give the .requests file that export wrote"
            raise SourceError(path, number, reason) from error
    return found


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of an answer file that was left out. ``kind`` is its short name, ``reason`` says it in full."""

    line: int
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file of answers."""

    added: int
    known: int
    faults: tuple[Fault, ...]


def import_answers(
    ledger: Ledger, path: Path, asked: Mapping[str, Asked], model: str | None, day: date | None
) -> Imported:
    """Take the answers of a file into a ledger; a line of no use is counted and passed over.

    :param asked: the requests by id (:func:`read_requests`).
    :param model: who answered, where the file does not say.
    :param day: when, where the file does not say.
    :raises SourceError: when the file cannot be read.
    """
    added = known = 0
    faults: list[Fault] = []
    for result in read_answers(path, asked, model, day):
        if isinstance(result, Fault):
            faults.append(result)
        elif ledger.add(result):
            added += 1
        else:
            known += 1
    return Imported(added, known, tuple(faults))


def read_answers(
    path: Path, asked: Mapping[str, Asked], model: str | None, day: date | None
) -> Iterator[Entry | Fault]:
    """Each line as the ledger's entry, or as what is wrong with it.

    :raises SourceError: when the file cannot be read.
    """
    for number, line in _lines(path):
        try:
            yield _answer(json.loads(line), asked, model, day)
        except _Useless as error:
            yield Fault(number, error.kind, error.reason)
        except (json.JSONDecodeError, RecursionError) as error:
            yield Fault(number, "not JSON", f"not JSON ({error}): half a response?")
        except (ValueError, OverflowError, KeyError, TypeError, AttributeError, IndexError) as error:
            yield Fault(number, "not an answer", f"not a line of a batch API ({error!r})")


class _Useless(Exception):
    def __init__(self, kind: str, reason: str) -> None:
        self.kind, self.reason = kind, reason


def _answer(line: Any, asked: Mapping[str, Asked], model: str | None, day: date | None) -> Entry:
    name = line["custom_id"]
    known = asked.get(name)
    if known is None:
        raise _Useless("another prompt", f"{name!r} answers no request of this export")
    body = line
    if "content" not in line:
        response = line["response"]
        if response is None or response["status_code"] != 200:
            said = line.get("error") or (response or {}).get("body")
            raise _Useless("failed", f"{name!r} was not answered: {json.dumps(said)[:120]}")
        body = response["body"]
        # One that ran into the limit is paid for like any other: curation counts it.
        content = body["choices"][0]["message"]["content"]
    else:
        content = line["content"]
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    who = body.get("model") or model
    if not who:
        raise _Useless("no model", f"{name!r} does not say who answered: give --model")
    usage = body.get("usage") or {}
    return entry_for(
        known.request,
        who,
        _day(body, day),
        content,
        asked_of=known.model,
        parameters=known.parameters,
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        answer_tokens=int(usage.get("completion_tokens") or 0),
    )


def _day(body: Mapping[str, Any], day: date | None) -> str:
    """When it was answered: as the file says, else as the user does, else today."""
    if isinstance(body.get("date"), str):
        return date.fromisoformat(body["date"]).isoformat()
    if isinstance(body.get("created"), int):
        return datetime.fromtimestamp(body["created"], UTC).date().isoformat()
    return (day or datetime.now(UTC).date()).isoformat()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise SourceError(path, None, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SourceError(path, None, f"not UTF-8 (byte {error.start})") from error
