"""A TOML file in; a frozen config out, every value of it checked before the first step."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from codilingua.errors import SourceError
from codilingua.files import decode_utf8, read_bytes
from codilingua.types import LANGUAGES

E5_SMALL = "e5-small"
"""The base that needs no model hub; any other name is a folder or a hub's."""

_LARGEST_SEED = 2**32 - 1
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}


@dataclass(frozen=True, slots=True)
class Data:
    """What is learned from. Paths are relative to where the program is started.

    ``held_out`` are files of development and test phrases: what is near to them is left out. ``share`` of
    the phrases (0-1] is taken; ``official_only`` leaves machine-made labels out of the surfaces.
    """

    catalog: Path
    pairs: tuple[Path, ...]
    held_out: tuple[Path, ...] = ()
    share: float = 1.0
    without_registers: tuple[str, ...] = ()
    without_languages: tuple[str, ...] = ()
    official_only: bool = False

    def faults(self) -> list[str]:
        """What is out of range."""
        wrong = [lang for lang in self.without_languages if lang not in LANGUAGES]
        return [
            *([f"share is {self.share}: give more than 0, at most 1"] if not 0 < self.share <= 1 else []),
            *([f"without_languages has {wrong[0]!r}: give some of {', '.join(LANGUAGES)}"] if wrong else []),
            *([] if self.pairs else ["pairs is empty: give at least one file"]),
        ]


@dataclass(frozen=True, slots=True)
class Optimiser:
    """How the weights move. ``batch`` is in examples, ``warm_up`` and ``weight_decay`` are shares."""

    epochs: int = 4
    batch: int = 512
    learning_rate: float = 2e-4
    warm_up: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    freeze_words: bool = True
    dropout: float = 0.0
    chunk: int = 128
    checkpoint_every: int = 100
    seed: int = 1

    def faults(self) -> list[str]:
        """What is out of range."""
        least = {"epochs": 1, "batch": 2, "chunk": 1, "checkpoint_every": 1, "seed": 0}
        found = [
            f"{name} is {getattr(self, name)}: give {low} or more"
            for name, low in least.items()
            if getattr(self, name) < low
        ]
        shares = {"warm_up": 1.0, "weight_decay": 1.0, "dropout": 0.9, "learning_rate": 1.0}
        if self.seed > _LARGEST_SEED:
            found.append(f"seed is {self.seed}: give 0 to {_LARGEST_SEED}")
        if not 0 < self.clip < float("inf"):
            found.append(f"clip is {self.clip}: give more than 0")
        found += [
            f"{name} is {getattr(self, name)}: give 0 to {high}"
            for name, high in shares.items()
            if not 0 <= getattr(self, name) <= high
        ]
        return found


@dataclass(frozen=True, slots=True)
class BiencoderConfig:
    """The training of the first stage. ``base`` as :func:`~codilingua.train.bases.load_base` takes it.

    ``across`` is the share of examples whose positive is another phrase of the code, in another language
    where there is one; ``synonyms`` the examples an epoch that are two surfaces of a code, as a share of
    the phrases. ``cluster`` examples of one category stand together in a batch. ``negatives`` hard
    negatives go with each example (file ``mined``, or the terminology's rivals where there is none).
    """

    data: Data
    optimiser: Optimiser = Optimiser()
    base: str = E5_SMALL
    layers: int | None = None
    temperature: float = 0.03
    across: float = 0.3
    synonyms: float = 0.2
    cluster: int = 1
    negatives: int = 0
    mined: Path | None = None

    def faults(self) -> list[str]:
        """What is out of range."""
        found = [*self.data.faults(), *self.optimiser.faults(), *_faults_of_base(self.base, self.layers)]
        if not 0 < self.temperature <= 1:
            found.append(f"temperature is {self.temperature}: give more than 0, at most 1")
        for name in ("across", "synonyms"):
            if not 0 <= getattr(self, name) <= 1:
                found.append(f"{name} is {getattr(self, name)}: give 0 to 1")
        for name, low in {"cluster": 1, "negatives": 0}.items():
            if getattr(self, name) < low:
                found.append(f"{name} is {getattr(self, name)}: give {low} or more")
        return found


@dataclass(frozen=True, slots=True)
class CrossencoderConfig:
    """The training of the second stage: lists of ``candidates`` texts, one of them right, ``groups`` of them.

    ``mined`` is the file that :mod:`codilingua.train.mining` wrote from the final first stage. ``tokens``
    is where query and candidate together are cut off.
    """

    data: Data
    mined: Path
    optimiser: Optimiser = Optimiser(epochs=1, batch=16)
    base: str = E5_SMALL
    layers: int | None = 6
    groups: int = 12_000
    candidates: int = 16
    tokens: int = 64

    def faults(self) -> list[str]:
        """What is out of range."""
        found = [*self.data.faults(), *self.optimiser.faults(), *_faults_of_base(self.base, self.layers)]
        least = {"groups": 1, "candidates": 2, "tokens": 8}
        return found + [
            f"{name} is {getattr(self, name)}: give {low} or more"
            for name, low in least.items()
            if getattr(self, name) < low
        ]


def _faults_of_base(base: str, layers: int | None) -> list[str]:
    return [
        *([] if base.strip() else [f"base is {base!r}: give {E5_SMALL}, a folder or a name on the hub"]),
        *([f"layers is {layers}: give 1 or more"] if layers is not None and layers < 1 else []),
    ]


Config = TypeVar("Config", BiencoderConfig, CrossencoderConfig)


def read_config(path: Path, kind: type[Config]) -> Config:
    """
    :raises SourceError: when the file is no TOML, or a key or value of it is wrong.
    """
    try:
        raw = tomllib.loads(decode_utf8(path, read_bytes(path)))
    except tomllib.TOMLDecodeError as error:
        raise SourceError(path, None, f"not TOML ({error})") from error
    config = _filled(path, kind, raw, "")
    faults = config.faults()
    if faults:
        raise SourceError(path, None, faults[0])
    return config


def _filled(path: Path, kind: Any, raw: dict[str, Any], within: str, default: Any = None) -> Any:
    """The dataclass with the values of a table; tables within it for its fields that are dataclasses.

    :param default: has the values that the table leaves out, where they are not the class's own.
    """
    hints = get_type_hints(kind)
    unknown = [name for name in raw if name not in hints]
    if unknown:
        raise SourceError(path, None, f"unknown key {within}{unknown[0]}: known are {', '.join(hints)}")
    for field in fields(kind):
        if field.default is MISSING and field.default_factory is MISSING and field.name not in raw:
            raise SourceError(path, None, f"{within}{field.name} is missing: give one")
    defaults = {field.name: field.default for field in fields(kind)}
    values = {
        name: _filled(path, hints[name], value, f"{within}{name}.", defaults[name])
        if is_dataclass(hints[name]) and isinstance(value, dict)
        else _value(path, hints[name], value, f"{within}{name}")
        for name, value in raw.items()
    }
    return replace(default, **values) if isinstance(default, kind) else kind(**values)


def _value(path: Path, hint: Any, value: Any, name: str) -> Any:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    wanted = options[0]
    if wanted is Path and isinstance(value, str):
        return Path(value)
    if get_args(wanted) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(get_args(wanted)[0](item) for item in value)
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(wanted, type) and type(value) is wanted:
        return value
    expected = "a list of texts" if get_args(wanted) else _KINDS.get(wanted, "a table")
    raise SourceError(path, None, f"{name} is {value!r}: give {expected}")
