"""An assistant's tools, called by the SDK's own client over HTTP, standard streams and in process."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from starlette.testclient import TestClient

from codilingua.search.engine import Search
from codilingua.service.app import create_app
from codilingua.service.mcp.server import server
from codilingua.service.mcp.stdio import Direct
from codilingua.service.settings import ServeSettings
from tests.service.loopback import loopback

Environment = Callable[..., dict[str, str]]

TOOLS = ["search_codes", "code_card", "validate_code", "list_children"]
ERAS = ("auto", "legacy")
"""The protocol without a handshake, and the one with it that older clients speak."""

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
MARKER = "zzmarkerzz"


@pytest.fixture(scope="module")
def served(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a live server's endpoint."""
    database = f"sqlite:///{tmp_path_factory.mktemp('mcp') / 'codilingua.db'}"
    settings = ServeSettings(
        assets=tiny_folder, database=database, rate=0, cors_origins=("https://ehr.example",)
    )
    with loopback(create_app(settings)) as url:
        yield f"{url}mcp"


@asynccontextmanager
async def over_stdio(environment: Environment, folder: Path, log: Path, mode: str) -> AsyncIterator[Client]:
    """A client of ``codilingua mcp``, started as an assistant's program starts it."""
    arguments = ["-m", "codilingua", "mcp", "--assets", str(folder)]
    with log.open("w") as written:
        started = StdioServerParameters(command=sys.executable, args=arguments, env=environment())
        async with Client(stdio_client(started, errlog=written), mode=mode) as client:
            yield client


def in_process(search: Search, talk: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with Client(server(Direct(search))) as client:
            return await talk(client)

    return asyncio.run(run())


def call(search: Search, tool: str, **arguments: object) -> Any:
    """What a tool finds out; its schema is checked, and its text says the same."""

    async def talk(client: Client) -> Any:
        (described,) = [one for one in (await client.list_tools()).tools if one.name == tool]
        answer = await client.call_tool(tool, arguments)
        assert not answer.is_error, answer.content
        jsonschema.validate(answer.structured_content, described.output_schema)
        assert json.loads(answer.content[0].text) == answer.structured_content
        return answer.structured_content

    return in_process(search, talk)


def failure(search: Search, tool: str, **arguments: object) -> str:
    """What a tool says where it cannot be called so."""

    async def talk(client: Client) -> Any:
        answer = await client.call_tool(tool, arguments)
        assert answer.is_error
        assert answer.structured_content is None
        (content,) = answer.content
        return content.text

    return str(in_process(search, talk))


async def conversation(client: Client) -> None:
    """What an assistant does: it looks what there is, searches, reads and checks."""
    listed = (await client.list_tools()).tools
    assert [tool.name for tool in listed] == TOOLS
    found = await client.call_tool("search_codes", {"query": "angina", "limit": 3, "ui": "ca"})
    codes = [hit["code"] for hit in found.structured_content["hits"]]
    assert len(codes) == 3
    card = await client.call_tool("code_card", {"code": codes[0]})
    assert card.structured_content["code"] == codes[0]
    checked = await client.call_tool("validate_code", {"code": "s2249"})
    assert checked.structured_content["completions"][0] == "S22.49XA"
    below = await client.call_tool("list_children", {"code": "I21"})
    assert [node["code"] for node in below.structured_content["items"]] == ["I21.0", "I21.9"]
    refused = await client.call_tool("code_card", {"code": "E99.99"})
    assert refused.is_error
    with pytest.raises(MCPError, match="search_codes"):
        await client.call_tool("delete_codes", {})


@pytest.mark.parametrize("era", ERAS)
def test_over_http(served: str, era: str) -> None:
    async def run() -> None:
        async with Client(served, mode=era) as client:
            assert client.server_info.name == "codilingua"
            assert "a person decides" in client.instructions
            await conversation(client)

    asyncio.run(run())


def test_many_over_http_at_once(served: str) -> None:
    async def one(query: str) -> list[str]:
        async with Client(served) as client:
            found = await client.call_tool("search_codes", {"query": query, "limit": 2})
            return [hit["code"] for hit in found.structured_content["hits"]]

    async def run() -> list[list[str]]:
        return await asyncio.gather(*(one(query) for query in ("I10", "I21.9", "I63.9", "I20.0") * 3))

    assert asyncio.run(run()) == [["I10"], ["I21.9"], ["I63.9"], ["I20.0"]] * 3


@pytest.mark.parametrize("era", ERAS)
def test_over_standard_streams(environment: Environment, tiny_folder: Path, tmp_path: Path, era: str) -> None:
    log = tmp_path / "log"

    async def run() -> None:
        async with over_stdio(environment, tiny_folder, log, era) as client:
            await conversation(client)
            await client.call_tool("search_codes", {"query": MARKER})
            await client.call_tool("search_codes", {"query": MARKER, "limit": MARKER})
            await client.call_tool("validate_code", {"code": MARKER})
            await client.call_tool("code_card", {"code": f"{MARKER} !"})

    asyncio.run(run())
    assert log.read_text() == ""


def test_a_command_that_cannot_begin_says_so_and_nothing_to_the_client(run: Any, tmp_path: Path) -> None:
    done = run("mcp", "--assets", tmp_path)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().startswith(f"codilingua: {tmp_path}: no assets here")


def test_it_ends_with_its_input_and_passes_over_what_is_no_message(run: Any, tiny_folder: Path) -> None:
    done = run("mcp", "--assets", tiny_folder, given=f'{MARKER}\n{{"{MARKER}": 1}}\n'.encode())
    assert done.returncode == 0
    for line in done.stdout.splitlines():
        assert json.loads(line)["jsonrpc"] == "2.0"
    assert MARKER.encode() not in done.stderr


def test_tools_say_what_they_are_for(tiny: Search) -> None:
    listed = in_process(tiny, lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == TOOLS
    for tool in listed:
        assert tool.title
        assert 80 < len(tool.description) < 600
        assert "\n" not in tool.description
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.idempotent_hint is True
        assert tool.annotations.open_world_hint is False
        for schema in (tool.input_schema, tool.output_schema):
            jsonschema.Draft202012Validator.check_schema(schema)
        assert tool.input_schema["additionalProperties"] is False


def test_search_codes(tiny: Search) -> None:
    hits = call(tiny, "search_codes", query="angina", limit=4, lang="en", ui="ca")["hits"]
    assert [hit["code"] for hit in hits] == [hit.code for hit in tiny("angina", 4, lang="en")]
    assert {"title", "local", "confidence", "sure", "surface", "status", "completions"} <= set(hits[0])
    (ribs,) = call(tiny, "search_codes", query="S22.49", ui="es")["hits"]
    assert ribs["completions"][0] == "S22.49XA"


@pytest.mark.parametrize(
    ("only", "begin"),
    [
        ({"chapter": ["19"]}, "ST"),
        ({"code": ["I21", "I63-I64"]}, "I"),
        ({"no_external": True}, "IST"),
    ],
)
def test_a_search_can_be_restricted(tiny: Search, only: dict[str, object], begin: str) -> None:
    hits = call(tiny, "search_codes", query="fracture", limit=50, **only)["hits"]
    assert hits
    assert {hit["code"][0] for hit in hits} <= set(begin)


def test_only_complete_codes(tiny: Search) -> None:
    hits = call(tiny, "search_codes", query="infarction", limit=50, billable=True)["hits"]
    assert all(hit["billable"] for hit in hits)
    leaves = call(tiny, "search_codes", query="infarction", limit=50, leaves=True)["hits"]
    assert len(leaves) > len(hits)


def test_code_card(tiny: Search) -> None:
    card = call(tiny, "code_card", code="s2249", ui="es")
    assert card["code"] == "S22.49"
    assert [place["code"] for place in card["ancestors"]] == ["19", "S20-S29", "S22", "S22.4"]
    assert card["sevenths"][0] == {
        "char": "A",
        "meaning": "initial encounter for closed fracture",
        "code": "S22.49XA",
    }
    noted = {at["code"]: at["notes"] for at in card["notes"]}
    assert all(texts for notes in noted.values() for texts in notes.values())
    assert "excludes1" in noted["S22"]
    assert call(tiny, "code_card", code="19")["children"][0]["code"] == "S20-S29"
    assert call(tiny, "code_card", code="S22.49XD")["billable"] is True


@pytest.mark.parametrize(
    ("given", "exists", "billable", "code", "words"),
    [
        ("i10", True, True, "I10", None),
        ("S2249XD", True, True, "S22.49XD", None),
        ("S22.49", True, False, "S22.49", "7th character"),
        ("I21", True, False, "I21", "children"),
        ("I20-I25", True, False, "I20-I25", "never a code"),
        ("S22.49X", False, False, None, "S22.49XA"),
        ("E99.99", False, False, None, "is not in"),
        ("???", False, False, None, "not a code"),
        ("", False, False, None, "not a code"),
    ],
)
def test_validate_code(
    tiny: Search, given: str, exists: bool, billable: bool, code: str | None, words: str | None
) -> None:
    checked = call(tiny, "validate_code", code=given)
    assert checked["given"] == given
    assert (checked["exists"], checked["billable"], checked["code"]) == (exists, billable, code)
    assert (checked["advice"] is None) is (words is None)
    assert words is None or words in checked["advice"]
    assert bool(checked["children"]) is (given == "I21")
    assert bool(checked["completions"]) is (given == "S22.49")


def test_list_children(tiny: Search) -> None:
    chapters = call(tiny, "list_children")
    assert [node["code"] for node in chapters["items"]] == ["9", "19", "20"]
    page = call(tiny, "list_children", code="I25.11", limit=2, offset=1)
    assert [node["code"] for node in page["items"]] == ["I25.111", "I25.112"]
    assert page["total"] == 5
    assert call(tiny, "list_children", code="I10")["items"] == []


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("search_codes", {}, "query: field required"),
        ("search_codes", {"query": " "}, "the query is empty"),
        ("search_codes", {"query": "x" * 2001}, "characters"),
        ("search_codes", {"query": "angina", "limit": 51}, "limit: "),
        ("search_codes", {"query": "angina", "lang": "de"}, "lang: "),
        ("search_codes", {"query": "angina", "filter": "x"}, "filter: "),
        ("search_codes", {"query": "angina", "chapter": ["77"]}, "chapter '77' does not exist"),
        ("search_codes", {"query": "E99.99"}, "is not in"),
        ("search_codes", {"query": "\ud800"}, "not valid Unicode"),
        ("code_card", {"code": "E99.99"}, "is not in"),
        ("code_card", {"code": "x" * 65}, "code: "),
        ("list_children", {"code": "E99.99"}, "is not in"),
        ("list_children", {"limit": 0}, "limit: "),
    ],
)
def test_what_is_of_no_use_is_said_to_the_assistant(
    tiny: Search, tool: str, arguments: dict[str, object], words: str
) -> None:
    said = failure(tiny, tool, **arguments)
    assert words in said
    assert "\n" not in said


