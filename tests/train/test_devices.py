"""Where it is computed, and who takes what part. What several processes come to: test_biencoder.py."""

from __future__ import annotations

import os

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'codilingua[train]'")

from codilingua.errors import UsageError  # noqa: E402
from codilingua.train.devices import Machine, machine  # noqa: E402

pytestmark = pytest.mark.build


@pytest.mark.parametrize("world", [1, 2, 3, 5])
@pytest.mark.parametrize("total", [0, 1, 2, 4, 7, 15])
def test_the_shares_are_the_batch(world: int, total: int) -> None:
    rows = list(range(total))
    shares = [Machine(torch.device("cpu"), False, rank, world).share(rows) for rank in range(world)]
    assert [row for share in shares for row in share] == rows
    # All are equal in length up to the last that is not empty: gathering relies on that.
    size = -(-total // world)
    held = [len(share) for share in shares if share]
    assert held[:-1] == [size] * (len(held) - 1)


@pytest.mark.parametrize("device", ["gpu", "cuda:0", "", "CPU"])
def test_no_such_device(device: str) -> None:
    with pytest.raises(UsageError, match="give auto, cpu or cuda"), machine(device):
        pass


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_no_cuda_here() -> None:
    with pytest.raises(UsageError, match="no CUDA that torch can use, give cpu or auto"), machine("cuda"):
        pass
    with machine("auto") as here:
        assert here.device.type == "cpu"


def test_alone_it_leads_and_takes_the_threads_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    try:
        with machine("cpu", 1) as here:
            assert (here.rank, here.world, here.leads, torch.get_num_threads()) == (0, 1, True, 1)
        with machine("cpu"):
            assert torch.get_num_threads() == os.cpu_count()
        monkeypatch.setenv("LOCAL_WORLD_SIZE", "64")
        with machine("cpu"):
            assert torch.get_num_threads() == max(1, (os.cpu_count() or 1) // 64)
    finally:
        torch.set_num_threads(before)


def test_alone_nothing_is_gathered() -> None:
    here = Machine(torch.device("cpu"), half=False)
    vectors, weight = torch.ones(3, 2), torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.full((2,), 3.0)
    assert here.gathered(vectors, 3) is vectors
    here.average([weight])
    assert weight.grad.tolist() == [3.0, 3.0]


def test_half_precision_is_of_products_alone() -> None:
    for half, expected in ((True, torch.bfloat16), (False, torch.float32)):
        with Machine(torch.device("cpu"), half).precision():
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected
