"""The README's Python blocks run as they stand, one after another, as a reader would type them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_python_blocks_run(environment: Callable[..., dict[str, str]], tmp_path: Path) -> None:
    blocks = _BLOCK.findall(README.read_text("utf-8"))
    assert blocks, "the README has no Python block"
    command = [sys.executable, "-W", "error", "-c", "\n".join(blocks)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip(), "the examples print nothing"
