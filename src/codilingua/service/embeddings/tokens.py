"""Texts in; how many tokens the model reads of them out, by its own tokenizer.

They are cut off as the model cuts them off: what is counted is what was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from codilingua.search.encoder import PASSAGE, QUERY, Encoder
from codilingua.service.engine import Engine


def encoder_of(engine: Engine) -> Encoder:
    """What embeds the texts of an engine."""
    return engine._search._encoder


def longest(engine: Engine) -> int:
    """Tokens of one text at the most."""
    truncation = encoder_of(engine)._tokenizer.truncation or {"max_length": 0}
    return int(truncation["max_length"])


def embedded(engine: Engine, texts: Sequence[str], passages: bool) -> int:
    """Tokens of all texts."""
    prefix = PASSAGE if passages else QUERY
    encodings = encoder_of(engine)._tokenizer.encode_batch([prefix + text for text in texts])
    return sum(sum(encoding.attention_mask) for encoding in encodings)
