"""The name of a prompt in; its template, with version and form of answer, out.

A prompt is a Markdown file: TOML between ``+++`` lines, then ``# system`` and ``# user``, where ``$name`` is
filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

Task = Literal["practice", "phrases", "labels", "tiers", "defaults", "judge"]
"""Use → codes, code → phrases, code → term, code → tier of use, term → default code, row → verdict."""

Form = Literal["entries", "labels", "tiers", "defaults", "verdicts"]
"""What an answer looks like (:mod:`codilingua.synth.answers`)."""

_FOLDER = Path(__file__).parent / "prompts"
_PARTS = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n# system\n(.*?)\n# user\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template. ``version`` changes with every change of its words; ``max_tokens`` bounds an answer."""

    version: str
    form: Form
    max_tokens: int
    system: str
    user: str

    def fill(self, values: Mapping[str, object]) -> tuple[str, str]:
        """The two messages, system and user.

        :raises KeyError: when a value that the template names is not given.
        """
        return Template(self.system).substitute(values), Template(self.user).substitute(values)


@cache
def prompt(task: Task) -> Prompt:
    """Read the template of one way of asking."""
    text = (_FOLDER / f"{task}.md").read_text("utf-8")
    parts = _PARTS.match(text)
    assert parts, f"{task}.md has not the form of a prompt"
    head, system, user = parts.groups()
    meta = tomllib.loads(head)
    return Prompt(meta["version"], meta["answer"], meta["max_tokens"], system.strip(), user.strip())
