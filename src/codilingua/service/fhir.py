"""FHIR R4 requests in; resources out: ``/fhir``. What they mean is told in :mod:`codilingua.fhir`.

Every answer is ``application/fhir+json``; what goes wrong is an OperationOutcome. The routes are not in the
OpenAPI document: ``/fhir/metadata`` describes them, in the form that FHIR's clients read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from codilingua.errors import UnknownCode
from codilingua.fhir import bundle, capability, codesystem, conceptmap, expansion, valueset
from codilingua.fhir.elements import shown
from codilingua.fhir.formats import FHIR_JSON, check_format, languages, read_json
from codilingua.fhir.operations import OPERATIONS, RUNS
from codilingua.fhir.outcome import FhirError, not_supported
from codilingua.fhir.parameters import Given, Operation, read
from codilingua.fhir.systems import Systems
from codilingua.service.engine import Engine
from codilingua.service.services import Services, ServicesDep
from codilingua.types import Hit

router = APIRouter(prefix="/fhir", tags=["fhir"], include_in_schema=False)

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
"""Fields of a form that was posted."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says, as far as FHIR is concerned. ``base`` is the URL that links begin with."""

    pairs: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes
    base: str

    @classmethod
    async def of(cls, request: Request) -> Asked:
        """:raises FhirError: when the client wants something else than JSON."""
        pairs = request.query_params.multi_items()
        formats = [value for name, value in pairs if name == "_format"]
        check_format(formats[-1] if formats else None, request.headers.get("accept"))
        body = await request.body() if request.method == "POST" else b""
        return cls(pairs, request.headers, body, f"{str(request.base_url).rstrip('/')}{router.prefix}")

    def value(self, name: str) -> str | None:
        """One parameter of the URL."""
        return next((value for key, value in self.pairs if key == name), None)

    @property
    def strict(self) -> bool:
        """Whether search parameters that are not known have to be refused."""
        return "handling=strict" in self.headers.get("prefer", "").replace(" ", "")

    def given(self, operation: Operation) -> Given:
        """:raises FhirError: when a parameter is of no use."""
        given = read(operation.params, self.pairs, read_json(self.headers.get("content-type"), self.body))
        preferred = languages(self.headers.get("accept-language", ""))
        if "displayLanguage" in operation.params and "displayLanguage" not in given and preferred:
            given = Given({**given.values, "displayLanguage": preferred})
        return given

    def searched(self) -> Asked:
        """With the fields of a form that was posted, if any, among the parameters.

        :raises FhirError: when what was posted is no form.
        """
        media = self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        if self.body and media != _FORM:
            raise FhirError("not-supported", f"Content-Type is {shown(media)}: POST a search as {_FORM}", 415)
        try:
            fields = parse_qsl(self.body.decode(), max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            text = f"the form cannot be read: send UTF-8, {_MOST_FIELDS} fields at the most"
            raise FhirError("structure", text) from error
        return Asked([*self.pairs, *fields], self.headers, b"", self.base)


Work = Callable[[Asked, Systems, Engine], Awaitable[Json]]


async def _answer(request: Request, services: Services, work: Work) -> Response:
    """The resource that comes of it, or the OperationOutcome that says why none does."""
    engine = services.engine
    try:
        asked = await Asked.of(request)
        return _json(await work(asked, _systems(request, engine), engine))
    except FhirError as error:
        return _json(error.resource, error.status)


def _json(made: Json, status: int = 200) -> Response:
    return JSONResponse(made, status, media_type=FHIR_JSON)


def _systems(request: Request, engine: Engine) -> Systems:
    """The code systems of the application. Kept, since it takes a while to work out what is in them."""
    state = request.app.state
    kept = getattr(state, "fhir", None)
    if kept is None or kept[0] is not engine:
        kept = state.fhir = (engine, Systems([engine.catalog]))
    systems: Systems = kept[1]
    return systems


def _add_operation(operation: Operation) -> None:
    """Its routes: for the type and for one instance, by GET and by POST."""

    def working(ident: str | None) -> Work:
        async def work(asked: Asked, systems: Systems, engine: Engine) -> Json:
            if operation is expansion.EXPAND:
                return await _expand(ident, asked, systems, engine)
            return await engine.call(lambda: RUNS[operation](systems, asked.given(operation), ident))

        return work

    async def at_type(request: Request, services: ServicesDep) -> Response:
        return await _answer(request, services, working(None))

    async def at_instance(ident: str, request: Request, services: ServicesDep) -> Response:
        return await _answer(request, services, working(ident))

    of_type, of_instance = operation.paths
    router.add_api_route(of_type, at_type, methods=["GET", "POST"])
    router.add_api_route(of_instance, at_instance, methods=["GET", "POST"])


async def _expand(ident: str | None, asked: Asked, systems: Systems, engine: Engine) -> Json:
    operation = expansion.EXPAND
    expanding = await engine.call(lambda: expansion.prepare(systems, asked.given(operation), ident))
    hits: list[Hit] = []
    if (query := expanding.query) is not None:
        try:
            (hits,) = await engine.search([query.text], limit=query.limit, filters=query.filters)
        except UnknownCode:
            # Half a code, as it is on the way while somebody types: no code fits, and that is no error.
            hits = []
    return await engine.call(expansion.finish, expanding, hits, datetime.now(UTC))


def _add_resource(resource: str) -> None:
    """Its routes: to search and to read."""

    async def search(asked: Asked, systems: Systems, engine: Engine) -> Json:
        return await engine.call(lambda: _search(resource, asked.searched(), systems))

    async def at_type(request: Request, services: ServicesDep) -> Response:
        return await _answer(request, services, search)

    async def at_instance(ident: str, request: Request, services: ServicesDep) -> Response:
        async def work(asked: Asked, systems: Systems, engine: Engine) -> Json:
            return await engine.call(lambda: bundle.subset(_read(resource, ident, systems), asked.pairs))

        return await _answer(request, services, work)

    router.add_api_route(f"/{resource}", at_type, methods=["GET"])
    router.add_api_route(f"/{resource}/_search", at_type, methods=["POST"])
    router.add_api_route(f"/{resource}/{{ident}}", at_instance, methods=["GET"])


def _search(resource: str, asked: Asked, systems: Systems) -> Json:
    found: Iterable[Json] = ()
    if resource == "CodeSystem":
        found = [codesystem.resource(system) for system in systems]
    elif resource == "ValueSet":
        found = [definition.resource for definition in valueset.listed(systems, asked.value("url"))]
    return bundle.search(resource, found, asked.pairs, asked.base, asked.strict)


def _read(resource: str, ident: str, systems: Systems) -> Json:
    if ident.startswith("$"):
        raise not_supported(f"operation {shown(ident)} of {resource} is not served here: see metadata")
    if resource == "CodeSystem":
        return codesystem.resource(systems.by_id(ident))
    if resource == "ValueSet":
        return valueset.by_id(systems, ident).resource
    return conceptmap.by_id(ident)


@router.get("/metadata")
async def metadata(request: Request, services: ServicesDep) -> Response:
    """What the server can do."""

    async def work(asked: Asked, systems: Systems, _: Engine) -> Json:
        return capability.metadata(systems, asked.base, asked.value("mode"))

    return await _answer(request, services, work)


# Operations first: to a path with an id, "$lookup" would be one.
for _operation in OPERATIONS:
    _add_operation(_operation)
for _resource in bundle.SEARCHES:
    _add_resource(_resource)
