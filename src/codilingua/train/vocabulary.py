"""The full unigram vocabulary and text in six languages in; the pruned vocabulary and its tokenizer out.

Of the 250,002 pieces of XLM-R the six languages use about one in seven. A text whose best
segmentation needs kept pieces only is segmented as before: fewer rivals cannot beat the best path.
The tokenizer lowers case, so that only lower-case pieces need keeping; that also raised R@5 on every
development set (``results/LOG.md``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from codilingua.extras import require
from codilingua.train.e5 import Unigram
from codilingua.types import LANGUAGES

WORDS_PER_LANGUAGE = 50_000
MAX_TOKENS = 128
_SCRIPTS = ("LATIN", "GREEK")
_NUMBER = re.compile(r"[0-9!-/:-@\[-`{-~°±²³µ½¼¾‰≤≥]{1,4}")


def frequent_words(per_language: int = WORDS_PER_LANGUAGE) -> list[str]:
    """The most frequent words of each of the six languages, by wordfreq.

    :raises MissingExtra: when wordfreq is not installed.
    """
    require("train", "wordfreq")
    from wordfreq import top_n_list

    return [word for lang in LANGUAGES for word in top_n_list(lang, per_language)]


def select_pieces(unigram: Unigram, texts: Iterable[str]) -> list[int]:
    """Old ids of the pieces to keep, in the order of their new ids.

    Kept are the special pieces (new ids 0-3, as the model knows them), every piece that the full
    tokenizer uses on ``texts``, every single character of Latin or Greek script, so that a rare word
    falls apart into letters and not into one unknown, and all numbers and punctuation.
    """
    full = build_tokenizer(unigram, range(len(unigram.pieces)))
    full.no_truncation()
    used: set[int] = set()
    for encoding in full.encode_batch([*texts, "query: passage: "], add_special_tokens=False):
        used.update(encoding.ids)
    used.update(i for i, piece in enumerate(unigram.pieces) if _is_basic(piece))
    specials = [unigram.bos, unigram.pad, unigram.eos, unigram.unk]
    return specials + sorted(used - set(specials))


def build_tokenizer(unigram: Unigram, keep: Iterable[int]) -> Tokenizer:
    """A Hugging Face tokenizer over the kept pieces; ``<s> text </s>``, at most 128 tokens, padding by 1."""
    kept = list(keep)
    tokenizer = Tokenizer(
        models.Unigram(
            [(unigram.pieces[i], float(unigram.scores[i])) for i in kept],
            unk_id=kept.index(unigram.unk),
            byte_fallback=False,
        )
    )
    # Nmt and NFKC together are SentencePiece's nmt_nfkc, the map that XLM-R was trained with.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = unigram.pieces[unigram.bos], unigram.pieces[unigram.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        special_tokens=[(bos, kept.index(unigram.bos)), (eos, kept.index(unigram.eos))],
    )
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(pad_id=kept.index(unigram.pad), pad_token=unigram.pieces[unigram.pad])
    return tokenizer


def _is_basic(piece: str) -> bool:
    text = piece.removeprefix("▁")
    if _NUMBER.fullmatch(text):
        return True
    return len(text) == 1 and text == text.lower() and unicodedata.name(text, "").startswith(_SCRIPTS)
