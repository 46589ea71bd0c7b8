"""The two native libraries side by side, in whichever order a program imports what needs them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from codilingua.artifacts import Assets
from codilingua.search.runtime import nearest_products

_USE = """
import sys
{imports}
import numpy as np
from codilingua.search.encoder import QUERY, Encoder
from codilingua.search.vectors import VectorIndex
packed = np.load(sys.argv[3])
vectors = Encoder(*map(__import__("pathlib").Path, sys.argv[1:3]), 1).encode(["ictus", "angina"], QUERY)
print(VectorIndex.unpack(packed).nearest(vectors, 3, 1).shape)
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import codilingua.search.vectors; import onnxruntime",
        "import onnxruntime; import codilingua.search.vectors",
        "import codilingua.search.index",
        "import codilingua.search.encoder",
        "import codilingua.search.reranker",
    ],
)
def test_a_fresh_process_may_import_either_first(
    tiny_folder: Path, environment: Callable[..., dict[str, str]], imports: str
) -> None:
    """ONNX Runtime crashes where usearch came first; only a process of its own can show it."""
    assets = Assets(tiny_folder)
    command = [sys.executable, "-W", "error", "-c", _USE.format(imports=imports)]
    files = [str(path) for path in (assets.encoder, assets.tokenizer, assets.vectors)]
    done = subprocess.run([*command, *files], capture_output=True, env=environment(), timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"(2, 3)\n", b"")


def test_uses_are_not_counted(environment: Callable[..., dict[str, str]]) -> None:
    code = "import os; import codilingua.search.runtime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), timeout=120)
    assert done.stdout == b"1\n"


@pytest.mark.parametrize("count", [1, 7, 50])
def test_the_largest_products(count: int) -> None:
    chance = np.random.default_rng(count)
    matrix = chance.integers(-15, 16, (50, 32)).astype(np.int8)
    asked = chance.integers(-127, 128, (3, 32)).astype(np.int8)
    keys = nearest_products(matrix, asked, count, 1).keys.astype(np.int64)
    products = asked.astype(np.int64) @ matrix.T.astype(np.int64)
    np.testing.assert_array_equal(
        np.take_along_axis(products, keys, axis=1), -np.sort(-products, axis=1)[:, :count]
    )
