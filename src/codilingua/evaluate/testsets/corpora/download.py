"""What a publisher offers in; its files in a folder out, complete and with the right checksum, or an error.

A download that breaks off stays beside as ``*.part`` and goes on next time. A file gets its name only when
its checksum is right. Its SHA-256 is written beside it (``*.lock``), and checked whenever it is used again,
then without a network.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from codilingua.errors import AssetError
from codilingua.evaluate.testsets.corpora.base import Progress

ZENODO = "https://zenodo.org"
GITHUB = "https://api.github.com"

_TIMEOUT = 30.0
"""Seconds without a byte after which a download is given up."""

_CHUNK = 1 << 16
_MOST_LISTED = 1 << 22
"""Bytes that a list of files may have."""

_AGAIN = "try again later, or get the file yourself and give its folder with --data-dir"
_REST_FROM, _NOTHING_THERE = 206, 416


@dataclass(frozen=True, slots=True)
class Offer:
    """One file as its publisher offers it.

    ``size`` is in bytes. ``checksum`` is ``md5:…``, ``sha256:…`` or ``git:…`` (the SHA-1 of a git blob).
    """

    name: str
    url: str
    size: int
    checksum: str
    licence: str


def fetch(
    folder: Path,
    names: Sequence[str],
    offers: Callable[[], Iterable[Offer]],
    progress: Progress | None = None,
) -> None:
    """Have these files in the folder. Where they are there already, nothing is asked of the network.

    :param offers: asks the publisher; called where a file is missing.
    :param progress: told name, size, checksum, licence and address of each file before it is downloaded.
    :raises AssetError: with the address, when it cannot be reached, breaks off or sends something else;
        when a file was changed since it was downloaded; when the folder cannot be written.
    """
    missing = [name for name in names if not _kept(folder / name)]
    if not missing:
        return
    offered = {offer.name: offer for offer in offers()}
    for name in missing:
        if name not in offered:
            raise AssetError(
                f"the publisher offers {', '.join(offered) or 'nothing'}, and no {name}; {_AGAIN}"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _download(offered[name], folder / name, progress or _silent)
        except OSError as error:
            raise AssetError(f"{folder}: cannot be written ({error}); choose another cache folder") from error


def zenodo(record: str, base: str = ZENODO) -> list[Offer]:
    """The files of a record.

    :raises AssetError: when it cannot be asked, or answers something else.
    """
    url = f"{base}/api/records/{record}"
    content = _json(url)
    try:
        licence = (content["metadata"].get("license") or {}).get("id") or "not stated"
        return [
            Offer(file["key"], file["links"]["self"], int(file["size"]), file["checksum"], licence)
            for file in content["files"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AssetError(f"{url}: not the answer of a Zenodo record ({error!r}); {_AGAIN}") from error


def github(repository: str, commit: str, folder: str, licence: str, base: str = GITHUB) -> list[Offer]:
    """The files in a folder of a repository, as they were at a commit.

    :raises AssetError: when it cannot be asked, or answers something else.
    """
    url = f"{base}/repos/{repository}/contents/{folder}?ref={commit}"
    content = _json(url)
    try:
        return [
            Offer(file["name"], file["download_url"], int(file["size"]), f"git:{file['sha']}", licence)
            for file in content
            if file["type"] == "file"
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AssetError(f"{url}: not the answer of a GitHub folder ({error!r}); {_AGAIN}") from error


def sha256(path: Path) -> str:
    """The checksum of a file.

    :raises AssetError: when it cannot be read.
    """
    try:
        return _digest(path, "sha256")
    except OSError as error:
        raise AssetError(f"{path}: cannot be read ({error.strerror}); delete it and run again") from error


def _kept(path: Path) -> bool:
    """True where an earlier download is there, as it was.

    :raises AssetError: when the file is not the one that was downloaded.
    """
    lock = _beside(path, ".lock")
    if not (path.is_file() and lock.is_file()):
        return False
    try:
        recorded = json.loads(lock.read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return False  # the file is compared with the publisher's checksum again
    if recorded != sha256(path):
        raise AssetError(f"{path}: changed since it was downloaded; delete it to download it again")
    return True


def _download(offer: Offer, path: Path, progress: Progress) -> None:
    if not (path.is_file() and _right(offer, path)):
        progress(
            f"downloading {offer.name}: {offer.size / 1e6:,.1f} MB, {offer.checksum}, "
            f"licence {offer.licence}, from {offer.url}"
        )
        # Named by the checksum: the rest of another version is never appended.
        part = _beside(path, f".{offer.checksum.rpartition(':')[2][:12]}.part")
        _receive(offer, part)
        if not _right(offer, part):
            part.unlink()
            raise AssetError(
                f"{offer.url}: the file received has not the checksum {offer.checksum}; {_AGAIN}"
            )
        os.replace(part, path)
    lock = _beside(path, ".lock")
    temporary = _beside(path, ".lock.part")
    content = {**asdict(offer), "sha256": sha256(path)}
    temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    os.replace(temporary, lock)
    progress(f"{path}: complete, checksum right")


def _receive(offer: Offer, part: Path) -> None:
    """Get what is missing of the file. What there is stays, whatever happens, unless it is too long."""
    have = part.stat().st_size if part.is_file() else 0
    if have >= offer.size:
        part.unlink(missing_ok=True)
        have = 0
    with _opened(offer.url, {"Range": f"bytes={have}-"} if have else {}) as response:
        goes_on = response.status == _REST_FROM and _starts_at(response.headers, have)
        with part.open("ab" if goes_on else "wb") as file:
            received = have if goes_on else 0
            while received <= offer.size and (chunk := _read(response, offer.url)):
                file.write(chunk)
                received += len(chunk)
    if received < offer.size:
        raise AssetError(
            f"{offer.url}: broke off after {received:,} of {offer.size:,} bytes; "
            f"run again to go on from there"
        )
    if received > offer.size:
        part.unlink()
        raise AssetError(f"{offer.url}: sends more than the {offer.size:,} bytes announced; {_AGAIN}")


def _read(response: Any, url: str) -> bytes:
    try:
        return bytes(response.read1(_CHUNK))
    except http.client.IncompleteRead:
        return b""  # the bytes before it were read; what is missing is counted
    except (OSError, http.client.HTTPException) as error:
        raise AssetError(f"{url}: broke off ({error}); run again to go on from there") from error


def _starts_at(headers: Mapping[str, str], place: int) -> bool:
    return (headers.get("Content-Range") or "").startswith(f"bytes {place}-")


@contextmanager
def _opened(url: str, headers: Mapping[str, str]) -> Iterator[Any]:
    # An address comes from the publisher's answer: file: and the like would read this machine.
    if not url.startswith(("https://", "http://")):
        raise AssetError(f"{url!r} is no web address; {_AGAIN}")
    try:
        response = urlopen(Request(url, headers={"User-Agent": "codilingua", **headers}), timeout=_TIMEOUT)
    except HTTPError as error:
        with error:
            raise AssetError(f"{url}: answers {error.code} ({error.reason}); {_AGAIN}") from None
    except (URLError, OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise AssetError(f"{url}: cannot be reached ({reason}); {_AGAIN}") from error
    with response:
        yield response


def _json(url: str) -> Any:
    with _opened(url, {"Accept": "application/json"}) as response:
        data = b""
        while len(data) <= _MOST_LISTED and (chunk := _read(response, url)):
            data += chunk
    try:
        return json.loads(data)
    except ValueError as error:
        raise AssetError(f"{url}: the answer is not JSON ({error}); {_AGAIN}") from error


def _right(offer: Offer, path: Path) -> bool:
    kind, _, value = offer.checksum.partition(":")
    if kind not in ("md5", "sha256", "git"):
        raise AssetError(f"{offer.url}: checksum {offer.checksum!r} is of no known kind; {_AGAIN}")
    return path.stat().st_size == offer.size and _digest(path, kind) == value.lower()


def _digest(path: Path, kind: str) -> str:
    """:param kind: ``md5``, ``sha256`` or ``git``."""
    digest = hashlib.new("sha1" if kind == "git" else kind, usedforsecurity=False)
    if kind == "git":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _silent(_: str) -> None:
    pass
