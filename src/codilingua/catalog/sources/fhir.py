"""A FHIR R4 or R5 ``CodeSystem`` in JSON in; one draft a concept out.

Source: https://hl7.org/fhir/codesystem.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codilingua.catalog.sources.drafts import Content, Draft, Omissions, Text, language_tag
from codilingua.catalog.sources.shapes import identity
from codilingua.errors import SourceError
from codilingua.files import decode_utf8, read_bytes
from codilingua.text import clean
from codilingua.types import Kind, Notes, Role

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:\n]')
_KINDS = {
    "chapter": Kind.CHAPTER, "section": Kind.SECTION, "block": Kind.SECTION,
    "category": Kind.CODE, "code": Kind.CODE,
}  # fmt: skip
_KIND_PROPERTIES = ("kind", "classKind")
_READ = {"parent", "child", "status", "inactive", "notSelectable", "abstract", "billable", *_KIND_PROPERTIES}
_SYNONYM = {"synonym", "preferredlong", "900000000000013009"}
_TITLE = {"", "display", "preferred", "preferredforlanguage", "preferred-for-language",
          "900000000000003001", "title", "official"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Node:
    """A concept as JSON, with its line and the code that it is nested under."""

    raw: Mapping[str, Any]
    line: int
    above: str | None


def read_fhir(path: Path, lang: str = "") -> Content:
    """Nested concepts and those linked by ``parent`` or ``child`` properties alike.

    A concept that is retired or inactive is left out, unless one below it is active.

    :param lang: language of ``display`` where the resource does not say it.
    :raises SourceError: with the line, when the JSON is malformed, the resource is not a CodeSystem,
        has no concepts or says no language, a code is missing, or a language tag is none.
    """
    text = decode_utf8(path, read_bytes(path))
    resource = _load(path, text)
    raw_lang = _string(resource, "language")
    if not raw_lang and not lang:
        raise SourceError(path, None, "the CodeSystem does not say its language: pass --lang")
    tag = language_tag(raw_lang or lang)
    if tag is None:
        raise SourceError(path, None, f"{raw_lang!r} is not a language tag: write one such as es or pt-BR")
    nodes = list(_nodes(path, resource, concept_lines(text)))
    if not nodes:
        content = _string(resource, "content") or "unknown"
        raise SourceError(path, None, f"the CodeSystem has no concepts (content is {content!r})")
    omissions = Omissions()
    reader = _ConceptReader(path, tag, omissions)
    drafts = _active(
        _linked(path, nodes, [reader.draft(node) for node in nodes], omissions), nodes, omissions
    )
    return Content(
        tuple(drafts),
        name=_string(resource, "title") or _string(resource, "name"),
        system=(_string(resource, "supplements") or _string(resource, "url")).split("|")[0],
        edition=_string(resource, "version") or _string(resource, "date"),
        lang=tag,
        licence=_string(resource, "copyright") or _string(resource, "copyrightLabel"),
        left_out=omissions.result(),
        remarks=_remarks(resource),
        adds_only=_string(resource, "content") == "supplement",
    )


def concept_lines(text: str) -> list[int]:
    """The 1-based line of every object in the resource's ``concept`` arrays, in document order.

    :param text: well-formed JSON.
    """
    lines: list[int] = []
    stack: list[str] = []  # "node": the resource or a concept; "array": a concept array; "other"
    line, last, key = 1, "", ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token == ":":
            key = last
        elif token == "{":
            node = not stack or stack[-1] == "array"
            if node and stack:
                lines.append(line)
            stack.append("node" if node else "other")
        elif token == "[":
            concepts = bool(stack) and stack[-1] == "node" and key == '"concept"'
            stack.append("array" if concepts else "other")
        elif token in ("}", "]"):
            stack.pop()
        else:
            last = token
    return lines


def _load(path: Path, text: str) -> Mapping[str, Any]:
    try:
        resource = json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            path, error.lineno, f"malformed JSON ({error.msg}, column {error.colno})"
        ) from error
    except RecursionError as error:
        raise SourceError(path, None, "the JSON is nested too deeply to be a CodeSystem") from error
    found = resource.get("resourceType") if isinstance(resource, dict) else None
    if found != "CodeSystem":
        shown = f"resourceType is {found!r}" if found else "no resourceType"
        raise SourceError(path, None, f"{shown}: give one CodeSystem resource")
    return dict(resource)


def _nodes(path: Path, resource: Mapping[str, Any], lines: list[int]) -> Iterator[_Node]:
    """The concepts in document order."""
    line_of = iter(lines)
    waiting: list[tuple[Any, str | None]] = [(raw, None) for raw in reversed(_array(path, resource, None))]
    line: int | None = None
    while waiting:
        raw, above = waiting.pop()
        if not isinstance(raw, dict):
            raise SourceError(path, line, "the concept array holds something that is no concept")
        line = next(line_of)
        code = _string(raw, "code")
        yield _Node(raw, line, above)
        waiting.extend((below, code) for below in reversed(_array(path, raw, line)))


def _array(path: Path, raw: Mapping[str, Any], line: int | None) -> list[Any]:
    array = raw.get("concept", [])
    if not isinstance(array, list):
        raise SourceError(path, line, "'concept' is not an array")
    return array


def _string(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return clean(value) if isinstance(value, str) else ""


def _objects(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = raw.get(name, [])
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _properties(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for item in _objects(raw, "property"):
        value = next((value for name, value in item.items() if name.startswith("value")), None)
        yield _string(item, "code"), value.get("code") if isinstance(value, dict) else value


def _is_true(value: object) -> bool:
    return value is True or value == "true"


def _is_inactive(raw: Mapping[str, Any]) -> bool:
    return any(
        (name == "inactive" and _is_true(value)) or (name == "status" and value in ("retired", "inactive"))
        for name, value in _properties(raw)
    )


class _ConceptReader:
    """Turns one concept at a time into a draft."""

    def __init__(self, path: Path, lang: str, omissions: Omissions) -> None:
        self._path = path
        self._lang = lang
        self._omissions = omissions

    def draft(self, node: _Node) -> Draft:
        code = _string(node.raw, "code")
        if not code:
            raise SourceError(self._path, node.line, "empty code: every concept needs one")
        values = dict(_properties(node.raw))
        for name in values:
            if name not in _READ:
                self._omissions.add(f"property {name!r} is not read", code)
        kind = next(
            (_KINDS.get(str(values[name]).lower()) for name in _KIND_PROPERTIES if name in values), None
        )
        definition = _string(node.raw, "definition")
        remarks = (definition,) if definition and definition != _string(node.raw, "display") else ()
        return Draft(
            code=code,
            line=node.line,
            texts=tuple(self._texts(node, code)),
            parent=node.above,
            kind=kind,
            billable=_billable(values),
            notes=Notes(remarks=remarks),
        )

    def _texts(self, node: _Node, code: str) -> Iterator[Text]:
        display = _string(node.raw, "display")
        if display:
            yield Text(display, self._lang, "title")
        for designation in _objects(node.raw, "designation"):
            value = _string(designation, "value")
            role = self._role(designation)
            if not value:
                raise SourceError(self._path, node.line, f"a designation of code {code} has no value")
            if role is None:
                use = designation["use"]
                kind = _string(use, "code") or _string(use, "display")
                self._omissions.add(f"designations with use {kind!r} are no names", code)
                continue
            raw = _string(designation, "language")
            lang = language_tag(raw) if raw else self._lang
            if lang is None:
                reason = f"language {raw!r} of a designation of code {code} is not a language tag"
                raise SourceError(self._path, node.line, f"{reason}: write one such as es or pt-BR")
            yield Text(value, lang, role)

    @staticmethod
    def _role(designation: Mapping[str, Any]) -> Role | None:
        use = designation.get("use")
        name = (_string(use, "code") or _string(use, "display")).lower() if isinstance(use, dict) else ""
        if name in _TITLE:
            return "title"
        if name in _SYNONYM:
            return "synonym"
        return "inclusion" if name in ("inclusion", "includes") else None


def _billable(values: Mapping[str, Any]) -> bool | None:
    if "billable" in values:
        return _is_true(values["billable"])
    closed = any(_is_true(values.get(name)) for name in ("notSelectable", "abstract"))
    return False if closed else None


def _linked(path: Path, nodes: list[_Node], drafts: list[Draft], omissions: Omissions) -> list[Draft]:
    """The drafts with the parents that properties state, where nesting states none."""
    listed: dict[str, str] = {}
    known = {identity(draft.code) for draft in drafts}
    for node, draft in zip(nodes, drafts, strict=True):
        for name, value in _properties(node.raw):
            if name == "child" and isinstance(value, str):
                if identity(value) not in known:
                    reason = f"child {value} of code {draft.code} is not in the file: add it or correct it"
                    raise SourceError(path, node.line, reason)
                listed.setdefault(identity(value), draft.code)
    linked = []
    for node, draft in zip(nodes, drafts, strict=True):
        stated = [
            value for name, value in _properties(node.raw) if name == "parent" and isinstance(value, str)
        ]
        parents = [code for code in (draft.parent, *stated, listed.get(identity(draft.code))) if code]
        for other in sorted(
            {identity(code) for code in parents[1:]} - {identity(parents[0])} if parents else ()
        ):
            omissions.add("further parents: the first one is kept", f"{draft.code} under {other}")
        linked.append(replace(draft, parent=parents[0] if parents else None))
    return linked


def _active(drafts: list[Draft], nodes: list[_Node], omissions: Omissions) -> list[Draft]:
    """Without the inactive concepts that have nothing active below them."""
    parents = {identity(draft.code): draft.parent for draft in drafts}
    kept: set[str] = set()
    for node, draft in zip(nodes, drafts, strict=True):
        key: str | None = None if _is_inactive(node.raw) else identity(draft.code)
        while key is not None and key not in kept:
            kept.add(key)
            parent = parents.get(key)
            key = identity(parent) if parent else None
    for draft in drafts:
        if identity(draft.code) not in kept:
            omissions.add("inactive or retired concepts", draft.code)
    return [draft for draft in drafts if identity(draft.code) in kept]


def _remarks(resource: Mapping[str, Any]) -> tuple[str, ...]:
    content = _string(resource, "content")
    if content in ("fragment", "example"):
        return (f"The file calls itself a mere {content} of the code system.",)
    return ()
