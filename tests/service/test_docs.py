"""The requests in the docs, copied and pasted into a shell beside a running server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service.live import Live, live

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("server.md", "fhir.md", "nlm.md", "openai.md")
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000/"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def commands(page: str) -> list[str]:
    """The commands of a page, one each, lines that go on joined."""
    blocks = _BLOCK.findall((DOCS / page).read_text("utf-8"))
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


CASES = [(page, command) for page in PAGES for command in commands(page)]


@pytest.fixture(scope="module")
def server(
    environment: Callable[..., dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """Over the assets that ship."""
    folder = tmp_path_factory.mktemp("server")
    with live(folder, environment(CODILINGUA_DATABASE=f"sqlite:///{folder / 'codilingua.db'}")) as running:
        yield running


def test_every_page_has_requests() -> None:
    assert {page for page, _ in CASES} == set(PAGES)


@pytest.mark.parametrize(("page", "command"), CASES)
def test_a_request_of_the_docs_is_answered(server: Live, page: str, command: str) -> None:
    assert _ADDRESS in command, f"{page}: {command}"
    local = command.replace(_ADDRESS, server.url).replace("curl ", "curl --fail-with-body ", 1)
    done = subprocess.run(["bash", "-c", local], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    answer = json.loads(done.stdout)
    assert answer
