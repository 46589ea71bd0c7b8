"""The state of a run on disk: whole or not there, and of this run or refused."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'codilingua[train]'")

from codilingua.errors import TrainingError  # noqa: E402
from codilingua.train.checkpoints import Checkpoints  # noqa: E402

pytestmark = pytest.mark.build


def parts(width: int = 300, seed: int = 0) -> dict[str, Any]:
    """A model and an optimiser that has moved it once."""
    torch.manual_seed(seed)
    model = torch.nn.Linear(width, width)
    optimiser = torch.optim.AdamW(model.parameters(), 0.1)
    model(torch.ones(1, width)).sum().backward()
    optimiser.step()
    return {"model": model, "optimiser": optimiser}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    ours, theirs = one["model"].state_dict(), other["model"].state_dict()
    moments = [found["optimiser"].state_dict()["state"][0]["exp_avg"] for found in (one, other)]
    return all(torch.equal(ours[name], theirs[name]) for name in ours) and torch.equal(*moments)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: what a full disk does, to this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept, other = parts(), parts(seed=1)
    assert Checkpoints(tmp_path, "a").resume(other) == 0
    Checkpoints(tmp_path, "a").save(7, kept)
    expected = torch.rand(3)
    assert not same(kept, other)
    assert Checkpoints(tmp_path, "a").resume(other) == 7
    assert same(kept, other)
    assert torch.equal(torch.rand(3), expected)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_finished_run_has_none(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, "a")
    checkpoints.save(7, parts())
    checkpoints.clear()
    checkpoints.clear()
    assert checkpoints.resume(parts()) == 0


def test_that_of_another_run_is_refused_and_kept(tmp_path: Path) -> None:
    Checkpoints(tmp_path, "a").save(7, parts())
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(TrainingError, match="of another config or other data; choose another --out"):
        Checkpoints(tmp_path, "b").resume(parts())
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_that_of_another_model_is_refused(tmp_path: Path) -> None:
    """The same name of a base, but another base behind it."""
    Checkpoints(tmp_path, "a").save(7, parts(300))
    with pytest.raises(TrainingError, match=r"of another model .*; delete it to begin anew") as caught:
        Checkpoints(tmp_path, "a").resume(parts(200))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "other"])
def test_a_damaged_one_is_refused(tmp_path: Path, damage: str) -> None:
    Checkpoints(tmp_path, "a").save(7, parts())
    path = tmp_path / "checkpoint.pt"
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "flipped": bytes(byte ^ 0xFF for byte in whole[:200]) + whole[200:],
            "empty": b"",
            "text": b"no checkpoint",
            "other": whole,
        }[damage]
    )
    if damage == "other":
        torch.save([1, 2], path)
    with pytest.raises(TrainingError, match=r"checkpoint\.pt: damaged .*; delete it to begin anew") as caught:
        Checkpoints(tmp_path, "a").resume(parts())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("room", [0, 4096, 500_000])
def test_a_full_disk_keeps_the_one_before(tmp_path: Path, room: int) -> None:
    checkpoints, kept, other = Checkpoints(tmp_path, "a"), parts(), parts(seed=1)
    checkpoints.save(7, kept)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    assert len(before) > 500_000
    with (
        full_disk(room),
        pytest.raises(TrainingError, match=r"cannot be written .* make room and start again"),
    ):
        checkpoints.save(8, other)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    checkpoints.save(8, other)
    assert checkpoints.resume(kept) == 8


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be written"):
        Checkpoints(tmp_path / "gone", "a").save(1, parts())
