"""What the machine has in; where to compute, in which precision, and among how many processes, out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed
from torch.distributed.nn.functional import all_gather

from codilingua.errors import UsageError

_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """One process of a run. ``rank`` of ``world`` processes, as ``torchrun`` counts them."""

    device: torch.device
    half: bool
    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """True in the one process that writes."""
        return self.rank == 0

    def precision(self) -> AbstractContextManager[Any]:
        """Within it matrix products are in bfloat16, where the machine has them in hardware."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext()

    def share(self, rows: list[Any]) -> list[Any]:
        """This process's part of a batch; all parts are equal in length but for the last one."""
        size = -(-len(rows) // self.world)
        return rows[self.rank * size : (self.rank + 1) * size]

    def gathered(self, vectors: Tensor, total: int) -> Tensor:
        """The vectors of all processes, in the order of the batch; gradients flow back to each.

        :param vectors: float32 [share, dimensions].
        :param total: rows of the whole batch.
        """
        if self.world == 1:
            return vectors
        size = -(-total // self.world)
        padded = torch.nn.functional.pad(vectors, (0, 0, 0, size - len(vectors)))
        return torch.cat(all_gather(padded))[:total]

    def average(self, parameters: Iterable[Tensor]) -> None:
        """Make the gradients of all processes their mean."""
        if self.world == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= self.world


@contextmanager
def machine(device: str = "auto", threads: int | None = None) -> Iterator[Machine]:
    """Join the processes that ``torchrun`` started, or run alone.

    :param device: ``auto``, ``cpu`` or ``cuda``.
    :param threads: of this process; None for its part of the machine's.
    :raises UsageError: when there is no such device.
    """
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device is {device!r}: give auto, cpu or cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device is 'cuda': this machine has no CUDA that torch can use, give cpu or auto")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    beside = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // beside))
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    where = torch.device(device, int(os.environ.get("LOCAL_RANK", 0)) if device == "cuda" else None)
    if world > 1:
        distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield Machine(where, _has_bfloat16(device), rank, world)
    finally:
        if world > 1:
            distributed.destroy_process_group()


def _has_bfloat16(device: str) -> bool:
    """On a CPU without avx512_bf16 or AMX bfloat16 is emulated, and slower than float32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    try:
        flags = _CPU_INFO.read_text("utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
