"""A search in; the protocol's server with its tools out, for whatever carries its messages.

What goes wrong in a call is an answer that says so, never an exception for the SDK to log: its message may
hold the text of a query.
"""

from __future__ import annotations

import logging
from typing import Any

from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError

from codilingua import __version__
from codilingua.errors import CodilinguaError
from codilingua.service.mcp.tools import TOOLS, Searching
from codilingua.service.observe.logs import log

Context = ServerRequestContext[Any]

INSTRUCTIONS = (
    "Clinical codes of ICD-10-CM for text in English, Spanish, Catalan, Italian, Portuguese and French. "
    "search_codes finds candidates, code_card tells what a code excludes and what goes with it, "
    "validate_code checks it before it is used. Titles say where they come from: official, who-derived or "
    "machine. It suggests; a person decides."
)


def server(searching: Searching) -> Server[Any]:
    """Keeps nothing between two calls."""

    async def list_tools(
        _context: ServerRequestContext[Any], _asked: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=_described())

    async def call_tool(_context: Context, asked: CallToolRequestParams) -> CallToolResult:
        return await _called(searching, asked.name, asked.arguments or {})

    return Server(
        "codilingua",
        version=__version__,
        title="Codilingua",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _described() -> list[Tool]:
    return [
        Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.arguments.model_json_schema(),
            output_schema=tool.result.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
            ),
        )
        for tool in TOOLS.values()
    ]


async def _called(searching: Searching, name: str, arguments: dict[str, Any]) -> CallToolResult:
    tool = TOOLS.get(name)
    if tool is None:
        raise MCPError(INVALID_PARAMS, f"there is no such tool: call one of {', '.join(TOOLS)}")
    try:
        result = await tool.run(searching, tool.arguments.model_validate(arguments))
    except ValidationError as error:
        return _failed(_wording(error))
    except CodilinguaError as error:
        return _failed(str(error))
    except Exception as error:  # see the module
        log(logging.ERROR, "failed", error, tool=name)
        return _failed("the server failed at this call; its log says where")
    return CallToolResult(
        content=[TextContent(text=result.model_dump_json())],
        structured_content=result.model_dump(mode="json"),
    )


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=message)], is_error=True)


def _wording(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the arguments"
    return f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"
