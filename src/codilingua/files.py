"""A path in; its bytes or its text out, or one clear reason why it cannot be read."""

from __future__ import annotations

from pathlib import Path

from codilingua.errors import SourceError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_bytes(path: Path) -> bytes:
    """The whole file.

    :raises SourceError: when it is missing, not a file, not readable, empty or binary.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(path, None, "no such file: check the path") from error
    except OSError as error:
        raise SourceError(
            path, None, f"cannot be read ({error.strerror}): give a file you may read"
        ) from error
    if not data.strip():
        raise SourceError(path, None, "the file is empty")
    if b"\0" in data and not data.startswith(_UTF_16):
        kind = "a ZIP archive" if data.startswith(b"PK") else "a binary file"
        raise SourceError(path, None, f"{kind}, not text: unpack it or save it as CSV, XML or JSON")
    return data


def decode_utf8(path: Path, data: bytes) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    :raises SourceError: at the first line that is not UTF-8.
    """
    if data.startswith(_UTF_16):
        raise SourceError(path, 1, "the file is UTF-16, not UTF-8: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        reason = f"not UTF-8 (byte 0x{byte:02X}): save the file as UTF-8"
        raise SourceError(path, line, reason) from error
