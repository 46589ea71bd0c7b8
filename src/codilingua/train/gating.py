"""Built assets and development sets in; the same assets with ``ranking.json``, and a report, out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from codilingua.artifacts import Assets
from codilingua.catalog.catalog import Catalog
from codilingua.errors import UsageError
from codilingua.search.encoder import Encoder
from codilingua.search.index import Progress, open_index
from codilingua.search.prior import open_prior
from codilingua.search.reranker import Reranker
from codilingua.search.rereading import reread
from codilingua.train.gate import Fitted, Gate
from codilingua.train.gold import DevelopmentSet

_POINTS = 12
"""Of a coverage curve, in the results."""


def fit_gate(
    assets: Assets,
    sets: Sequence[DevelopmentSet],
    step: Callable[[str], Progress],
    report: Path | None = None,
    threads: int | None = None,
) -> Fitted:
    """
    :raises AssetError: when the assets cannot be read, or not written.
    :raises UsageError: when there is nothing to fit on.
    """
    assets.verify()
    with Catalog.open(assets.catalog) as catalog:
        index = open_index(assets, open_prior(assets, catalog))
        encoder = Encoder(assets.encoder, assets.tokenizer, threads)
        reader = None
        if assets.reranker.is_file():
            model = Reranker(assets.reranker, assets.tokenizer, threads)
            reader = lambda texts, ranked: reread(catalog, index, model, texts, ranked)  # noqa: E731
        fitted = Gate(catalog, index, encoder, reader).fit(sets, step("fitting the gate"))
    fitted.profiles.save(assets.ranking)
    assets.reseal()
    if report is not None:
        _write(report, fitted)
    return fitted


def _write(folder: Path, fitted: Fitted) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(results(fitted), indent=1, ensure_ascii=False) + "\n"
        (folder / "results.json").write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written ({error.strerror}); choose another --report"
        ) from error


def results(fitted: Fitted) -> dict[str, object]:
    """What the fit did, for :func:`json.dumps`: each set step by step, the weights, what scores are worth."""
    profiles = {"default": fitted.profiles.default, **fitted.profiles.languages}
    return {
        "steps": [
            {"set": name, "step": step, "queries": queries, "R@1": round(first, 4), "R@5": round(five, 4)}
            for name, step, queries, first, five in fitted.rows
        ],
        "profiles": {
            lang: {
                name: getattr(profile, name) for name in ("dense", "floor", "prior", "rerank", "threshold")
            }
            for lang, profile in profiles.items()
        },
        "calibration_error": {lang: round(error, 4) for lang, error in fitted.errors.items()},
        "coverage": {
            lang: [
                {
                    "confidence": point.confidence,
                    "coverage": round(point.coverage, 4),
                    "precision": round(point.precision, 4),
                }
                for point in curve[:: max(1, len(curve) // _POINTS)]
            ]
            for lang, curve in fitted.curves.items()
        },
    }
