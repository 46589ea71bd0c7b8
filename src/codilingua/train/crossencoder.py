"""Mined groups and a base model in; a cross-encoder that puts the right code of a group first out.

Listwise: of each group's candidates, read beside the phrase, the right ones must get all the weight of a
softmax over the group. The whole loop is below, top to bottom.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from codilingua.search.reranker import Pair, candidate_text, join_pairs, padded, pair_tokenizer
from codilingua.train.bases import Base
from codilingua.train.checkpoints import Checkpoints
from codilingua.train.config import CrossencoderConfig
from codilingua.train.devices import Machine
from codilingua.train.examples import TrainingSet
from codilingua.train.mining import Mined
from codilingua.train.model import PairScorer
from codilingua.train.pace import Pace, slope

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """A phrase beside each of its candidates, and which of them are right."""

    pairs: tuple[Pair, ...]
    right: tuple[bool, ...]


class Groups:
    """The groups of every epoch, each a pure function of seed and number."""

    def __init__(self, data: TrainingSet, mined: Mined, config: CrossencoderConfig) -> None:
        self._data, self._mined, self._config = data, mined, config
        chance = np.random.default_rng((config.optimiser.seed, 0))
        hard = np.flatnonzero((mined.codes >= 0).any(axis=1))
        self._rows = chance.permutation(hard)[: config.groups]

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self, epoch: int) -> list[Places]:
        """Numbers of the groups of each batch of an epoch."""
        order = np.random.default_rng((self._config.optimiser.seed, epoch, 1)).permutation(len(self))
        size = self._config.optimiser.batch
        return [order[start : start + size] for start in range(0, len(order), size)]

    def group(self, number: int) -> Group:
        """The right code, then its hard negatives, the hardest first."""
        row = int(self._rows[number])
        phrase, code = self._data.phrases.texts[row], int(self._data.phrases.codes[row])
        count = self._config.candidates - 1
        wrong = [
            (int(c), int(r))
            for c, r in zip(self._mined.codes[row], self._mined.rows[row], strict=True)
            if c >= 0
        ]
        candidates = [(code, int(self._mined.own[row])), *wrong[:count]]
        return Group(
            tuple((phrase, self._text(*candidate)) for candidate in candidates),
            (True, *(False for _ in candidates[1:])),
        )

    def _text(self, code: int, row: int) -> str:
        data = self._data
        above = data.relatives.parent(code)
        title = data.surfaces[data.surfaces_of(code)[0]]
        return candidate_text(
            title, data.surfaces[row], None if above is None else data.surfaces[data.surfaces_of(above)[0]]
        )


def train_crossencoder(
    config: CrossencoderConfig,
    data: TrainingSet,
    mined: Mined,
    base: Base,
    machine: Machine,
    folder: Path,
    stop_after: int | None = None,
) -> None:
    """Train and write the scorer into ``folder``: the base's files, and ``head.npz``.

    Broken off, the same call goes on from the last checkpoint as if nothing had happened.

    :param stop_after: break off after so many steps, with a checkpoint; None to finish.
    :raises TrainingError: when the loss is no number, a checkpoint cannot be written or is of another run.
    """
    rules = config.optimiser
    torch.manual_seed(rules.seed)
    groups = Groups(data, mined, config)
    tokenizer = pair_tokenizer(Tokenizer.from_str(base.tokenizer.to_str()))
    model = PairScorer(base.bert).to(machine.device).train()
    if rules.freeze_words:
        base.bert.embeddings.word_embeddings.weight.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, rules.learning_rate, weight_decay=rules.weight_decay, fused=True)
    per_epoch = len(groups.batches(0))
    steps = rules.epochs * per_epoch
    checkpoints = Checkpoints(folder, fingerprint(config, data, mined))
    parts = {"model": model, "optimiser": optimiser}
    done = checkpoints.resume(parts)
    pace = Pace(folder, steps, done, machine.leads)

    step = 0
    for epoch in range(rules.epochs):
        for numbers in groups.batches(epoch):
            step += 1
            if step <= done:
                continue
            batch = [groups.group(int(number)) for number in numbers]
            rate = rules.learning_rate * slope(step - 1, steps, rules.warm_up)
            for setting in optimiser.param_groups:
                setting["lr"] = rate
            pairs = [pair for group in batch for pair in group.pairs]
            with machine.precision():
                scores = _score(model, tokenizer, pairs, machine, config)
            loss = listwise(scores, batch)
            optimiser.zero_grad()
            loss.backward()
            machine.average(trained)
            norm = nn.utils.clip_grad_norm_(trained, rules.clip)
            pace.step(step, loss.item(), len(pairs), rate, norm.item())
            optimiser.step()
            if machine.leads and (step % rules.checkpoint_every == 0 or step == stop_after):
                checkpoints.save(step, parts)
            if step == stop_after:
                return
    if machine.leads:
        base.save(folder)
        model.save_head(folder)
        checkpoints.clear()


def listwise(scores: Tensor, batch: list[Group]) -> Tensor:
    """Mean over the groups of minus the logarithm of the weight that the right candidates get.

    :param scores: float32 [pairs of all groups].
    """
    losses = []
    start = 0
    for group in batch:
        own = scores[start : start + len(group.right)]
        right = torch.tensor(group.right, device=scores.device)
        losses.append(own.logsumexp(0) - own[right].logsumexp(0))
        start += len(group.right)
    return torch.stack(losses).mean()


def _score(
    model: PairScorer, tokenizer: Tokenizer, pairs: list[Pair], machine: Machine, config: CrossencoderConfig
) -> Tensor:
    """Scores of the pairs, in their order, float32. Neighbours in length are read together, to pad little."""
    share = len(machine.share(pairs))
    # As in the first stage: a process without a share reads one pair all the same, and drops it.
    mine = machine.share(pairs) or pairs[:1]
    rows = join_pairs(tokenizer, mine, config.tokens)
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    parts = []
    for start in range(0, len(order), config.optimiser.chunk):
        ids, mask = padded([rows[place] for place in order[start : start + config.optimiser.chunk]])
        to = machine.device
        parts.append(model(torch.from_numpy(ids).to(to), torch.from_numpy(mask).to(to)).float())
    back = torch.tensor(np.argsort(order), device=machine.device)
    scores = torch.cat(parts)[back][:share]
    return machine.gathered(scores.unsqueeze(1), len(pairs)).squeeze(1)


def fingerprint(config: CrossencoderConfig, data: TrainingSet, mined: Mined) -> str:
    """Of all that the run depends on, hexadecimal."""
    summed = hashlib.sha256(json.dumps(asdict(config), default=str, sort_keys=True).encode())
    for texts in (data.surfaces, data.phrases.texts):
        summed.update("\n".join(texts).encode("utf-8", "replace"))
    for places in (data.phrases.codes, mined.codes, mined.rows):
        summed.update(places.tobytes())
    return summed.hexdigest()
