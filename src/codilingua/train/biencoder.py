"""Phrases, surfaces and a base model in; a sentence encoder that puts a phrase next to its code, out.

Contrastive learning with the batch as negatives (InfoNCE, van den Oord and others, 2018), in both
directions: the phrase must find its text among all texts of the batch, and the text its phrase among all
phrases. Codes that may be right as well (:class:`~codilingua.train.relatives.Relatives`) are masked. The
whole loop is below, top to bottom.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from codilingua.search.encoder import PASSAGE, QUERY
from codilingua.train.bases import Base
from codilingua.train.checkpoints import Checkpoints
from codilingua.train.config import BiencoderConfig
from codilingua.train.devices import Machine
from codilingua.train.examples import TrainingSet
from codilingua.train.mining import Mined
from codilingua.train.model import SentenceEncoder
from codilingua.train.pace import Pace, slope

Places = NDArray[np.int64]

_MASKED = -1e4
"""Far below any cosine over any temperature, and yet a number in bfloat16."""


@dataclass(frozen=True, slots=True)
class Example:
    """What is asked, a text that answers it, texts that do not, and the places of their codes."""

    query: str
    positive: str
    code: int
    negatives: tuple[str, ...] = ()
    negative_codes: tuple[int, ...] = ()


class Examples:
    """The examples of every epoch, each a pure function of seed, epoch and number."""

    def __init__(self, data: TrainingSet, config: BiencoderConfig, mined: Places | None = None) -> None:
        """
        :param mined: int64 [phrases, any], places of hard negatives, -1 where there are no more.
        """
        self._data, self._config, self._mined = data, config, mined
        counts = np.bincount(data.surface_codes, minlength=len(data.relatives.codes))
        self._synonymous = np.flatnonzero(counts > 1)
        self._phrases = len(data.phrases)
        wanted = round(config.synonyms * self._phrases) if self._phrases else len(self._synonymous)
        self._synonyms = min(wanted, len(self._synonymous))

    def __len__(self) -> int:
        """Examples an epoch."""
        return self._phrases + self._synonyms

    def batches(self, epoch: int) -> list[Places]:
        """Numbers of the examples of each batch of an epoch."""
        config, chance = self._config, np.random.default_rng((self._config.optimiser.seed, epoch))
        numbers = chance.permutation(len(self))
        if config.cluster > 1:
            categories = np.array([self._category(int(number), epoch) for number in numbers])
            numbers = numbers[np.argsort(categories, kind="stable")]
            sorted_categories = np.sort(categories, kind="stable")
            starts = np.flatnonzero(np.r_[True, sorted_categories[1:] != sorted_categories[:-1]])
            blocks = [
                block[start : start + config.cluster]
                for block in np.split(numbers, starts[1:])
                for start in range(0, len(block), config.cluster)
            ]
            numbers = np.concatenate([blocks[place] for place in chance.permutation(len(blocks))])
        size = config.optimiser.batch
        batches = [numbers[start : start + size] for start in range(0, len(numbers), size)]
        # One example alone has nothing to be told from.
        return [batch for batch in batches if len(batch) > 1]

    def example(self, epoch: int, number: int) -> Example:
        """The example of this number in this epoch."""
        data, config = self._data, self._config
        chance = np.random.default_rng((config.optimiser.seed, epoch, number))
        if number >= self._phrases:
            code = self._synonym_code(epoch, number)
            query, positive = (
                data.surfaces[row] for row in chance.choice(data.surfaces_of(code), 2, replace=False)
            )
            return self._with_negatives(Example(query, positive, code), None, chance)
        code = int(data.phrases.codes[number])
        positive = self._phrase_of(code, number, chance) if chance.random() < config.across else None
        if positive is None:
            positive = data.surfaces[int(chance.choice(data.surfaces_of(code)))]
        return self._with_negatives(Example(data.phrases.texts[number], positive, code), number, chance)

    def _phrase_of(self, code: int, number: int, chance: np.random.Generator) -> str | None:
        """Another phrase of the code, in another language where there is one."""
        phrases = self._data.phrases
        others = [row for row in self._data.phrases_of(code) if row != number]
        abroad = [row for row in others if phrases.langs[row] != phrases.langs[number]]
        chosen = abroad or others
        return phrases.texts[int(chance.choice(chosen))] if chosen else None

    def _with_negatives(self, example: Example, number: int | None, chance: np.random.Generator) -> Example:
        count = self._config.negatives
        if not count:
            return example
        known = (
            self._mined[number] if self._mined is not None and number is not None else np.empty(0, np.int64)
        )
        codes = known[known >= 0]
        if not len(codes):
            codes = self._data.relatives.rivals(example.code)
        if not len(codes):
            return example
        chosen = chance.choice(codes, min(count, len(codes)), replace=False).tolist()
        texts = tuple(
            self._data.surfaces[int(chance.choice(self._data.surfaces_of(code)))] for code in chosen
        )
        return Example(example.query, example.positive, example.code, texts, tuple(chosen))

    def _synonym_code(self, epoch: int, number: int) -> int:
        chance = np.random.default_rng((self._config.optimiser.seed, epoch, 0, 0))
        return int(chance.permutation(self._synonymous)[number - self._phrases])

    def _category(self, number: int, epoch: int) -> str:
        place = (
            self._data.phrases.codes[number] if number < self._phrases else self._synonym_code(epoch, number)
        )
        return self._data.relatives.codes[int(place)][:3]


def train_biencoder(
    config: BiencoderConfig,
    data: TrainingSet,
    base: Base,
    machine: Machine,
    folder: Path,
    mined: Mined | None = None,
    stop_after: int | None = None,
) -> None:
    """Train and write the encoder into ``folder`` as :class:`~codilingua.train.bases.Base` saves it.

    Broken off, the same call goes on from the last checkpoint as if nothing had happened.

    :param mined: hard negatives of each phrase; None for the terminology's rivals.
    :param stop_after: break off after so many steps, with a checkpoint; None to finish.
    :raises TrainingError: when the loss is no number, a checkpoint cannot be written or is of another run.
    """
    rules = config.optimiser
    torch.manual_seed(rules.seed)
    examples = Examples(data, config, None if mined is None else mined.codes)
    model = SentenceEncoder(base.bert).to(machine.device).train()
    if rules.freeze_words:
        base.bert.embeddings.word_embeddings.weight.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, rules.learning_rate, weight_decay=rules.weight_decay, fused=True)
    per_epoch = [len(examples.batches(epoch)) for epoch in range(rules.epochs)]
    steps = sum(per_epoch)
    checkpoints = Checkpoints(folder, fingerprint(config, data, mined))
    parts = {"model": model, "optimiser": optimiser}
    done = checkpoints.resume(parts)
    pace = Pace(folder, steps, done, machine.leads)
    relatives: dict[int, Places] = {}

    step = 0
    for epoch in range(rules.epochs):
        if step + per_epoch[epoch] <= done:
            step += per_epoch[epoch]
            continue
        for numbers in examples.batches(epoch):
            step += 1
            if step <= done:
                continue
            batch = [examples.example(epoch, int(number)) for number in numbers]
            rate = rules.learning_rate * slope(step - 1, steps, rules.warm_up)
            for group in optimiser.param_groups:
                group["lr"] = rate
            with machine.precision():
                queries = _embed(
                    model, base.tokenizer, [QUERY + one.query for one in batch], machine, rules.chunk
                )
                texts = [one.positive for one in batch] + [text for one in batch for text in one.negatives]
                passages = _embed(
                    model, base.tokenizer, [PASSAGE + text for text in texts], machine, rules.chunk
                )
            codes = [one.code for one in batch]
            others = [*codes, *(code for one in batch for code in one.negative_codes)]
            masked = data.relatives.mask(codes, np.array(others, np.int64), relatives)
            loss = contrast(
                queries, passages, torch.from_numpy(masked).to(machine.device), config.temperature
            )
            optimiser.zero_grad()
            loss.backward()
            machine.average(trained)
            norm = nn.utils.clip_grad_norm_(trained, rules.clip)
            pace.step(step, loss.item(), len(batch), rate, norm.item())
            optimiser.step()
            if machine.leads and (step % rules.checkpoint_every == 0 or step == stop_after):
                checkpoints.save(step, parts)
            if step == stop_after:
                return
    if machine.leads:
        base.save(folder)
        checkpoints.clear()


def contrast(queries: Tensor, passages: Tensor, related: Tensor, temperature: float) -> Tensor:
    """Mean cross-entropy of each query finding its passage, plus that of each passage finding its query.

    :param queries: float32 [batch, dimensions], rows of length one.
    :param passages: float32 [batch + negatives, dimensions]; passage ``i`` answers query ``i``.
    :param related: bool [batch, batch + negatives]: passages that may be right as well.
    """
    size = len(queries)
    own = torch.eye(size, related.shape[1], dtype=torch.bool, device=related.device)
    likeness = (queries @ passages.T / temperature).masked_fill(related & ~own, _MASKED)
    right = torch.arange(size, device=likeness.device)
    forward = nn.functional.cross_entropy(likeness, right)
    return forward + nn.functional.cross_entropy(likeness[:, :size].T, right)


def _embed(
    model: SentenceEncoder, tokenizer: Tokenizer, texts: Sequence[str], machine: Machine, chunk: int
) -> Tensor:
    """Vectors of the texts, in their order, float32. Neighbours in length are read together."""
    share = len(machine.share(list(texts)))
    # A process without a share embeds one text all the same, and drops it: its gradients, all zero, have
    # to meet those of the others.
    mine = machine.share(list(texts)) or list(texts[:1])
    encodings = tokenizer.encode_batch(mine)
    lengths = [sum(encoding.attention_mask) for encoding in encodings]
    order = sorted(range(len(mine)), key=lengths.__getitem__)
    parts = []
    for start in range(0, len(order), chunk):
        chosen = order[start : start + chunk]
        width = max(lengths[place] for place in chosen)
        ids = torch.tensor([encodings[place].ids[:width] for place in chosen], device=machine.device)
        mask = torch.tensor(
            [encodings[place].attention_mask[:width] for place in chosen], device=machine.device
        )
        parts.append(model(ids, mask).float())
    back = torch.tensor(np.argsort(order), device=machine.device)
    return machine.gathered(torch.cat(parts)[back][:share], len(texts))


def fingerprint(config: BiencoderConfig, data: TrainingSet, mined: Mined | None = None) -> str:
    """Of all that the run depends on, hexadecimal."""
    said = json.dumps(asdict(config), default=str, sort_keys=True)
    summed = hashlib.sha256(said.encode())
    for texts in (data.surfaces, data.phrases.texts):
        summed.update("\n".join(texts).encode("utf-8", "replace"))
    summed.update(data.phrases.codes.tobytes())
    if mined is not None:
        summed.update(mined.codes.tobytes())
    return summed.hexdigest()
