"""The loop of the first stage: it learns, it goes on where it was broken off, and several share the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'codilingua[train]'")

from codilingua.artifacts import Assets, sha256  # noqa: E402
from codilingua.errors import TrainingError  # noqa: E402
from codilingua.train.bases import load_base  # noqa: E402
from codilingua.train.biencoder import Examples, contrast, fingerprint, train_biencoder  # noqa: E402
from codilingua.train.config import BiencoderConfig, Data, Optimiser, read_config  # noqa: E402
from codilingua.train.devices import Machine  # noqa: E402
from codilingua.train.examples import TrainingSet  # noqa: E402
from codilingua.train.runs import CARD, read_data, run_biencoder  # noqa: E402

pytestmark = pytest.mark.build

HERE = Machine(torch.device("cpu"), half=False)
DATA = Data(Path("catalog.db"), (Path("pairs.tsv"),))
OPTIMISER = Optimiser(
    epochs=3, batch=8, learning_rate=2e-3, freeze_words=False, chunk=3, checkpoint_every=2, dropout=0.1
)
CONFIG = BiencoderConfig(DATA, OPTIMISER, temperature=0.05, across=0.3, synonyms=0.2, negatives=1)
_LONGEST = 600
"""Seconds after which a child is taken to hang."""

WORKER = """
import sys
from dataclasses import replace
from pathlib import Path

from codilingua.train.bases import load_base
from codilingua.train.biencoder import train_biencoder
from codilingua.train.config import BiencoderConfig, read_config
from codilingua.train.devices import machine
from codilingua.train.runs import read_data

config = read_config(Path(sys.argv[1]), BiencoderConfig)
Path(sys.argv[2]).mkdir(exist_ok=True)
with machine("cpu", 1) as here:
    assert here.world == int(sys.argv[3])
    # In bfloat16 what a text is padded to shows, and the shares are not padded alike.
    train_biencoder(config, read_data(config.data), load_base(config.base), replace(here, half=False),
                    Path(sys.argv[2]))
"""


def losses(folder: Path) -> list[float]:
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines] == list(range(1, len(lines) + 1))
    return [line["loss"] for line in lines]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = dict(load_base(str(folder)).bert.state_dict())
    return found


def differing(one: Path, other: Path) -> list[str]:
    """Names of the weights that are not equal to the last bit."""
    ours, theirs = weights(one), weights(other)
    assert list(ours) == list(theirs)
    return [name for name in ours if not torch.equal(ours[name], theirs[name])]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Weights this small are no work for two; and how many threads there are shows in the last bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def written(tiny_folder: Path, toy_pairs: Path, saved_base: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes the toy's config, as a user has it."""

    def write(optimiser: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(
            f"""base = "{saved_base}"
temperature = 0.05
negatives = 1

[data]
catalog = "{Assets(tiny_folder).catalog}"
pairs = ["{toy_pairs}"]

[optimiser]
freeze_words = false
chunk = 3
learning_rate = 1e-3
{optimiser}
""",
            "utf-8",
        )
        return path

    return write


# It learns.


def test_the_loss_falls(tiny_set: TrainingSet, saved_base: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, optimiser=replace(OPTIMISER, epochs=12, dropout=0.0), synonyms=0.0)
    train_biencoder(config, tiny_set, load_base(str(saved_base)), HERE, tmp_path)
    course = losses(tmp_path)
    assert len(course) == 36
    assert np.mean(course[-6:]) < 0.75 * np.mean(course[:6])
    assert not (tmp_path / "checkpoint.pt").exists()


def test_it_is_the_words_that_may_be_frozen(tiny_set: TrainingSet, saved_base: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, optimiser=replace(OPTIMISER, epochs=1, freeze_words=True))
    train_biencoder(config, tiny_set, load_base(str(saved_base)), HERE, tmp_path)
    moved = differing(saved_base, tmp_path)
    assert "embeddings.word_embeddings.weight" not in moved
    assert {name.split(".")[0] for name in moved} == {"embeddings", "encoder"}


def test_the_card_says_what_was_learned_from(
    written: Callable[..., Path], toy_pairs: Path, tmp_path: Path
) -> None:
    config = read_config(written("epochs = 1\nbatch = 16"), BiencoderConfig)
    run_biencoder(config, tmp_path / "out", "cpu", 1)
    card = json.loads((tmp_path / "out" / CARD).read_text("utf-8"))
    assert card["config"]["optimiser"]["batch"] == 16
    assert card["data"]["phrases"] == 24
    assert sum(card["data"]["languages"].values()) == 24
    assert card["data"]["files"] == {toy_pairs.name: sha256(toy_pairs)}


# What the loss is.


def plain(queries: torch.Tensor, passages: torch.Tensor, allowed: np.ndarray, temperature: float) -> float:
    """The same in numpy, of the allowed cells alone."""
    likeness = (queries @ passages.T / temperature).detach().numpy().astype(np.float64)
    size = len(likeness)

    def one_way(rows: np.ndarray, may: np.ndarray) -> float:
        return float(np.mean([-row[i] + np.log(np.exp(row[may[i]]).sum()) for i, row in enumerate(rows)]))

    return one_way(likeness, allowed) + one_way(likeness[:, :size].T, allowed[:, :size].T)


def unit(seed: int, rows: int) -> torch.Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(rows, 6, generator=chance), dim=-1)


