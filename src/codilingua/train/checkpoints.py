"""The state of a run in; a file that is whole or not there, and the run as it was, out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from codilingua.errors import TrainingError

_NAME = "checkpoint.pt"


class Checkpoints:
    """The last state of a run, in its folder. Written aside and put in place in one move."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """
        :param fingerprint: of all that the run depends on; a checkpoint of another one is refused.
        """
        self._path = folder / _NAME
        self._fingerprint = fingerprint

    def save(self, step: int, parts: dict[str, Any]) -> None:
        """Keep the state after so many steps.

        :param parts: name → anything with a ``state_dict``.
        :raises TrainingError: when it cannot be written; the checkpoint before stays as it was.
        """
        content = {name: part.state_dict() for name, part in parts.items()}
        content |= {"step": step, "fingerprint": self._fingerprint, "chance": torch.get_rng_state()}
        aside = self._path.with_suffix(".part")
        try:
            torch.save(content, aside)
            os.replace(aside, self._path)
        # torch.save raises RuntimeError where the disk is full, OSError where the folder is gone.
        except (OSError, RuntimeError) as error:
            aside.unlink(missing_ok=True)
            reason = str(error).splitlines()[0]
            message = f"{self._path}: the checkpoint cannot be written ({reason}); make room and start again"
            raise TrainingError(f"{message}: it goes on from the checkpoint before") from error

    def resume(self, parts: dict[str, Any]) -> int:
        """Put the parts into the state of the last checkpoint.

        :return: steps done; 0 where there is no checkpoint.
        :raises TrainingError: when it belongs to another run, or is damaged.
        """
        if not self._path.is_file():
            return 0
        try:
            content = torch.load(self._path, map_location="cpu", weights_only=True)
            fingerprint = content["fingerprint"]
        except Exception as error:
            raise TrainingError(f"{self._path}: damaged ({error!r:.80}); delete it to begin anew") from error
        if fingerprint != self._fingerprint:
            raise TrainingError(
                f"{self._path}: of another config or other data; choose another --out, or delete it"
            )
        try:
            for name, part in parts.items():
                part.load_state_dict(content[name])
            torch.set_rng_state(content["chance"])
            return int(content["step"])
        # A base of the same name may have become another: torch raises RuntimeError or ValueError.
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise TrainingError(
                f"{self._path}: of another model ({reason}); delete it to begin anew"
            ) from error

    def clear(self) -> None:
        """Remove the checkpoint of a finished run."""
        self._path.unlink(missing_ok=True)
