"""Assets on disk: sealed last, checked whole, replaced at once or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from codilingua.artifacts import SCHEMA, Assets
from codilingua.errors import AssetError


def write_all(assets: Assets, content: bytes) -> None:
    for path in assets.files:
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
    assert set(content["files"]) == {path.name for path in sealed.files}


@pytest.mark.parametrize("name", [path.name for path in Assets(Path()).files])
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
        ('{"schema": 1, "files": {}}', "damaged"),
        ('{"schema": 1, "files": null}', "damaged"),
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
