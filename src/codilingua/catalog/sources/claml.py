"""A ClaML file (2.0.0 or 3.0.0) in; one draft a class out, and one for each code that modifiers make.

ClaML (EN 14463, later ISO 13120) is the form in which WHO ICD-10, ICD-10-GM and CIM-10 are published.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from codilingua.catalog.sources.drafts import Content, Draft, Omissions, language_tag
from codilingua.catalog.sources.modifiers import ModifiedBy, ModifierClass, Modifiers, expand
from codilingua.catalog.sources.rubrics import RubricReader
from codilingua.catalog.sources.xmltree import Element, read_children
from codilingua.errors import SourceError
from codilingua.files import read_bytes
from codilingua.text import clean
from codilingua.types import Kind

_OID = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d+)+)")
_EXCLUDED_AFTER = "excludeOnPrecedingModifier"


def read_claml(path: Path, lang: str = "") -> Content:
    """The classes of the file, with the codes that its modifiers make.

    :param lang: language of labels without ``xml:lang`` where the head of the file does not say it.
    :raises SourceError: with the line, when the XML is malformed, the root is not ``ClaML``, there are
        no classes, a class has no code, a subclass or modifier is not defined, or a label's language
        is missing or none.
    """
    reader = _ClamlReader(path, lang)
    read_children(path, read_bytes(path), "ClaML", reader.take)
    return reader.content()


@dataclass(frozen=True, slots=True)
class _Class:
    draft: Draft
    above: tuple[str, ...]


class _ClamlReader:
    """Takes the children of the root in the order of the file."""

    def __init__(self, path: Path, lang: str) -> None:
        self._path = path
        self._omissions = Omissions()
        self._rubrics = RubricReader(path, self._omissions, lang)
        self._head: dict[str, str] = {"version": ""}
        self._classes: list[_Class] = []
        self._order: dict[str, tuple[str, ...]] = {}
        self._values: dict[str, list[ModifierClass]] = {}
        self._uses: dict[str, tuple[ModifiedBy, ...]] = {}
        self._excluded: dict[str, frozenset[str]] = {}
        self._takers: dict[str, Callable[[Element], None]] = {
            "Meta": self._meta,
            "Identifier": self._identifier,
            "Title": self._title,
            "UsageKinds": self._usage_kinds,
            "Modifier": self._modifier,
            "ModifierClass": self._modifier_class,
            "Class": self._class,
        }

    def take(self, element: Element) -> None:
        taker = self._takers.get(element.tag)
        if taker is not None:
            taker(element)

    def content(self) -> Content:
        if not self._classes:
            raise SourceError(self._path, None, "the file has no Class: is it a ClaML classification?")
        drafts = self._linked()
        values = {code: self._ordered(code, classes) for code, classes in self._values.items()}
        made = expand(self._path, drafts, Modifiers(values, self._uses, self._excluded), self._omissions)
        remarks = (f"{len(made):,} codes come from the file's modifiers.",) if made else ()
        first = next((text.lang for draft in drafts for text in draft.texts), "")
        return Content(
            (*drafts, *made),
            name=self._head.get("name", ""),
            system=self._head.get("system", ""),
            edition=self._head.get("edition", ""),
            lang=self._head.get("lang") or self._rubrics.lang or first,
            left_out=self._omissions.result(),
            remarks=remarks,
        )

    def _meta(self, element: Element) -> None:
        name, value = element.get("name"), element.get("value")
        if name == "lang":
            tag = language_tag(value)
            if tag is None:
                reason = f"{value!r} is not a language tag: write one such as es or pt-BR"
                raise SourceError(self._path, element.line, reason)
            self._head["lang"] = self._rubrics.lang = tag
        elif name == "TopLevelSort":
            self._head["top"] = value

    def _identifier(self, element: Element) -> None:
        uid = element.get("uid")
        oid = _OID.fullmatch(uid)
        if oid or "://" in uid or uid.startswith("urn:"):
            self._head.setdefault("system", f"urn:oid:{oid[1]}" if oid else uid)

    def _title(self, element: Element) -> None:
        text = clean("".join(item for item in element.content if isinstance(item, str)))
        self._head["name"] = clean(element.get("name")) or text
        self._head["edition"] = clean(element.get("version")) or element.get("date")

    def _usage_kinds(self, element: Element) -> None:
        self._rubrics.marks = {kind.get("name"): kind.get("mark") for kind in element.all("UsageKind")}

    def _modifier(self, element: Element) -> None:
        code = self._code(element)
        self._order[code] = tuple(child.get("code") for child in element.all("SubClass"))
        self._values.setdefault(code, [])

    def _modifier_class(self, element: Element) -> None:
        modifier, code = element.get("modifier"), self._code(element)
        excluded = (
            meta.get("value").split() for meta in element.all("Meta") if meta.get("name") == _EXCLUDED_AFTER
        )
        self._values.setdefault(modifier, []).append(
            ModifierClass(
                modifier,
                code,
                element.line,
                self._rubrics.read(element, f"{modifier} {code}", heading=False),
                frozenset((pair[0], pair[1]) for pair in excluded if len(pair) == 2),
            )
        )

    def _ordered(self, modifier: str, classes: list[ModifierClass]) -> list[ModifierClass]:
        rank = {code: place for place, code in enumerate(self._order.get(modifier, ()))}
        return sorted(classes, key=lambda value: rank.get(value.code, len(rank)))

    def _class(self, element: Element) -> None:
        code = self._code(element)
        kind = _kind(element.get("kind"))
        rubrics = self._rubrics.read(element, code, heading=kind is not Kind.CODE)
        above = tuple(parent.get("code") for parent in element.all("SuperClass"))
        for other in above[1:]:
            self._omissions.add("further superclasses: the first one is kept", f"{code} under {other}")
        draft = Draft(
            code=code,
            line=element.line,
            texts=rubrics.texts,
            children=tuple(child.get("code") for child in element.all("SubClass")),
            kind=kind,
            notes=rubrics.notes,
        )
        self._classes.append(_Class(draft, above))
        self._uses[code] = tuple(map(_modified_by, element.all("ModifiedBy")))
        self._excluded[code] = frozenset(mark.get("code") for mark in element.all("ExcludeModifier"))

    def _code(self, element: Element) -> str:
        code = clean(element.get("code"))
        if not code:
            raise SourceError(self._path, element.line, f"empty code: this {element.tag} needs one")
        return code

    def _linked(self) -> list[Draft]:
        """The classes with their parents, by SuperClass or, where that is missing, by SubClass."""
        known = {entry.draft.code for entry in self._classes}
        listed: dict[str, str] = {}
        for entry in self._classes:
            for child in entry.draft.children:
                if child not in known:
                    reason = (
                        f"subclass {child} of {entry.draft.code} is not in the file: add it or correct it"
                    )
                    raise SourceError(self._path, entry.draft.line, reason)
                listed.setdefault(child, entry.draft.code)
        drafts = [
            replace(entry.draft, parent=entry.above[0] if entry.above else listed.get(entry.draft.code))
            for entry in self._classes
        ]
        rank = {code: place for place, code in enumerate(self._head.get("top", "").split())}
        return sorted(drafts, key=lambda draft: rank.get(draft.code, len(rank)))


def _kind(name: str) -> Kind:
    lowered = name.lower()
    if lowered == "chapter":
        return Kind.CHAPTER
    return Kind.SECTION if "block" in lowered or lowered in ("section", "group") else Kind.CODE


def _modified_by(element: Element) -> ModifiedBy:
    valid = frozenset(value.get("code") for value in element.all("ValidModifierClass"))
    all_values = element.get("all").lower() or ("false" if valid else "true")
    return ModifiedBy(element.get("code"), element.line, None if all_values == "true" else valid)
