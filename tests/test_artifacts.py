"""Assets on disk: sealed last, checked whole, replaced at once or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from codilingua.artifacts import SCHEMA, Assets
from codilingua.errors import AssetError

NAMES = [path.name for path in (*Assets(Path()).required, *Assets(Path()).optional)]


def write_all(assets: Assets, content: bytes) -> None:
    for path in (*assets.required, *assets.optional):
        path.write_bytes(content + path.name.encode())


@pytest.fixture
def sealed(tmp_path: Path) -> Assets:
    assets = Assets(tmp_path)
    write_all(assets, b"first ")
    assets.seal({"made": "here"})
    return assets


def test_what_is_sealed_is_verified(sealed: Assets) -> None:
    sealed.verify()
    content = json.loads(sealed.manifest.read_text("utf-8"))
    assert content["schema"] == SCHEMA
    assert content["provenance"] == {"made": "here"}
    assert set(content["files"]) == {path.name for path in sealed.files} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_checked(sealed: Assets, name: str) -> None:
    path = sealed.folder / name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(AssetError, match=f"{name}: damaged"):
        sealed.verify()
    path.write_bytes(b"")
    with pytest.raises(AssetError, match=f"{name}: damaged"):
        sealed.verify()
    path.unlink()
    with pytest.raises(AssetError, match=f"{name}: missing"):
        sealed.verify()


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ("", "damaged"),
        ("[1, 2]", "damaged"),
        ("{", "damaged"),
        ('{"schema": 1}', "damaged"),
        ('{"schema": 99, "files": {}}', "schema 99"),
        ('{"schema": 1, "files": {}}', "assets of schema 1, where 2 is read"),
        (f'{{"schema": {SCHEMA}, "files": {{}}}}', "damaged"),
        (f'{{"schema": {SCHEMA}, "files": null}}', "damaged"),
        ("\x00\x01", "damaged"),
    ],
)
def test_a_wrong_manifest(sealed: Assets, manifest: str, reason: str) -> None:
    sealed.manifest.write_text(manifest, "utf-8")
    with pytest.raises(AssetError, match=reason):
        sealed.verify()


def test_a_manifest_without_sums(sealed: Assets) -> None:
    content = json.loads(sealed.manifest.read_text("utf-8"))
    content["files"][sealed.catalog.name] = {}
    sealed.manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(AssetError):
        sealed.verify()


def test_a_manifest_with_a_file_that_nobody_reads(sealed: Assets) -> None:
    content = json.loads(sealed.manifest.read_text("utf-8"))
    content["files"]["more.bin"] = content["files"][sealed.words.name]
    sealed.manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(AssetError, match=r"damaged \(it lists .*more\.bin"):
        sealed.verify()


# What a trained ranker adds.


@pytest.mark.parametrize("name", [path.name for path in Assets(Path()).optional])
def test_what_is_optional_may_be_missing_from_the_start(sealed: Assets, name: str) -> None:
    path = sealed.folder / name
    path.unlink()
    assert path not in sealed.files
    assert len(sealed.files) == len(NAMES) - 1
    sealed.reseal()
    sealed.verify()
    assert name not in json.loads(sealed.manifest.read_text("utf-8"))["files"]


@pytest.mark.parametrize("name", [path.name for path in Assets(Path()).required])
def test_what_is_required_may_not(sealed: Assets, name: str) -> None:
    content = json.loads(sealed.manifest.read_text("utf-8"))
    del content["files"][name]
    sealed.manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(AssetError, match=r"damaged \(it lists"):
        sealed.verify()
    (sealed.folder / name).unlink()
    with pytest.raises(AssetError, match="cannot be sealed anew"):
        sealed.reseal()


def test_the_ranker_is_what_serves_any_catalog(sealed: Assets) -> None:
    ranker = {sealed.words, sealed.reranker, sealed.ranking, sealed.languages}
    assert set(sealed.ranker) == ranker
    sealed.reranker.unlink()
    assert set(sealed.ranker) == ranker - {sealed.reranker}
    assert Assets(sealed.folder / "nowhere").ranker == ()


def test_sealed_anew_over_what_was_changed(sealed: Assets) -> None:
    sealed.ranking.write_text("{}")
    with pytest.raises(AssetError, match=r"ranking\.json: damaged"):
        sealed.verify()
    sealed.reseal()
    sealed.verify()
    assert json.loads(sealed.manifest.read_text("utf-8"))["provenance"] == {"made": "here"}


@pytest.mark.parametrize("manifest", [None, "", "[]", "{}", "\x00"])
def test_without_a_manifest_nothing_is_sealed_anew(sealed: Assets, manifest: str | None) -> None:
    sealed.manifest.unlink()
    if manifest is not None:
        sealed.manifest.write_text(manifest)
    with pytest.raises(AssetError, match="cannot be sealed anew"):
        sealed.reseal()
    assert not sealed.manifest.is_file() or sealed.manifest.read_text() == manifest


def test_what_a_new_build_does_not_have_is_gone(sealed: Assets) -> None:
    with sealed.replaced({}) as made:
        for path in (*made.required, made.words):
            path.write_bytes(b"second")
    sealed.verify()
    assert sealed.files == (*sealed.required, sealed.words)
    assert {path.name for path in sealed.folder.iterdir()} == {
        path.name for path in (*sealed.required, sealed.words, sealed.manifest)
    }


# The manifest comes last.


def test_a_folder_without_manifest_was_not_finished(sealed: Assets) -> None:
    sealed.manifest.unlink()
    with pytest.raises(AssetError, match="no assets here"):
        sealed.verify()


def test_replaced_puts_all_in_place(sealed: Assets) -> None:
    with sealed.replaced({"made": "again"}) as made:
        write_all(made, b"second ")
        sealed.verify()
    sealed.verify()
    assert all(path.read_bytes().startswith(b"second ") for path in sealed.files)
    assert {path.name for path in sealed.folder.iterdir()} == {
        p.name for p in (*sealed.files, sealed.manifest)
    }


def test_a_build_broken_off_changes_nothing(sealed: Assets) -> None:
    def break_off() -> None:
        with sealed.replaced({}) as made:
            write_all(made, b"second ")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    sealed.verify()
    assert all(path.read_bytes().startswith(b"first ") for path in sealed.files)
    assert len(list(sealed.folder.iterdir())) == len(sealed.files) + 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AssetError, match="cannot be written"), Assets(tmp_path / "file" / "out").replaced({}):
        pass


def test_shipped_assets_lie_in_the_package() -> None:
    assert Assets.shipped().folder.parts[-2:] == ("codilingua", "assets")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(sealed: Assets) -> None:
    sealed.vectors.chmod(0)
    with pytest.raises(AssetError, match="cannot be read"):
        sealed.verify()
