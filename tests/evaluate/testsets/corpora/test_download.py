"""Downloads from a server on this machine that answers as Zenodo and GitHub do."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.errors import AssetError
from codilingua.evaluate.testsets.corpora import codiesp, disease_ontology, download, load_corpus
from codilingua.evaluate.testsets.corpora.download import Offer

DATA = bytes(range(256)) * 2000


@dataclass
class Publisher:
    """What the server has and how it misbehaves; ``asked`` lists path and range of every request."""

    base: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    cut: int | None = None
    """Bytes of a body after which the connection is closed."""
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def offer(self, name: str = "a.bin", data: bytes = DATA, **changes: object) -> Offer:
        self.pages[f"/{name}"] = data
        given: dict[str, object] = {
            "name": name,
            "url": f"{self.base}/{name}",
            "size": len(data),
            "checksum": f"md5:{hashlib.md5(data).hexdigest()}",
            "licence": "cc-by-4.0",
        }
        return Offer(**{**given, **changes})  # type: ignore[arg-type]

    def zenodo(self, record: str, name: str, data: bytes, **changes: object) -> None:
        """A record in the form of the interface of Zenodo."""
        path = f"/api/records/{record}/files/{name}/content"
        file = {
            "id": "0",
            "key": name,
            "size": len(data),
            "checksum": f"md5:{hashlib.md5(data).hexdigest()}",
            "links": {"self": f"{self.base}{path}"},
        }
        page = {
            "id": int(record),
            "metadata": {"license": {"id": "cc-by-4.0"}},
            "files": [{**file, **changes}],
        }
        self.pages[f"/api/records/{record}"] = json.dumps(page).encode()
        self.pages[path] = data


def handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            publisher.asked.append((self.path, wanted))
            body = publisher.pages.get(self.path)
            if body is None:
                self.send_error(404)
                return
            start = 0
            if wanted and publisher.ranges:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            api = self.path.startswith(("/api", "/repos")) and not self.path.endswith("/content")
            self.wfile.write(body[start:] if api else body[start : publisher.cut])

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    return Handler


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    given = Publisher()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(given))
    given.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield given
    server.shutdown()
    thread.join()
    server.server_close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def get(folder: Path, offer: Offer, progress: list[str] | None = None) -> None:
    tell = None if progress is None else progress.append
    download.fetch(folder, (offer.name,), lambda: [offer], tell)


def test_a_file_is_announced_checked_and_locked(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer()
    told: list[str] = []
    get(tmp_path / "new" / "folder", offer, told)
    folder = tmp_path / "new" / "folder"
    assert (folder / "a.bin").read_bytes() == DATA
    assert names(folder) == ["a.bin", "a.bin.lock"]
    first, last = told
    for part in ("a.bin", "0.5 MB", offer.checksum, "cc-by-4.0", offer.url):
        assert part in first
    assert last.endswith("complete, checksum right")
    lock = json.loads((folder / "a.bin.lock").read_text("utf-8"))
    assert lock["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert (lock["url"], lock["size"], lock["licence"]) == (offer.url, len(DATA), "cc-by-4.0")


def test_a_second_time_nothing_is_asked_of_the_network(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer()
    get(tmp_path, offer)

    def no_network() -> list[Offer]:
        raise AssertionError

    download.fetch(tmp_path, (offer.name,), no_network)
    assert len(publisher.asked) == 1


def test_a_file_that_was_changed_is_refused(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer()
    get(tmp_path, offer)
    (tmp_path / "a.bin").write_bytes(b"mine")
    with pytest.raises(AssetError, match=r"a\.bin: changed since it was downloaded; delete it"):
        get(tmp_path, offer)
    (tmp_path / "a.bin").unlink()
    get(tmp_path, offer)
    assert (tmp_path / "a.bin").read_bytes() == DATA


@pytest.mark.parametrize("lock", [None, "{half"])
def test_a_file_without_its_lock_is_compared_and_not_fetched_again(
    tmp_path: Path, publisher: Publisher, lock: str | None
) -> None:
    offer = publisher.offer()
    (tmp_path / "a.bin").write_bytes(DATA)
    if lock is not None:
        (tmp_path / "a.bin.lock").write_text(lock)
    get(tmp_path, offer)
    assert publisher.asked == []
    assert "sha256" in json.loads((tmp_path / "a.bin.lock").read_text())


def test_a_wrong_checksum_leaves_nothing(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer(checksum="md5:" + "0" * 32)
    with pytest.raises(
        AssetError, match=r"/a\.bin: the file received has not the checksum md5:0000.*--data-dir"
    ):
        get(tmp_path, offer)
    assert names(tmp_path) == []


def test_more_than_was_announced_leaves_nothing(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer(size=1000)
    with pytest.raises(AssetError, match="sends more than the 1,000 bytes announced"):
        get(tmp_path, offer)
    assert names(tmp_path) == []


def test_a_missing_page_is_an_error_with_its_address(tmp_path: Path, publisher: Publisher) -> None:
    offer = publisher.offer()
    del publisher.pages["/a.bin"]
    with pytest.raises(AssetError, match=r"/a\.bin: answers 404 .*--data-dir"):
        get(tmp_path, offer)
    assert names(tmp_path) == []


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_breaks_off_goes_on_or_starts_again(
    tmp_path: Path, publisher: Publisher, ranges: bool
) -> None:
    offer = publisher.offer()
    publisher.cut, publisher.ranges = 100_000, ranges
    with pytest.raises(AssetError, match=r"broke off after 100,000 of 512,000 bytes; run again"):
        get(tmp_path, offer)
    (part,) = names(tmp_path)
    assert part.endswith(".part")
    publisher.cut = None
    get(tmp_path, offer)
    assert publisher.asked[-1] == ("/a.bin", "bytes=100000-")
    assert (tmp_path / "a.bin").read_bytes() == DATA
    assert names(tmp_path) == ["a.bin", "a.bin.lock"]


def test_the_rest_of_another_version_is_not_continued(tmp_path: Path, publisher: Publisher) -> None:
    publisher.cut = 1000
    with pytest.raises(AssetError, match="broke off"):
        get(tmp_path, publisher.offer())
    publisher.cut = None
    get(tmp_path, publisher.offer(data=DATA[::-1]))
    assert publisher.asked[-1] == ("/a.bin", None)
    assert (tmp_path / "a.bin").read_bytes() == DATA[::-1]


def test_a_part_with_wrong_bytes_ends_in_an_error_and_then_in_a_new_start(
    tmp_path: Path, publisher: Publisher
) -> None:
    offer = publisher.offer()
    publisher.cut = 1000
    with pytest.raises(AssetError, match="broke off"):
        get(tmp_path, offer)
    (part,) = tmp_path.iterdir()
    part.write_bytes(b"\xff" * 1000)
    publisher.cut = None
    with pytest.raises(AssetError, match="has not the checksum"):
        get(tmp_path, offer)
    get(tmp_path, offer)
    assert (tmp_path / "a.bin").read_bytes() == DATA


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"url": "file:///etc/hostname"}, "is no web address"),
        ({"checksum": "crc:1"}, "of no known kind"),
        ({"name": "b.bin"}, r"offers b\.bin, and no a\.bin"),
    ],
)
def test_an_offer_that_cannot_be_trusted_is_refused(
    tmp_path: Path, publisher: Publisher, changes: dict[str, object], reason: str
) -> None:
    offer = publisher.offer(**changes)  # type: ignore[arg-type]
    with pytest.raises(AssetError, match=reason):
        download.fetch(tmp_path, ("a.bin",), lambda: [offer])
    assert not (tmp_path / "a.bin").exists()


def test_no_network_is_one_line_with_address_and_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, not listening: a port that refuses
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AssetError) as raised:
            codiesp.fetch(tmp_path, None, base)
    message = str(raised.value)
    assert message.startswith(f"{base}/api/records/3837305: cannot be reached (")
    assert "--data-dir" in message
    assert "\n" not in message


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, publisher: Publisher) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(AssetError, match="taken: cannot be written"):
        get(tmp_path / "taken", publisher.offer())


@pytest.mark.parametrize("page", [b"<html>", b"[]", b'{"metadata": {}}', b'{"metadata": {}, "files": [{}]}'])
def test_what_is_no_record_is_refused(publisher: Publisher, page: bytes) -> None:
    publisher.pages["/api/records/7"] = page
    with pytest.raises(AssetError, match=r"/api/records/7: (not the answer|the answer is not JSON)"):
        download.zenodo("7", publisher.base)


def test_codiesp_from_zenodo_then_without_network(tmp_path: Path, publisher: Publisher, icd: Catalog) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        rows = "S1-1\tDIAGNOSTICO\tr05.9\ttos fea\t1 8\nS1-1\tPROCEDIMIENTO\tbt41zzz\teco\t9 12\n"
        archive.writestr("final_dataset_v4_to_publish/dev/devX.tsv", rows)
    publisher.zenodo("3837305", "codiesp.zip", packed.getvalue())
    told: list[str] = []
    codiesp.fetch(tmp_path / "corpora" / "codiesp", told.append, publisher.base)
    assert "licence cc-by-4.0" in told[0]
    # From here on what is in the cache is all there is: no address is given.
    (found,) = load_corpus("codiesp", None, icd, tmp_path)
    assert [(j.query, j.codes, j.group) for j in found.judgements] == [("tos fea", ("R05.9",), "S1-1")]
    assert found.files == (("codiesp.zip", hashlib.sha256(packed.getvalue()).hexdigest()),)


def test_codiesp_with_another_checksum_is_not_read(tmp_path: Path, publisher: Publisher) -> None:
    publisher.zenodo("3837305", "codiesp.zip", b"PK", checksum="md5:" + "f" * 32)
    with pytest.raises(AssetError, match="has not the checksum"):
        codiesp.fetch(tmp_path, None, publisher.base)


def test_the_disease_ontology_from_github(tmp_path: Path, publisher: Publisher, icd: Catalog) -> None:
    term = "[Term]\nid: DOID:1\nname: {}\nxref: ICD10CM:R05.9\n"
    for inside, name, text in (
        ("src/ontology", "doid.obo", "barking"),
        ("src/ontology/releases/translations", "doid-es.obo", "ladrido"),
    ):
        data = term.format(text).encode()
        publisher.pages[f"/raw/{name}"] = data
        entry = {
            "type": "file",
            "name": name,
            "size": len(data),
            "sha": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            "download_url": f"{publisher.base}/raw/{name}",
        }
        listing = [{"type": "dir", "name": "imports", "size": 0, "sha": "0", "download_url": None}, entry]
        address = f"/repos/{disease_ontology.REPOSITORY}/contents/{inside}?ref={disease_ontology.COMMIT}"
        publisher.pages[address] = json.dumps(listing).encode()
    disease_ontology.fetch(tmp_path / "corpora" / "disease-ontology", None, publisher.base)
    english, spanish = load_corpus("disease-ontology", None, icd, tmp_path)
    assert [judgement.query for judgement in english.judgements] == ["barking"]
    assert [judgement.query for judgement in spanish.judgements] == ["ladrido"]
    assert [name for name, _ in spanish.files] == ["doid.obo", "doid-es.obo"]
