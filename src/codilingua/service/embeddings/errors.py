"""Whatever a route raised in; an answer in OpenAI's form of an error out, that names the parameter."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from codilingua.errors import CodilinguaError
from codilingua.service.embeddings.models import ErrorBody, ErrorOut
from codilingua.service.problems import DOCUMENTED as OUR_DOCUMENTED
from codilingua.service.problems import problem_of

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorOut, "description": answer["description"]}
    for status, answer in OUR_DOCUMENTED.items()
    if status != 422  # what they answer with 400
}

_OWN_WORDS = "value_error"
_BODY = "body"


class Refused(CodilinguaError):
    """A request that is well formed and cannot be served."""

    def __init__(self, message: str, param: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.param, self.status, self.code = param, status, code


class Route(APIRoute):
    """A route that fails in OpenAI's form, wherever it is mounted."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See :class:`fastapi.routing.APIRoute`."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except Refused as error:
                return _answer(error.status, str(error), error.param, error.code)
            except RequestValidationError as error:
                return _answer(400, *_of_validation(error))
            except CodilinguaError as error:
                problem = problem_of(error)
                answer = _answer(problem.status, problem.detail)
                answer.headers.update(problem.headers)
                return answer

        return handle


def _answer(status: int, message: str, param: str | None = None, code: str | None = None) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = ErrorOut(error=ErrorBody(message=message, type=kind, param=param, code=code))
    return JSONResponse(body.model_dump(), status)


def _of_validation(error: RequestValidationError) -> tuple[str, str | None]:
    """One line on the first thing that is wrong, and its parameter; of the texts nothing is repeated."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part != _BODY]
    if first["type"] == _OWN_WORDS:
        said = str(first["ctx"]["error"])
    else:
        said = f"{first['msg'][:1].lower()}{first['msg'][1:]}"
    if first["type"] == "json_invalid":
        return "the body is not JSON: send an object as in docs/openai.md", None
    param = place[0] if place else None
    return f"{param or 'the body'}: {said}", param
