"""The query string of a request (``q=code:E11* AND NOT name:"type 2"``) in; what a row has to pass, out.

The part of Elasticsearch's query string that restricts a list: words and "phrases" with ``*`` and ``?``,
``field:``, parentheses, ``AND``, ``OR``, ``NOT``, ``+``, ``-``. What stands side by side is joined by ``OR``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from codilingua.errors import UsageError
from codilingua.text import fold

Passes = Callable[[str, str], bool]
"""Code and name of a row, both folded → whether it is kept."""

LONGEST = 500
_DEEPEST = 20
_MOST_STARS = 3
_FIELDS = ("code", "name")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>[()]|&&|\|\||[+\-!](?=\S))
      | (?P<field>[A-Za-z_.]+):(?=\S)
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s()"~^\[\]{}/\\:]+)
    )""",
    re.VERBOSE,
)
_SPELLED = {"&&": "AND", "||": "OR", "!": "NOT"}


class _Must(Enum):
    BE = "be"
    NOT_BE = "not be"
    MAY = "may"


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise UsageError(f"q cannot be read from character {at + 1} on: {_ADVICE}")
            kind = str(found.lastgroup)
            said = found.group(kind)
            said = _SPELLED.get(said, said) if kind == "mark" else said
            word = kind == "word" and said in ("AND", "OR", "NOT")
            self.tokens.append(("mark" if word else kind, said))
            at = found.end()
        self.at = 0

    def whole(self) -> Passes:
        made = self.group(None, 0)
        if self.at < len(self.tokens):
            raise UsageError(f"q closes a parenthesis that it did not open: {_ADVICE}")
        return made

    def group(self, field: str | None, depth: int) -> Passes:
        """Clauses up to a closing parenthesis, joined as Lucene's classic parser joins them."""
        if depth > _DEEPEST:
            raise UsageError(f"q is nested more than {_DEEPEST} deep: {_ADVICE}")
        clauses: list[tuple[_Must, Passes]] = []
        while self.at < len(self.tokens) and self.tokens[self.at] != ("mark", ")"):
            joined_by_and = bool(clauses) and self.take("AND")
            if clauses and not joined_by_and:
                self.take("OR")
            if joined_by_and and clauses[-1][0] is _Must.MAY:
                clauses[-1] = (_Must.BE, clauses[-1][1])
            must = _Must.BE if joined_by_and else _Must.MAY
            if self.take("NOT") or self.take("-"):
                must = _Must.NOT_BE
            elif self.take("+"):
                must = _Must.BE
            clauses.append((must, self.clause(field, depth)))
        if not clauses:
            raise UsageError(f"q has nothing between its parentheses or behind an operator: {_ADVICE}")
        return _joined(clauses)

    def clause(self, field: str | None, depth: int) -> Passes:
        kind, said = self.tokens[self.at] if self.at < len(self.tokens) else ("mark", "its end")
        self.at += 1
        if kind == "field":
            if said not in _FIELDS:
                raise UsageError(f"q asks for a field that is not {' or '.join(_FIELDS)}: {_ADVICE}")
            return self.clause(said, depth)
        if kind == "mark":
            if said != "(":
                raise UsageError(f"q has {said} where a word is due: {_ADVICE}")
            made = self.group(field, depth + 1)
            if not self.take(")"):
                raise UsageError(f"q does not close a parenthesis: {_ADVICE}")
            return made
        return _matching(said, field, phrase=kind == "phrase")

    def take(self, mark: str) -> bool:
        taken = self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark)
        self.at += taken
        return taken


_ADVICE = "give words, code:E11*, name:diabet*, and AND, OR, NOT and parentheses between them"


def parse(text: str) -> Passes:
    """
    :raises UsageError: when it is not in the part of the language that is read.
    """
    if len(text) > LONGEST:
        raise UsageError(f"q has {len(text)} characters, where {LONGEST} are read: {_ADVICE}")
    return _Parser(text).whole()


def _joined(clauses: list[tuple[_Must, Passes]]) -> Passes:
    wanted = [passes for must, passes in clauses if must is _Must.BE]
    refused = [passes for must, passes in clauses if must is _Must.NOT_BE]
    any_of = [passes for must, passes in clauses if must is _Must.MAY and not wanted]

    def passes(code: str, name: str) -> bool:
        return (
            all(each(code, name) for each in wanted)
            and not any(each(code, name) for each in refused)
            and (not any_of or any(each(code, name) for each in any_of))
        )

    return passes


def _matching(said: str, field: str | None, phrase: bool) -> Passes:
    """A code as a whole, or words of a name, that read so."""
    folded = fold(said)
    if not phrase and folded.count("*") > _MOST_STARS:
        raise UsageError(f"q has a word with more than {_MOST_STARS} asterisks: {_ADVICE}")
    code = re.compile(_pattern(folded, ".", phrase))
    name = re.compile(rf"(?<!\w){_pattern(folded, chr(92) + 'w', phrase)}(?!\w)")

    def passes(own: str, named: str) -> bool:
        if field != "name" and (code.fullmatch(own) or code.fullmatch(own.replace(".", ""))):
            return True
        return field != "code" and name.search(named) is not None

    return passes


def _pattern(folded: str, any_one: str, phrase: bool) -> str:
    """:param any_one: what ``?`` stands for; in a phrase it stands for itself, and so does ``*``."""
    literal = re.escape(folded)
    return literal if phrase else literal.replace(r"\*", any_one + "*").replace(r"\?", any_one)
