"""What ``/v1`` takes and gives, in the forms of OpenAI, Cohere and Jina: the one place that names its fields.

Fields of theirs that change nothing here (``user``, ``truncate``, ``max_tokens_per_doc`` …) may be sent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from codilingua.text import clean

MODEL = "codilingua"

_FORM = ConfigDict(frozen=True, extra="ignore")


class EmbeddingsIn(BaseModel):
    """Texts to embed."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={"examples": [{"model": MODEL, "input": ["dolor torácico", "chest pain"]}]},
    )

    model: str = Field(description=f"`{MODEL}`.")
    input: str | Annotated[list[str], Field(min_length=1)] = Field(
        description="A text or several. One longer than the model reads is cut off."
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, description="Only the number that the model has.")
    input_type: Literal["query", "passage"] = Field(
        "query", description="Ours: query for what is asked, passage for what is searched."
    )

    @field_validator("input", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        if isinstance(value, str):
            _check_text(value, "it")
        elif isinstance(value, list) and value:
            for number, text in enumerate(value):
                _check_item(text, number)
        else:
            raise ValueError("it holds no text: send a string or a list of strings")
        return value

    @property
    def texts(self) -> list[str]:
        """In the form that is embedded."""
        return [clean(text) for text in ([self.input] if isinstance(self.input, str) else self.input)]


class DocumentIn(BaseModel):
    """A document as an object."""

    model_config = _FORM

    text: str


class RerankIn(BaseModel):
    """Documents to rank by how well they answer a query."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"model": MODEL, "query": "cefalea", "documents": ["Chest pain", "Headache"], "top_n": 1}
            ]
        },
    )

    model: str = Field(MODEL, description=f"`{MODEL}`.")
    query: str
    documents: list[str | DocumentIn] = Field(min_length=1)
    top_n: int | None = Field(None, ge=1, description="Results at the most; all if left out.")
    return_documents: bool = Field(False, description="Whether results repeat their documents.")

    @field_validator("query", mode="after")
    @classmethod
    def _query(cls, value: str) -> str:
        _check_text(value, "it")
        return value

    @field_validator("documents", mode="before")
    @classmethod
    def _documents(cls, value: Any) -> Any:
        if isinstance(value, list):
            for number, document in enumerate(value):
                text = document.get("text") if isinstance(document, dict) else document
                if not isinstance(text, str):
                    raise ValueError(f"document {number} is neither a text nor an object with a text")
                _check_text(text, f"document {number}")
        return value

    @property
    def texts(self) -> list[str]:
        """As they were sent."""
        return [document if isinstance(document, str) else document.text for document in self.documents]


class EmbeddingOut(BaseModel):
    """One vector: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class UsageOut(BaseModel):
    """Tokens that the model read, the marks around each text included."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsOut(BaseModel):
    """The vectors, in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[EmbeddingOut]
    model: str = MODEL
    usage: UsageOut


class ResultOut(BaseModel):
    """A document by its place in the request, from 0, and its relevance, 0-1, comparable in one request."""

    index: int
    relevance_score: float
    document: DocumentIn | None = None


class RerankOut(BaseModel):
    """The results, the best first."""

    id: str
    object: Literal["list"] = "list"
    model: str = MODEL
    results: list[ResultOut]
    usage: UsageOut
    meta: dict[str, Any] = {"api_version": {"version": "2"}}


class ModelOut(BaseModel):
    """The model. ``dimensions`` and ``max_input_tokens`` are ours."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int
    owned_by: str = MODEL
    dimensions: int
    max_input_tokens: int


class ModelsOut(BaseModel):
    """All models, which is one."""

    object: Literal["list"] = "list"
    data: list[ModelOut]


class ErrorBody(BaseModel):
    """What was wrong, and where."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorOut(BaseModel):
    """OpenAI's form of an error."""

    error: ErrorBody


def _check_item(text: object, number: int) -> None:
    if isinstance(text, int | list):
        raise ValueError("it holds tokens, which mean nothing to another model's tokenizer: send texts")
    if not isinstance(text, str):
        raise ValueError(f"item {number} is not a text: send strings")
    _check_text(text, f"item {number}")


def _check_text(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} is not valid Unicode: it holds half a surrogate pair") from None
    if not clean(text):
        raise ValueError(f"{what} is empty: leave it out, or send some text")
