"""The step that all formats share: drafts with line numbers in, finished concepts in book order out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codilingua.catalog.codes import code_key, looks_like_code
from codilingua.catalog.sources.drafts import Draft, Text, same_language
from codilingua.catalog.sources.shapes import identity, kind_by_shape
from codilingua.errors import SourceError
from codilingua.types import Concept, Kind, Label, Origin, Status


@dataclass(frozen=True, slots=True)
class _Tree:
    """The drafts by key, with parents and children as keys."""

    drafts: Mapping[str, Draft]
    parents: Mapping[str, str | None]
    children: Mapping[str, Sequence[str]]


def assemble(
    path: Path, drafts: Sequence[Draft], lang: str, origin: Origin = "official"
) -> tuple[Concept, ...]:
    """Concepts with children, chapter and status, parents before children, siblings as in the file.

    :param path: the file, for messages.
    :param drafts: in any order; a parent may follow its children.
    :param lang: language of the titles; a draft without a title in it keeps its first title.
    :param origin: of texts in other languages, where the file does not say it.
    :raises SourceError: when a code or title is empty, a code comes twice, a parent is not in the
        file, parents form a cycle, or there is nothing at all.
    """
    if not drafts:
        raise SourceError(path, None, "no codes in it: check the format and the file")
    tree = _tree(path, drafts)
    order = _book_order(path, tree)
    concepts: dict[str, Concept] = {}
    chapters: dict[str, Concept | None] = {}
    for key in order:
        parent = tree.parents[key]
        draft, kind = tree.drafts[key], _kind(tree, key)
        title, labels = _texts(path, draft, lang, origin)
        concept = Concept(
            code=draft.code,
            title=title.text,
            kind=kind,
            status=_status(draft, kind, inner=bool(tree.children[key])),
            parent=tree.drafts[parent].code if parent else None,
            chapter=None,
            lang=title.lang,
            children=tuple(tree.drafts[child].code for child in tree.children[key]),
            labels=labels,
            notes=draft.notes,
        )
        chapters[key] = top = _chapter(concept, chapters[parent] if parent else None)
        concepts[key] = replace(concept, chapter=top.code if top else None)
    return tuple(concepts.values())


def merge_languages(path: Path, drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """One draft a code, out of one draft a code and language; the first of a code gives the rest.

    :raises SourceError: when a code comes twice in one language.
    """
    merged: dict[str, Draft] = {}
    lines: dict[tuple[str, str], int] = {}
    for draft in drafts:
        key = identity(draft.code)
        for text in draft.texts:
            first = lines.setdefault((key, text.lang), draft.line)
            if first != draft.line:
                where = f"code {draft.code} comes twice in {text.lang}"
                raise SourceError(path, draft.line, f"{where}: first at line {first}; keep one of them")
        known = merged.get(key)
        merged[key] = draft if known is None else _joined(path, known, draft)
    return tuple(merged.values())


def _joined(path: Path, known: Draft, more: Draft) -> Draft:
    if more.parent and known.parent and identity(more.parent) != identity(known.parent):
        reason = f"code {more.code} has parent {more.parent} here and {known.parent} at line {known.line}"
        raise SourceError(path, more.line, f"{reason}: a code has one parent")
    return Draft(
        code=known.code,
        line=known.line,
        texts=known.texts + more.texts,
        parent=known.parent or more.parent,
        children=known.children,
        kind=known.kind or more.kind,
        billable=more.billable if known.billable is None else known.billable,
        notes=known.notes,
    )


def _tree(path: Path, drafts: Sequence[Draft]) -> _Tree:
    by_key: dict[str, Draft] = {}
    for draft in drafts:
        first = by_key.setdefault(_key(path, draft), draft)
        if first is not draft:
            seen = "" if first.code == draft.code else f" as {first.code}"
            raise SourceError(
                path, draft.line, f"duplicate code {draft.code}: first at line {first.line}{seen}"
            )
    loose = {code_key(draft.code): key for key, draft in reversed(by_key.items())}
    parents = {key: _parent_key(path, draft, by_key, loose) for key, draft in by_key.items()}
    children: dict[str, list[str]] = {key: [] for key in by_key}
    for key, parent in parents.items():
        if parent is not None:
            children[parent].append(key)
    for key, draft in by_key.items():
        if draft.children:
            rank = {identity(child): place for place, child in enumerate(draft.children)}
            children[key].sort(key=lambda child: rank.get(child, len(rank)))
    return _Tree(by_key, parents, children)


def _key(path: Path, draft: Draft) -> str:
    if not code_key(draft.code):
        shown = f"code {draft.code!r} has no letter or digit" if draft.code else "empty code"
        raise SourceError(path, draft.line, f"{shown}: every row and class needs a code")
    return identity(draft.code)


def _parent_key(
    path: Path, draft: Draft, by_key: Mapping[str, Draft], loose: Mapping[str, str]
) -> str | None:
    if not draft.parent:
        return None
    key = identity(draft.parent)
    found = key if key in by_key else loose.get(code_key(draft.parent))
    if found is None:
        reason = f"parent {draft.parent} of code {draft.code} is not in the file: add it or correct it"
        raise SourceError(path, draft.line, reason)
    return found


def _book_order(path: Path, tree: _Tree) -> list[str]:
    order: list[str] = []
    waiting = [key for key, parent in tree.parents.items() if parent is None][::-1]
    while waiting:
        key = waiting.pop()
        order.append(key)
        waiting.extend(reversed(tree.children[key]))
    if len(order) < len(tree.drafts):
        reached = set(order)
        _raise_cycle(path, tree, next(key for key in tree.drafts if key not in reached))
    return order


def _raise_cycle(path: Path, tree: _Tree, start: str) -> None:
    seen: list[str] = []
    key: str | None = start
    while key is not None and key not in seen:
        seen.append(key)
        key = tree.parents[key]
    assert key is not None  # a draft that no root reaches leads up into a cycle
    cycle = [*seen[seen.index(key) :], key]
    codes = " → ".join(tree.drafts[step].code for step in cycle)
    raise SourceError(path, tree.drafts[key].line, f"the parents form a cycle: {codes}")


def _kind(tree: _Tree, key: str) -> Kind:
    draft = tree.drafts[key]
    if draft.kind is not None:
        return draft.kind
    if draft.billable:
        return Kind.CODE
    return kind_by_shape(draft.code, tree.parents[key] is None, bool(tree.children[key]))


def _chapter(concept: Concept, inherited: Concept | None) -> Concept | None:
    if concept.kind is Kind.CHAPTER and (inherited is None or inherited.kind is not Kind.CHAPTER):
        return concept
    if inherited is not None or concept.parent is not None:
        return inherited
    # A category at the top of a file without chapters is no chapter, and neither is a flat list's code.
    is_code = concept.kind is Kind.CODE and (looks_like_code(concept.code) or not concept.children)
    return None if is_code else concept


def _status(draft: Draft, kind: Kind, inner: bool) -> Status:
    if kind is not Kind.CODE:
        return Status.HEADING
    billable = not inner if draft.billable is None else draft.billable
    return Status.BILLABLE if billable else Status.NEEDS_CHILD


def _texts(path: Path, draft: Draft, lang: str, origin: Origin) -> tuple[Text, tuple[Label, ...]]:
    titles = [text for text in draft.texts if text.role == "title" and text.text]
    if not titles:
        raise SourceError(path, draft.line, f"empty title: code {draft.code} needs one")
    title = next((text for text in titles if same_language(text.lang, lang)), titles[0])
    if title.origin not in (None, "official"):
        reason = f"the title of code {draft.code} is {title.origin}: a catalog's own titles are official"
        raise SourceError(path, draft.line, f"{reason}; add others with --add-to")
    labels: dict[tuple[str, str], Label] = {}
    titled = {title.lang}
    for text in draft.texts:
        if text is title or not text.text or (text.text, text.lang) == (title.text, title.lang):
            continue
        role = "synonym" if text.role == "title" and text.lang in titled else text.role
        if role == "title":
            titled.add(text.lang)
        given = text.origin or ("official" if same_language(text.lang, title.lang) else origin)
        labels.setdefault((text.text.casefold(), text.lang), Label(text.text, text.lang, role, given))
    return title, tuple(labels.values())
