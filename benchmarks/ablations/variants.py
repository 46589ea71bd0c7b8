"""The runs: each a change of one thing against another run, at the same number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WHOLE = "whole"
"""All pairs, once: what most of the others are compared with."""

HALF = "half"
"""Half of the pairs, once: what the runs without a register are compared with."""

REGISTERS = ("note", "shorthand", "synonym", "lay", "typo", "context")
REGISTER = "register-"
"""How the names of the sets begin that hold one register of the factory's development phrases."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run.

    ``says`` is what differs from the run ``against``. ``top``, ``data`` and ``optimiser`` are values of the
    config's tables that differ from those of ``whole``. ``base`` is a run that this one goes on from, and
    ``mined`` asks for hard negatives of it. ``model`` is a run whose encoder is scored with this one's data:
    nothing is trained then. ``clinical`` adds the pairs of CodiEsp train. ``by_register`` has it scored on
    the phrases of each register, too.
    """

    name: str
    says: str
    against: str | None = None
    top: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    optimiser: Mapping[str, Any] = field(default_factory=dict)
    base: str | None = None
    mined: bool = False
    model: str | None = None
    clinical: bool = False
    by_register: bool = False


def variants() -> list[Variant]:
    """All runs; one that another needs stands before it."""
    return [
        Variant(WHOLE, "all pairs, once"),
        *(
            Variant(
                f"share-{share}",
                f"{share} % of the pairs",
                WHOLE,
                {},
                {"share": share / 100},
                {"epochs": epochs},
            )
            for share, epochs in ((10, 10), (25, 4), (50, 2))
        ),
        Variant(
            "official-index",
            "machine-made names not in the index",
            WHOLE,
            {},
            {"official_only": True},
            model=WHOLE,
        ),
        Variant(
            "official-only",
            "machine-made names neither learned from nor in the index",
            WHOLE,
            {},
            {"official_only": True},
        ),
        Variant("no-across", "no pairs of phrases, across languages or within one", WHOLE, {"across": 0.0}),
        Variant("more", "a second round without hard negatives", WHOLE, optimiser=_SECOND_ROUND, base=WHOLE),
        Variant(
            "hard",
            "a second round with hard negatives",
            "more",
            {"cluster": 4, "negatives": 1},
            optimiser=_SECOND_ROUND,
            base=WHOLE,
            mined=True,
        ),
        Variant(
            "clinical", "CodiEsp train learned from as well (a variant, never shipped)", WHOLE, clinical=True
        ),
        Variant(HALF, "half of the pairs, once", WHOLE, {}, {"share": 0.5}, by_register=True),
        *(
            Variant(
                f"no-{register}",
                f"register `{register}` left out",
                HALF,
                {},
                {"share": 0.5, "without_registers": [register]},
                # The notes are half of all pairs: without them, two epochs are as many steps.
                {"epochs": 2 if register == "note" else 1},
                by_register=True,
            )
            for register in REGISTERS
        ),
    ]


_SECOND_ROUND = {"learning_rate": 1e-4, "seed": 2}
