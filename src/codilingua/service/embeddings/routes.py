"""Texts in; vectors, ranked documents and the name of the model out: ``/v1``.

``/v2/rerank`` is where the client of Cohere's second version looks for the same.
"""

from __future__ import annotations

import base64
from typing import Annotated
from uuid import uuid4

import numpy as np
from fastapi import APIRouter, Path
from numpy.typing import NDArray
from starlette.responses import Response

from codilingua.artifacts import Assets
from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.service.embeddings.errors import DOCUMENTED, Refused, Route
from codilingua.service.embeddings.models import (
    MODEL,
    DocumentIn,
    EmbeddingOut,
    EmbeddingsIn,
    EmbeddingsOut,
    ModelOut,
    ModelsOut,
    RerankIn,
    RerankOut,
    ResultOut,
    UsageOut,
)
from codilingua.service.services import Services, ServicesDep
from codilingua.text import clean

router = APIRouter(tags=["embeddings"], route_class=Route, responses=DOCUMENTED)


@router.post("/v1/embeddings", summary="Sentence vectors, as OpenAI gives them", response_model=EmbeddingsOut)
async def embeddings(asked: EmbeddingsIn, services: ServicesDep) -> Response:
    """Vectors of length one: their dot product is how near two texts are in meaning, in any of the six
    languages. ``input_type`` is ours.
    """
    _check_model(asked.model)
    _check_batch(len(asked.texts), "input", services)
    encoder = services.engine.encoder
    held = encoder.dimensions
    if asked.dimensions not in (None, held):
        raise Refused(f"dimensions: {asked.dimensions} where {MODEL} has {held}: leave it out", "dimensions")
    prefix = PASSAGE if asked.input_type == "passage" else QUERY
    vectors = await services.engine.embed(asked.texts, prefix)
    count = await services.engine.call(encoder.count_tokens, asked.texts, prefix)
    packed = asked.encoding_format == "base64"
    data = [EmbeddingOut(index=n, embedding=_written(vector, packed)) for n, vector in enumerate(vectors)]
    made = EmbeddingsOut(data=data, usage=UsageOut(prompt_tokens=count, total_tokens=count))
    return Response(made.model_dump_json(), media_type="application/json")


@router.post(
    "/v2/rerank",
    summary="As /v1/rerank",
    response_model=RerankOut,
    response_model_exclude_none=True,
    include_in_schema=False,
)
@router.post(
    "/v1/rerank",
    summary="Documents by relevance, as Cohere and Jina rank them",
    response_model=RerankOut,
    response_model_exclude_none=True,
)
async def rerank(asked: RerankIn, services: ServicesDep) -> Response:
    """Made for codes and their names, in any of the six languages: a document of more than a few lines is
    cut off.
    """
    _check_model(asked.model)
    _check_batch(len(asked.texts), "documents", services)
    engine = services.engine
    query, texts = clean(asked.query), [clean(text) for text in asked.texts]
    scores = await engine.relevance(query, texts)
    count = await engine.call(engine.encoder.count_tokens, [query], QUERY)
    count += await engine.call(engine.encoder.count_tokens, texts, PASSAGE)
    best = np.argsort(-scores, kind="stable")[: asked.top_n]
    results = [
        ResultOut(
            index=place,
            relevance_score=float(scores[place]),
            document=DocumentIn(text=asked.texts[place]) if asked.return_documents else None,
        )
        for place in map(int, best)
    ]
    usage = UsageOut(prompt_tokens=count, total_tokens=count)
    made = RerankOut(id=uuid4().hex, results=results, usage=usage)
    return Response(made.model_dump_json(exclude_none=True), media_type="application/json")


@router.get("/v1/models", summary="The models")
async def models(services: ServicesDep) -> ModelsOut:
    """There is one."""
    return ModelsOut(data=[_model(services)])


@router.get("/v1/models/{name}", summary="A model")
async def model(name: Annotated[str, Path(max_length=100)], services: ServicesDep) -> ModelOut:
    """Its dimensions, and how much of a text it reads."""
    _check_model(name)
    return _model(services)


def _model(services: Services) -> ModelOut:
    folder = services.settings.assets
    manifest = (Assets.shipped() if folder is None else Assets(folder)).manifest
    return ModelOut(
        created=int(manifest.stat().st_mtime),
        dimensions=services.engine.encoder.dimensions,
        max_input_tokens=services.engine.encoder.longest,
    )


def _check_model(name: str) -> None:
    """Vectors of another model than was asked for would be compared with that one's, and mean nothing."""
    if name != MODEL:
        raise Refused(f"the model is not served here: set model to {MODEL}", "model", 404, "model_not_found")


def _check_batch(count: int, param: str, services: Services) -> None:
    most = services.settings.batch_limit
    if count > most:
        raise Refused(f"{param}: {count} texts, where {most} at once are taken: send fewer", param)


def _written(vector: NDArray[np.float32], packed: bool) -> list[float] | str:
    if packed:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    written: list[float] = vector.tolist()
    return written
