"""What the REST interface takes and gives: the one place that names its fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from codilingua.search.engine import MAX_LIMIT
from codilingua.search.query import MAX_CHARACTERS
from codilingua.types import Kind, Origin, Role, Status

Language = Literal["en", "es", "ca", "it", "pt", "fr"]
Verdict = Literal["right", "wrong", "chosen"]

_MOST_CODES = 64
_LONGEST_CODE = 32

# Longer ones are refused by the search, with better words; what is kept is bounded here.
QueryText = Annotated[str, Field(description="A phrase in any of the six languages, or a code.")]
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_CODE)]
Limit = Annotated[int, Field(ge=1, le=200, description="Hits at the most.")]
Offset = Annotated[int, Field(ge=0, le=MAX_LIMIT - 1, description="Hits to leave out.")]


class _Given(BaseModel):
    """What comes as JSON is strict besides: there 0 is a number and no "no". A URL has but texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Local(BaseModel):
    """A code's title in the language that was asked for."""

    text: str
    lang: str
    origin: Origin = Field(description="Who stands behind it. No machine-made title is official.")


class SurfaceOut(BaseModel):
    """The text of the code that matched."""

    text: str
    lang: str
    origin: Origin


class HitOut(BaseModel):
    """One answer, and what a coder needs to choose it or not."""

    code: str
    title: str
    title_lang: str
    local: Local | None
    score: float = Field(description="0-1, comparable within one query.")
    confidence: float | None = Field(
        description="Probability that the code is right, 0-1; null if not known."
    )
    sure: bool = Field(description="Whether that is enough to trust it without a second look.")
    surface: SurfaceOut
    status: Status
    billable: bool
    chapter: str | None
    completions: list[str] = Field(description="The complete codes, where it needs a 7th character.")


class Options(_Given):
    """How to search, the same for one query and for many."""

    limit: Limit = 10
    lang: Language | None = Field(None, description="Language of the query; left out, it is guessed.")
    ui: Language = Field("en", description="Language of the titles.")
    rerank: bool = Field(
        True, description="Whether a second model reads the best codes; slower, often better."
    )
    chapter: list[CodeText] = Field([], max_length=_MOST_CODES, description="Only these chapters.")
    code: list[CodeText] = Field([], max_length=_MOST_CODES, description="Only these prefixes or ranges.")
    billable: bool = Field(False, description="Only codes that are complete as they stand.")
    leaves: bool = Field(False, description="Only codes without a more specific one.")
    no_external: bool = Field(False, description="Without the external causes V00-Y99.")


class OneQuery(Options):
    """A search for one query."""

    q: QueryText
    offset: Offset = 0


class ManyQueries(Options):
    """A search for many queries at once."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [{"queries": ["dolor torácico", "dor no peito", "I21.4"], "limit": 3}]
        },
    )

    queries: list[QueryText] = Field(min_length=1)


class Found(BaseModel):
    """The hits of a query."""

    query: str
    lang: str | None = Field(
        default=None, description="The language it was ranked in; null if it was not sure enough."
    )
    reranked: bool = False
    more: bool = Field(default=False, description="Whether there are hits beyond these.")
    hits: list[HitOut] = []


class SearchOut(Found):
    """The hits of one query, or some of them."""

    offset: int
    limit: int


class ErrorOut(BaseModel):
    """Why a query of a batch has no hits."""

    status: int
    detail: str


class AnswerOut(Found):
    """One query of a batch: its hits, or why there are none."""

    error: ErrorOut | None = None


class BatchOut(BaseModel):
    """The answers, in the order of the queries."""

    answers: list[AnswerOut]


class Node(BaseModel):
    """A place in the hierarchy."""

    code: str
    title: str
    local: Local | None
    kind: Kind
    status: Status
    billable: bool
    leaf: bool


class LabelOut(BaseModel):
    """One text of a code."""

    text: str
    lang: str
    role: Role
    origin: Origin


class NotesOut(BaseModel):
    """The instructional notes printed at one place."""

    includes: list[str]
    excludes1: list[str]
    excludes2: list[str]
    code_first: list[str]
    use_additional: list[str]
    code_also: list[str]
    remarks: list[str]


class InheritedNotes(BaseModel):
    """Notes of a place above, which hold below it as well."""

    code: str
    title: str
    notes: NotesOut


class AllNotes(BaseModel):
    """Its own, and those of the places above, the nearest first."""

    own: NotesOut
    inherited: list[InheritedNotes]


class SeventhOut(BaseModel):
    """One valid 7th character, and the complete code that it makes."""

    char: str
    meaning: str
    code: str


class Card(BaseModel):
    """All about one code, section or chapter."""

    code: str
    title: str
    title_lang: str
    local: Local | None
    kind: Kind
    status: Status
    billable: bool
    chapter: str | None
    parent: str | None
    labels: list[LabelOut]
    ancestors: list[Node] = Field(description="From the chapter down.")
    children: list[Node]
    siblings: list[Node]
    notes: AllNotes
    sevenths: list[SeventhOut]
    completions: list[str]


class Nodes(BaseModel):
    """Some places."""

    items: list[Node]


class Page(Nodes):
    """Some of the places."""

    total: int
    offset: int
    limit: int


class System(BaseModel):
    """A code system that can be searched."""

    uri: str
    name: str
    edition: str
    title: str
    codes: int
    languages: list[str]
    licence: str


class Systems(BaseModel):
    """All of them."""

    systems: list[System]


class FeedbackIn(_Given):
    """What a coder says of a hit. The text of the query is kept with it."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={
            "examples": [
                {"query": "dolor torácico", "code": "R07.9", "verdict": "right", "rank": 1, "lang": "es"}
            ]
        },
    )

    query: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]
    code: CodeText
    verdict: Verdict
    rank: Annotated[int, Field(ge=1, le=MAX_LIMIT)] | None = None
    lang: Language | None = None
    ui: Language | None = None
    shown: list[CodeText] = Field([], max_length=200, description="The codes that were on the screen.")


class Receipt(BaseModel):
    """The id under which it is kept."""

    id: str


class Preferences(_Given):
    """How somebody likes the page."""

    model_config = ConfigDict(
        strict=True, json_schema_extra={"examples": [{"ui": "es", "theme": "auto", "limit": 10}]}
    )

    ui: Language | None = None
    theme: Literal["light", "dark", "auto"] = "auto"
    limit: Limit = 10
    rerank: bool = True
    filters: dict[Annotated[str, StringConstraints(max_length=32)], str | bool | list[CodeText]] = Field(
        {}, max_length=16
    )


class ProblemOut(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
