"""Whatever went wrong in; an answer that says so in the language of the interface that was called, out.

Below ``/fhir`` that is an OperationOutcome, below ``/v1`` OpenAI's error object, else ``problem+json``
(RFC 9457). No answer holds a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from codilingua.errors import CodilinguaError, UnknownCode, UsageError
from codilingua.fhir.formats import FHIR_JSON
from codilingua.fhir.outcome import outcome
from codilingua.service.api.models import ProblemOut
from codilingua.service.engine import Busy

PROBLEM_JSON = "application/problem+json"

_FHIR_CODES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    503: "transient",
    504: "timeout",
}


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemOut, "description": words, "content": {PROBLEM_JSON: {}}}
    for status, words in {
        400: "What was asked for cannot be searched",
        401: "No valid API key",
        403: "The key may not do this",
        404: "No such code",
        413: "The body is too large",
        422: "A value is of the wrong form",
        429: "Too many requests",
        503: "Too busy, or it cannot be kept",
    }.items()
}
"""What every route of our own may answer, for OpenAPI."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``status`` of HTTP, one line that says what was wrong and what to do, and headers to send along."""

    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Error"


def problem_of(error: Exception) -> Problem:
    """What to answer when a route raised."""
    if isinstance(error, Busy):
        return Problem(503, str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, UnknownCode):
        return Problem(404, str(error))
    if isinstance(error, UsageError):
        return Problem(400, str(error))
    if isinstance(error, RequestValidationError):
        return Problem(422, _of_validation(error))
    if isinstance(error, HTTPException):
        return Problem(error.status_code, str(error.detail), error.headers or {})
    if isinstance(error, CodilinguaError):
        # A full disk, a database that is away: what was asked for is right, and may work later.
        return Problem(503, str(error), {"Retry-After": "30"})
    return Problem(500, "the server failed at this request; its log says where, under the request's id")


def answer(path: str, problem: Problem) -> Response:
    """A problem in the form of the interface.

    :param path: of the request, below the prefix of a proxy.
    """
    body: dict[str, Any]
    media = "application/json"
    if path.startswith("/fhir"):
        body = outcome("error", _FHIR_CODES.get(problem.status, "exception"), problem.detail)
        media = FHIR_JSON
    elif path.startswith("/v1"):
        kind = "invalid_request_error" if problem.status < 500 else "server_error"
        body = {"error": {"message": problem.detail, "type": kind, "param": None, "code": None}}
    else:
        body = {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        }
        media = PROBLEM_JSON
    return JSONResponse(body, problem.status, dict(problem.headers), media)


def install(app: FastAPI) -> None:
    """Have the application answer with problems."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(local_path(request.scope), problem_of(error))

    for kind in (CodilinguaError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def local_path(scope: Mapping[str, Any]) -> str:
    """The path of a request without the prefix that it is served under."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) if root and path.startswith(root + "/") else path


def _of_validation(error: RequestValidationError) -> str:
    first = error.errors()[0]
    # What was sent is not repeated: it may be the text of a query.
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    text = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
    return f"{place or 'the request'}: {text}"