def test_the_loss_is_that_of_the_allowed_texts() -> None:
    queries, passages = unit(1, 4), unit(2, 7)
    related = torch.zeros(4, 7, dtype=torch.bool)
    assert contrast(queries, passages, related, 0.1).item() == pytest.approx(
        plain(queries, passages, ~related.numpy(), 0.1), rel=1e-5
    )
    related[0, 2] = related[2, 0] = related[1, 5] = related[3, 6] = True
    masked = contrast(queries, passages, related, 0.1).item()
    assert masked == pytest.approx(plain(queries, passages, ~related.numpy(), 0.1), rel=1e-5)
    # A code is its own relative, and yet what its query is to find.
    assert contrast(queries, passages, related | torch.eye(4, 7, dtype=torch.bool), 0.1).item() == masked


def test_a_masked_text_gets_no_gradient() -> None:
    queries, passages = unit(3, 4).requires_grad_(), unit(4, 6).requires_grad_()
    related = torch.zeros(4, 6, dtype=torch.bool)
    related[:, 4] = True
    related[0, 5] = True
    contrast(queries, passages, related, 0.05).backward()
    assert passages.grad is not None
    assert queries.grad is not None
    assert torch.equal(passages.grad[4], torch.zeros(6))
    assert (passages.grad[[0, 1, 2, 3, 5]].abs().sum(dim=1) > 0).all()
    # The query that it is masked for does not move by it either.
    without, fewer = queries.detach().clone().requires_grad_(), passages.detach()[[0, 1, 2, 3, 5]]
    contrast(without, fewer, related[:, [0, 1, 2, 3, 5]], 0.05).backward()
    assert torch.allclose(queries.grad, without.grad, atol=1e-7)
    elsewhere = passages.detach().clone()
    elsewhere[5] = -elsewhere[5]
    moved = queries.detach().clone().requires_grad_()
    contrast(moved, elsewhere, related, 0.05).backward()
    assert moved.grad is not None
    assert not torch.allclose(moved.grad[1:], queries.grad[1:])


# It goes on where it was broken off.


@pytest.mark.parametrize("stops", [(3,), (4,), (1, 2, 7)], ids=["within", "between epochs", "often"])
def test_broken_off_and_gone_on_it_comes_to_the_same(
    tiny_set: TrainingSet, saved_base: Path, tmp_path: Path, stops: tuple[int, ...]
) -> None:
    def train(folder: Path, stop_after: int | None = None) -> None:
        folder.mkdir(exist_ok=True)
        base = load_base(str(saved_base), dropout=OPTIMISER.dropout)
        train_biencoder(CONFIG, tiny_set, base, HERE, folder, stop_after=stop_after)

    train(tmp_path / "at once")
    for stop in stops:
        train(tmp_path / "broken", stop)
        assert (tmp_path / "broken" / "checkpoint.pt").is_file()
        assert not (tmp_path / "broken" / "model.safetensors").exists()
        # What the process draws meanwhile must not show.
        torch.manual_seed(99)
    train(tmp_path / "broken")
    assert losses(tmp_path / "broken") == losses(tmp_path / "at once")
    assert differing(tmp_path / "broken", tmp_path / "at once") == []
    assert differing(tmp_path / "broken", saved_base)


