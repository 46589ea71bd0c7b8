"""What the tools take and give: the fields and descriptions that an assistant reads."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from codilingua.service.api.models import HitOut, LabelOut, Language, Local, Node, SeventhOut
from codilingua.types import Kind, Status

_MOST_HITS = 50
_MOST_CHILDREN = 200

Code = Annotated[str, Field(max_length=64, description="E11.9, s72.001a, a section A00-A09, a chapter 19.")]
Ui = Annotated[Language, Field(description="Language of `local`, the title beside the official one.")]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchArguments(_Given):
    """What to search for, and where."""

    query: str = Field(description="One diagnosis, finding or cause as somebody wrote it, or a code.")
    limit: int = Field(10, ge=1, le=_MOST_HITS, description="Hits at the most.")
    lang: Language | None = Field(None, description="Language of the query; left out, it is guessed.")
    ui: Ui = "en"
    chapter: list[str] = Field([], max_length=64, description="Only these chapters, by number: 9, 10.")
    code: list[str] = Field([], max_length=64, description="Only these prefixes or ranges: E11, I20-I25.")
    billable: bool = Field(False, description="Only codes that are complete as they stand.")
    leaves: bool = Field(False, description="Only codes without a more specific one.")
    no_external: bool = Field(False, description="Without the external causes V00-Y99.")


class CodeArguments(_Given):
    """A code."""

    code: Code
    ui: Ui = "en"


class ChildrenArguments(_Given):
    """A code, and which page of what is below it."""

    code: Code | None = Field(None, description="Left out, the chapters are listed.")
    ui: Ui = "en"
    limit: int = Field(50, ge=1, le=_MOST_CHILDREN)
    offset: int = Field(0, ge=0, le=100_000)


class Found(BaseModel):
    """The hits, the best first. Where the first is not `sure`, look twice, or ask."""

    hits: list[HitOut]


class Place(BaseModel):
    """A code above."""

    code: str
    title: str


class NotesAt(BaseModel):
    """The notes of one place. `excludes1` is never coded with it, `excludes2` may be, `code_first` is coded
    before it.
    """

    code: str
    title: str
    notes: dict[str, list[str]]


class CodeCard(BaseModel):
    """All about one code."""

    code: str
    title: str
    local: Local | None
    kind: Kind
    status: Status
    billable: bool
    labels: list[LabelOut]
    ancestors: list[Place] = Field(description="From the chapter down.")
    children: list[Node]
    notes: list[NotesAt] = Field(
        description="Its own and those from above that hold for it, the nearest first."
    )
    sevenths: list[SeventhOut] = Field(
        description="The 7th characters that complete it, with the code they make."
    )


class Validity(BaseModel):
    """Whether what was given is a code, and whether it can go on a claim."""

    given: str
    exists: bool
    billable: bool = Field(description="Whether it is complete: an existing code may still need more.")
    code: str | None = Field(description="As it is officially written.")
    title: str | None
    local: Local | None
    status: Status | None
    advice: str | None = Field(description="What is wrong, and what to give instead; null if it is billable.")
    completions: list[str] = Field(description="The complete codes, where a 7th character is missing.")
    children: list[Place] = Field(description="The more specific codes, where one of them is due.")
