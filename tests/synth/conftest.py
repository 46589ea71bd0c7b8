"""A toy grid over the tiny catalog, and a fake language model that speaks HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from codilingua.catalog.catalog import Catalog
from codilingua.synth.choose import choose, read_defaults, read_tiers
from codilingua.synth.grid import Grid, read_grid
from codilingua.synth.requests import Request, requests

GRID = """
seed = 7
languages = ["es", "fr"]
[phrases]
languages = [2, 1, 1, 1]
per_language = 2
codes_in_request = 3
covered_chapters = ["9"]
[phrases.registers]
note = 2
typo = 1
[practice]
codes = 5
rows = { es = 10 }
[labels]
languages = ["es"]
codes_in_request = 10
[tiers]
codes_in_request = 10
[defaults]
rows = 2
"""
TIERS = "code\ttier\nI10\t0\nI21.9\t1\nS72.001A\t1\nT14.8\t2\nI20.1\t3\n"
DEFAULTS = "category\tcode\nI10\tI10\nI25\tI25.2\nI63\tI63.9\nT14\tT14.90\n"

Reply = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""
Behaviour = Callable[[dict[str, Any]], Reply]


@pytest.fixture
def use(tmp_path: Path) -> Path:
    """The tiers and defaults of the toy."""
    folder = tmp_path / "use"
    folder.mkdir()
    (folder / "tiers.tsv").write_text(TIERS, "utf-8")
    (folder / "defaults.tsv").write_text(DEFAULTS, "utf-8")
    return folder


@pytest.fixture
def grid_file(tmp_path: Path) -> Path:
    path = tmp_path / "grid.toml"
    path.write_text(GRID, "utf-8")
    return path


@pytest.fixture
def grid(grid_file: Path) -> Grid:
    return read_grid(grid_file)


@pytest.fixture
def catalog(tiny_folder: Path) -> Iterator[Catalog]:
    with Catalog.open(tiny_folder / "catalog.db") as opened:
        yield opened


@pytest.fixture
def asked(grid: Grid, catalog: Catalog, use: Path) -> list[Request]:
    """All requests of the toy grid."""
    tiers = read_tiers(use / "tiers.tsv", catalog)
    defaults = read_defaults(use / "defaults.tsv", catalog)
    return list(requests(grid, catalog, choose(catalog, tiers, defaults, grid.covered_chapters)))


def chat(content: str, finish: str = "stop") -> Behaviour:
    """Answer as OpenAI's chat API does."""

    def behave(body: dict[str, Any]) -> Reply:
        message = {"role": "assistant", "content": content}
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
        answer = {
            "id": "x",
            "object": "chat.completion",
            "created": 1764150000,
            "model": body.get("model", "m"),
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage,
        }
        return 200, {}, json.dumps(answer).encode()

    return behave


def gemini(content: str, finish: str = "STOP") -> Behaviour:
    """Answer as Gemini's API does."""

    def behave(_: dict[str, Any]) -> Reply:
        candidate = {"content": {"role": "model", "parts": [{"text": content}]}, "finishReason": finish}
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
        return 200, {}, json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode()

    return behave


def refuse(status: int, **headers: str) -> Behaviour:
    """Answer with an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = json.dumps({"error": {"message": "no", "code": status, "status": "NO"}}).encode()
    return lambda _: (status, named, error)


def garbage(_: dict[str, Any]) -> Reply:
    """Half an HTTP body: JSON that breaks off."""
    return 200, {}, b'{"id": "x", "choices": [{"index": 0, "mess'


class FakeModel:
    """A server that answers as it is told: ``script`` first, one behaviour a request, then ``otherwise``."""

    chat = staticmethod(chat)
    gemini = staticmethod(gemini)
    refuse = staticmethod(refuse)
    garbage = staticmethod(garbage)

    def __init__(self) -> None:
        self.script: list[Behaviour] = []
        self.otherwise: Behaviour = chat('{"entries": []}')
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with model._lock:
                    model.bodies.append(body)
                    model.paths.append(self.path)
                    model.headers.append(dict(self.headers))
                    behave = model.script.pop(0) if model.script else model.otherwise
                status, headers, content = behave(body)
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # The client has given up waiting.

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return self.root + "/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def model() -> Iterator[FakeModel]:
    fake = FakeModel()
    yield fake
    fake.close()