def test_killed_and_started_again_it_comes_to_the_same(
    written: Callable[..., Path], environment: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    config = written("epochs = 30\nbatch = 8\ndropout = 0.1\ncheckpoint_every = 2")
    unbroken, killed = tmp_path / "unbroken", tmp_path / "killed"
    command = [sys.executable, "-m", "codilingua", "train", "biencoder", str(config), "--out", str(killed)]
    command += ["--device", "cpu", "--threads", "1"]
    child = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
    log, until = killed / "log.jsonl", time.monotonic() + _LONGEST
    while not log.is_file() or len(log.read_bytes().splitlines()) < 25:
        assert child.poll() is None
        assert time.monotonic() < until
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (killed / "model.safetensors").exists()
    assert (killed / "checkpoint.pt").is_file()

    subprocess.run(command, env=environment(), check=True, stderr=subprocess.DEVNULL, timeout=_LONGEST)
    run_biencoder(read_config(config, BiencoderConfig), unbroken, "cpu", 1)
    assert losses(killed) == losses(unbroken)
    assert len(losses(killed)) > 60
    assert differing(killed, unbroken) == []
    assert sorted(path.name for path in killed.iterdir()) == sorted(path.name for path in unbroken.iterdir())


def test_a_loss_that_is_no_number(tiny_set: TrainingSet, saved_base: Path, tmp_path: Path) -> None:
    """A weight that is none, of a piece that is not read before the third step."""
    config = replace(
        CONFIG,
        optimiser=replace(OPTIMISER, checkpoint_every=1, batch=4, freeze_words=True),
        negatives=0,
        synonyms=0.0,
    )
    base = load_base(str(saved_base))
    examples = Examples(tiny_set, config)

    def pieces(numbers: np.ndarray) -> set[int]:
        batch = [examples.example(0, int(number)) for number in numbers]
        texts = ["query: " + one.query for one in batch] + ["passage: " + one.positive for one in batch]
        return {piece for encoding in base.tokenizer.encode_batch(texts) for piece in encoding.ids}

    steps = [pieces(numbers) for numbers in examples.batches(0)]
    broken = next(step for step in range(2, len(steps)) if steps[step] - set().union(*steps[:step]))
    piece = min(steps[broken] - set().union(*steps[:broken]))

    train_biencoder(config, tiny_set, load_base(str(saved_base)), HERE, tmp_path, stop_after=broken)
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    content["model"]["bert.embeddings.word_embeddings.weight"][piece] = float("nan")
    torch.save(content, tmp_path / "checkpoint.pt")
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(TrainingError, match=rf"loss of step {broken + 1} is nan: lower learning_rate"):
        train_biencoder(config, tiny_set, base, HERE, tmp_path)
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept
    assert not (tmp_path / "model.safetensors").exists()
    assert len(losses(tmp_path)) == broken


def test_a_checkpoint_of_another_run(tiny_set: TrainingSet, saved_base: Path, tmp_path: Path) -> None:
    train_biencoder(CONFIG, tiny_set, load_base(str(saved_base)), HERE, tmp_path, stop_after=2)
    other = replace(CONFIG, temperature=0.06)
    assert fingerprint(other, tiny_set) != fingerprint(CONFIG, tiny_set)
    with pytest.raises(TrainingError, match="of another config or other data; choose another --out"):
        train_biencoder(other, tiny_set, load_base(str(saved_base)), HERE, tmp_path)


# Several processes.


@pytest.mark.parametrize("world", [2, 3])
def test_several_processes_come_to_the_same(
    written: Callable[..., Path],
    environment: Callable[..., dict[str, str]],
    tmp_path: Path,
    world: int,
) -> None:
    """29 examples, 5 a batch and 4 in the last: among three processes shares of 2, 2 and 1, and of 2, 2 and
    none; of the texts, as many again being negatives, 4, 4 and 2."""
    config = written("epochs = 2\nbatch = 5")
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER, "utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(world)]
    done = subprocess.run(
        [*command, str(worker), str(config), str(tmp_path / "several"), str(world)],
        env=environment(OMP_NUM_THREADS="1"),
        capture_output=True,
        timeout=_LONGEST,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]

    read = read_config(config, BiencoderConfig)
    data = read_data(read.data)
    (tmp_path / "alone").mkdir()
    train_biencoder(read, data, load_base(read.base), HERE, tmp_path / "alone")
    assert len(losses(tmp_path / "alone")) == 12
    np.testing.assert_allclose(losses(tmp_path / "several"), losses(tmp_path / "alone"), atol=1e-4, rtol=0)
