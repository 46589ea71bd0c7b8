"""Assets that are missing, damaged, of another version, or may not be written to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from codilingua import open_search
from codilingua.artifacts import Assets
from codilingua.errors import AssetError, UsageError

NAMES = [path.name for path in (*Assets(Path()).required, *Assets(Path()).optional)]
_DROP = """
import ctypes, os, sys
# Root may write anywhere by CAP_DAC_OVERRIDE (1); taken out of the bounding set (PR_CAPBSET_DROP, 24),
# it is gone after exec. Anybody else has not got it, and the call fails without harm.
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_copy_opens(tiny_copy: Path) -> None:
    search = open_search(str(tiny_copy))
    assert len(search("ictus")) == 10
    search.catalog.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(tiny_copy: Path, name: str) -> None:
    (tiny_copy / name).unlink()
    with pytest.raises(AssetError, match=f"{name}: missing; .*codilingua build"):
        open_search(tiny_copy)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_one_bit_flipped_is_found(tiny_copy: Path, name: str, where: float) -> None:
    path = tiny_copy / name
    content = bytearray(path.read_bytes())
    content[int(where * (len(content) - 1))] ^= 1
    path.write_bytes(content)
    with pytest.raises(AssetError, match=f"{name}: damaged"):
        open_search(tiny_copy)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_cut_short_is_found(tiny_copy: Path, name: str) -> None:
    os.truncate(tiny_copy / name, 100)
    with pytest.raises(AssetError, match=f"{name}: damaged"):
        open_search(tiny_copy)


def test_no_manifest(tiny_copy: Path) -> None:
    (tiny_copy / "manifest.json").unlink()
    with pytest.raises(AssetError, match="no assets here"):
        open_search(tiny_copy)


def test_another_schema(tiny_copy: Path) -> None:
    manifest = tiny_copy / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(content | {"schema": 99}), "utf-8")
    with pytest.raises(AssetError, match="schema 99"):
        open_search(tiny_copy)


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AssetError, match="no assets here"):
        open_search(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"not what it should be"])
def test_rightly_sealed_rubbish_is_refused_as_well(tiny_copy: Path, name: str, content: bytes) -> None:
    """A checksum tells of damage; it does not tell what was sealed."""
    (tiny_copy / name).write_bytes(content)
    Assets(tiny_copy).reseal()
    with pytest.raises(AssetError, match=r"install codilingua again|codilingua build") as caught:
        open_search(tiny_copy)
    assert str(tiny_copy) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["ranking.json", "reranker.onnx", "languages.npz", "prior.npy"])
def test_assets_of_an_untrained_ranker_lack_a_file(tiny_copy: Path, name: str) -> None:
    (tiny_copy / name).unlink()
    Assets(tiny_copy).reseal()
    with open_search(tiny_copy, 1) as search:
        hits = search("fracture of the neck of the left femur")
    assert len(hits) == 10
    assert all((hit.confidence is None) is (name == "ranking.json") for hit in hits)


def test_words_that_both_models_lack(tiny_copy: Path) -> None:
    Assets(tiny_copy).words.unlink()
    Assets(tiny_copy).reseal()
    with pytest.raises(AssetError, match=r"the encoder cannot be loaded .*; install codilingua again"):
        open_search(tiny_copy)


@pytest.mark.parametrize("options", [{"rerank": 0}, {"dense_weight": 0.5}])
def test_a_reranker_that_is_not_asked_is_not_opened(tiny_copy: Path, options: dict[str, float]) -> None:
    assets = Assets(tiny_copy)
    assets.reranker.write_bytes(b"not what it should be")
    assets.reseal()
    with open_search(tiny_copy, 1, **options) as search:  # type: ignore[arg-type]
        assert len(search("hip fracture", lang="en")) == 10
    with pytest.raises(AssetError, match="the reranker cannot be loaded"):
        open_search(tiny_copy, 1)


@pytest.mark.parametrize("rerank", [-1, 21, 1000])
def test_a_depth_out_of_range_is_refused(tiny_folder: Path, rerank: int) -> None:
    with pytest.raises(UsageError, match=f"rerank is {rerank}: give a number of codes from 0 to 20"):
        open_search(tiny_folder, rerank=rerank)


def test_an_encoder_of_another_width(tiny_copy: Path) -> None:
    assets = Assets(tiny_copy)
    np.save(assets.vectors, np.load(assets.vectors)[:, :-2])
    assets.reseal()
    with pytest.raises(AssetError, match="vectors of 60 dimensions, where the encoder makes 64; run "):
        open_search(tiny_copy)


def test_a_lexical_index_with_a_missing_array(tiny_copy: Path) -> None:
    path = Assets(tiny_copy).lexical
    with np.load(path) as arrays:
        left = {name: array for name, array in arrays.items() if name != "idf"}
    np.savez(path, **left)
    Assets(tiny_copy).reseal()
    with pytest.raises(AssetError, match="index cannot be read"):
        open_search(tiny_copy)


@pytest.fixture
def read_only(tiny_copy: Path) -> Iterator[Path]:
    """Assets in a folder that nobody may write to, but root by its privilege."""
    for path in (*tiny_copy.iterdir(), tiny_copy):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield tiny_copy
    tiny_copy.chmod(0o755)


def test_a_read_only_folder_and_home(read_only: Path, environment: Callable[..., dict[str, str]]) -> None:
    variables = environment(HOME="/nonexistent")

    def unprivileged(*command: str) -> subprocess.CompletedProcess[bytes]:
        launcher = [sys.executable, "-c", _DROP, sys.executable, *command]
        return subprocess.run(launcher, capture_output=True, env=variables)

    write = f"open({str(read_only / 'new')!r}, 'w')"
    assert b"Permission denied" in unprivileged("-c", write).stderr
    done = unprivileged("-m", "codilingua", "search", "--assets", str(read_only), "--json", "ictus")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["hits"][0]["code"] == "I63.9"
    assert {path.name for path in read_only.iterdir()} == {*NAMES, "manifest.json"}