def test_a_failure_inside_is_said_without_its_text(
    tiny: Search, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError(MARKER)

    monkeypatch.setattr(Search, "batch", broken)
    said = failure(tiny, "search_codes", query=MARKER)
    assert MARKER not in said
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message == "failed"


def posted(url: str, headers: dict[str, str], body: bytes = b"{}") -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {**HEADERS, **headers}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [("https://ehr.example", True), (None, True), ("https://evil.example", False), ("null", False)],
)
def test_pages_of_other_origins_are_refused(served: str, origin: str | None, let_in: bool) -> None:
    status, body = posted(served, {} if origin is None else {"Origin": origin})
    assert (status != 403) is let_in
    assert let_in or b"cors_origins" in body


def test_its_own_page_may_call_it(served: str) -> None:
    assert posted(served, {"Origin": served.removesuffix("/mcp")})[0] != 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"\xff", b"null", b"[" * 1000, b'{"jsonrpc": "2.0"}']
)
def test_what_is_no_message_is_refused(served: str, body: bytes) -> None:
    status, answer = posted(served, {}, body)
    assert 400 <= status < 500, answer


def test_there_are_no_streams(tiny_folder: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'codilingua.db'}"
    app = create_app(ServeSettings(assets=tiny_folder, database=database, rate=0, root_path="/coding"))
    with TestClient(app, base_url="http://localhost") as http:
        for path in ("/mcp", "/coding/mcp"):
            for method in ("GET", "DELETE", "PUT"):
                answer = http.request(method, path)
                assert answer.status_code == 405
                assert answer.headers["allow"] == "POST"
        assert http.post("/coding/mcp", json={}, headers=HEADERS).status_code == 400
        assert 'route="/mcp",status="405"' in http.get("/metrics").text
    with TestClient(app, base_url="http://localhost") as http:
        assert http.get("/mcp").status_code == 405, "it works again after a restart"


def test_the_shipped_assets_answer_in_the_words_of_a_note(shipped: Search) -> None:
    hits = call(shipped, "search_codes", query="dolor torácico opresivo", limit=3, ui="es")["hits"]
    assert any(hit["code"].startswith(("R07", "I20")) for hit in hits)
    assert all(
        hit["local"]["origin"] in ("machine", "official", "who-derived") for hit in hits if hit["local"]
    )
