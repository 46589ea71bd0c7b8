"""FHIR over HTTP: routes, headers, bodies, and what real clients of FHIR make of it."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
pytest.importorskip("fhirclient", reason="fhirclient is not installed")
pytest.importorskip("fhirpy", reason="fhirpy is not installed")
pytest.importorskip("hypothesis", reason="hypothesis is not installed")

from fhirclient.client import FHIRClient
from fhirclient.models.codesystem import CodeSystem
from fhirclient.models.parameters import Parameters
from fhirclient.models.valueset import ValueSet
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

from codilingua.fhir.operations import OPERATIONS
from codilingua.search.engine import Search
from codilingua.service.app import create_app
from codilingua.service.fhir import router
from codilingua.service.settings import ServeSettings
from tests.fhir.checking import valid
from tests.service.live import live

Serving = Callable[..., AbstractContextManager[TestClient]]
Json = dict[str, Any]
URI = "http://hl7.org/fhir/sid/icd-10-cm"
ALL = f"{URI}?fhir_vs"
ID = "part-of-icd-10-cm"
FHIR_JSON = "application/fhir+json"


@pytest.fixture(scope="module")
def http(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One application for all: nothing here writes."""
    database = f"sqlite:///{tmp_path_factory.mktemp('fhir') / 'codilingua.db'}"
    app = create_app(ServeSettings(assets=tiny_folder, database=database, rate=0))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def body(**parameters: tuple[str, Any]) -> Json:
    items = [{"name": name, kind: value} for name, (kind, value) in parameters.items()]
    return {"resourceType": "Parameters", "parameter": items}


def answer(http: TestClient, path: str, status: int = 200, method: str = "GET", **sent: Any) -> Json:
    """The resource that a request is answered with, which is one of FHIR."""
    got = http.request(method, f"/fhir/{path}", **sent)
    assert got.status_code == status, got.text
    assert got.headers["content-type"] == FHIR_JSON
    return valid(got.json())


def codes(expanded: Json) -> list[str]:
    return [item["code"] for item in expanded["expansion"].get("contains", ())]


def test_the_capability_statement_lists_exactly_the_routes_there_are(http: TestClient) -> None:
    wanted = {("GET", "/metadata")}
    for resource in answer(http, "metadata")["rest"][0]["resource"]:
        name = resource["type"]
        for interaction in resource["interaction"]:
            wanted |= {
                "read": {("GET", f"/{name}/{{ident}}")},
                "search-type": {("GET", f"/{name}"), ("POST", f"/{name}/_search")},
            }[interaction["code"]]
        for operation in resource["operation"]:
            assert (
                operation["definition"]
                == f"http://hl7.org/fhir/OperationDefinition/{name}-{operation['name']}"
            )
            for path in (f"/{name}/${operation['name']}", f"/{name}/{{ident}}/${operation['name']}"):
                wanted |= {("GET", path), ("POST", path)}
    routes = [route for route in router.routes if isinstance(route, Route)]
    found = {(method, route.path.removeprefix("/fhir")) for route in routes for method in route.methods or ()}
    assert found - {pair for pair in found if pair[0] == "HEAD"} == wanted
    assert len(routes) == len(router.routes)


def test_terminology_capabilities(http: TestClient) -> None:
    assert answer(http, "metadata?mode=terminology")["resourceType"] == "TerminologyCapabilities"
    assert answer(http, "metadata?mode=x", 400)["issue"][0]["code"] == "value"


def test_read_and_search(http: TestClient) -> None:
    for name in ("CodeSystem", "ValueSet"):
        bundle = answer(http, name)
        for entry in bundle["entry"]:
            assert answer(http, f"{name}/{entry['resource']['id']}") == entry["resource"]
            assert entry["fullUrl"] == f"http://localhost/fhir/{name}/{entry['resource']['id']}"
    by_url = answer(http, "ValueSet", params={"url": f"{ALL}=isa/I25"})
    assert [entry["resource"]["id"] for entry in by_url["entry"]] == [f"{ID}-isa-I25"]
    assert answer(http, "ConceptMap")["total"] == 0
    assert answer(http, f"CodeSystem/{ID}?_elements=url").keys() == {
        "resourceType", "id", "meta", "status", "content", "url",
    }  # fmt: skip


def test_a_search_may_be_posted(http: TestClient) -> None:
    form = answer(http, "ValueSet/_search", method="POST", data={"url": ALL})
    assert form["entry"] == answer(http, "ValueSet", params={"url": ALL})["entry"]
    both = answer(http, "ValueSet/_search?_summary=count", method="POST", data={"url": ALL})
    assert (both["total"], "entry" in both) == (1, False)
    assert (
        answer(http, "ValueSet/_search", 415, "POST", json={"url": ALL})["issue"][0]["code"]
        == "not-supported"
    )
    many = "&".join(["a=b"] * 2000).encode()
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (
        "1000 fields"
        in answer(http, "ValueSet/_search", 400, "POST", content=many, headers=form_type)["issue"][0][
            "diagnostics"
        ]
    )
    answer(http, "ValueSet/_search", 400, "POST", content=b"url=\xff", headers=form_type)


def test_strict_handling(http: TestClient) -> None:
    assert answer(http, "CodeSystem?nonsense=1")["total"] == 1
    answer(http, "CodeSystem?nonsense=1", 400, headers={"Prefer": "return=minimal; handling=strict"})


@pytest.mark.parametrize(
    ("path", "pairs", "posted"),
    [
        (
            "CodeSystem{}/$lookup",
            {"code": "I10", "system": URI, "displayLanguage": "es"},
            body(code=("valueCode", "I10"), system=("valueUri", URI), displayLanguage=("valueCode", "es")),
        ),
        (
            "CodeSystem{}/$validate-code",
            {"code": "I10", "url": URI, "display": "x"},
            body(code=("valueCode", "I10"), url=("valueUri", URI), display=("valueString", "x")),
        ),
        (
            "CodeSystem{}/$subsumes",
            {"codeA": "I20", "codeB": "I20.0", "system": URI},
            body(codeA=("valueCode", "I20"), codeB=("valueCode", "I20.0"), system=("valueUri", URI)),
        ),
        (
            "ValueSet{}/$validate-code",
            {"code": "I10", "system": URI, "url": ALL},
            body(code=("valueCode", "I10"), system=("valueUri", URI), url=("valueUri", ALL)),
        ),
    ],
)
def test_by_get_and_post_at_type_and_instance(
    http: TestClient, path: str, pairs: dict[str, str], posted: Json
) -> None:
    made = answer(http, path.format(""), params=pairs)
    assert made["resourceType"] == "Parameters"
    for level in ("", f"/{ID}"):
        assert answer(http, path.format(level), params=pairs) == made
        assert answer(http, path.format(level), method="POST", json=posted) == made
    pairs_alone = {name: value for name, value in pairs.items() if name not in ("url", "system")}
    if path.startswith("CodeSystem"):
        assert answer(http, path.format(f"/{ID}"), params=pairs_alone) == made
    answer(http, path.format("/nothing"), 404, params=pairs)


def test_translate(http: TestClient) -> None:
    made = answer(http, "ConceptMap/$translate", params={"code": "I10", "system": URI})
    assert made["parameter"][0] == {"name": "result", "valueBoolean": False}
    answer(http, "ConceptMap/x/$translate", 404, params={"code": "I10", "system": URI})
    answer(http, "ConceptMap/x", 404)


def test_expansion_with_a_filter(http: TestClient, tiny: Search) -> None:
    pairs: dict[str, Any] = {"url": ALL, "filter": "fractura de costillas", "count": 5, "property": ["score"]}
    made = answer(http, "ValueSet/$expand", params=pairs)
    assert codes(made) == [hit.code for hit in tiny("fractura de costillas", 5)]
    assert codes(answer(http, f"ValueSet/{ID}/$expand", params=pairs)) == codes(made)
    posted = body(
        url=("valueUri", ALL), filter=("valueString", "fractura de costillas"), count=("valueInteger", 5)
    )
    assert codes(answer(http, "ValueSet/$expand", method="POST", json=posted)) == codes(made)


def test_expansion_while_somebody_types(http: TestClient) -> None:
    for text in ("I", "I2", "I25", "I25.", "I25.9", "I25.99", "I25.2"):
        answer(http, "ValueSet/$expand", params={"url": ALL, "filter": text, "count": "3"})
    # There is no such code, and that is no error.
    assert codes(answer(http, "ValueSet/$expand", params={"url": ALL, "filter": "I25.9"})) == []
    issue = answer(http, "ValueSet/$expand", 400, params={"url": ALL, "filter": "?"})["issue"][0]
    assert "no Latin letter" in issue["diagnostics"]


def test_a_value_set_that_is_posted(http: TestClient) -> None:
    value_set = {
        "resourceType": "ValueSet",
        "status": "draft",
        "compose": {
            "include": [{"system": URI, "filter": [{"property": "concept", "op": "is-a", "value": "I25.1"}]}]
        },
    }
    alone = answer(http, "ValueSet/$expand?count=2&offset=1", method="POST", json=value_set)
    assert codes(alone) == ["I25.11", "I25.110"]
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": value_set}]}
    assert codes(answer(http, "ValueSet/$expand?count=2&offset=1", method="POST", json=wrapped)) == codes(
        alone
    )


def test_too_much(http: TestClient) -> None:
    issue = answer(http, "ValueSet/$expand", 422, params={"url": ALL, "count": "1001"})["issue"][0]
    assert issue["code"] == "too-costly"


def test_languages_of_a_browser(http: TestClient, tiny: Search) -> None:
    titles = {label.lang: label.text for label in tiny.catalog.get("I10").labels if label.role == "title"}

    def display(header: str, **pairs: str) -> str:
        found = answer(
            http,
            f"CodeSystem/{ID}/$lookup",
            params={"code": "I10", **pairs},
            headers={"Accept-Language": header},
        )
        (text,) = (item["valueString"] for item in found["parameter"] if item["name"] == "display")
        return str(text)

    assert display("de, ca;q=0.5") == titles["ca"]
    assert display("en-US,en;q=0.9") == display("") == "Essential (primary) hypertension"
    assert display("ca", displayLanguage="en") == "Essential (primary) hypertension"
    expanded = answer(http, f"ValueSet/{ID}-isa-I10/$expand", headers={"Accept-Language": "de, ca"})
    assert expanded["expansion"]["contains"][0]["display"] == titles["ca"]


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("metadata", "application/fhir+xml", 406),
        ("metadata?_format=xml", "*/*", 406),
        ("metadata?_format=json", "application/fhir+xml", 200),
        ("metadata?_format=application/fhir%2Bjson", "text/html", 200),
        (f"CodeSystem/{ID}/$lookup?code=I10", "text/turtle", 406),
        ("ValueSet?_format=ttl", FHIR_JSON, 406),
        ("ConceptMap/x?_format=xml", FHIR_JSON, 406),
        ("metadata", "application/fhir+json; fhirVersion=4.0", 200),
    ],
)
def test_json_alone(http: TestClient, path: str, accept: str, status: int) -> None:
    answer(http, path, status, headers={"Accept": accept})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "CodeSystem/$nonsense", 400, "not-supported"),
        ("GET", "CodeSystem/nothing", 404, "not-found"),
        ("GET", "ValueSet/nothing", 404, "not-found"),
        ("GET", "Patient", 404, "not-found"),
        ("GET", "CodeSystem/..%2F..%2Fetc%2Fpasswd", 404, "not-found"),
        ("PUT", f"CodeSystem/{ID}", 405, "not-supported"),
        ("DELETE", "ValueSet/$expand", 405, "not-supported"),
        ("GET", "CodeSystem/$lookup", 400, "required"),
        ("GET", "CodeSystem/$lookup?code=%FF&system=urn:x", 404, "not-found"),
    ],
)
def test_what_is_not_there(http: TestClient, method: str, path: str, status: int, code: str) -> None:
    assert answer(http, path, status, method)["issue"][0]["code"] == code


@pytest.mark.parametrize(
    ("sent", "headers", "status"),
    [
        (b"x" * 10_000_000, {}, 413),
        (gzip.compress(b" " * 10_000_000), {"Content-Encoding": "gzip"}, 415),
        (b"<Parameters/>", {"Content-Type": "application/fhir+xml"}, 415),
        (b"[" * 400_000, {}, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, 400),
        (b'{"resourceType": "Parameters", "x": "\xff"}', {}, 400),
        (b'{"resourceType": "Parameters", "x": "\\ud800"}', {}, 400),
        (b"9" * 100_000, {}, 400),
    ],
)
def test_bad_bodies(http: TestClient, sent: bytes, headers: dict[str, str], status: int) -> None:
    for path in ("CodeSystem/$lookup", "ValueSet/$expand"):
        answer(http, path, status, "POST", content=sent, headers={"Content-Type": FHIR_JSON, **headers})


def test_any_body(http: TestClient) -> None:
    names = st.sampled_from(
        ["code", "system", "url", "coding", "valueSet", "filter", "count", "codeableConcept"]
    )
    kinds = st.sampled_from(
        ["valueCode", "valueUri", "valueString", "valueCoding", "valueInteger", "resource"]
    )
    leaves = (
        st.sampled_from(["I10", URI, ALL, "costillas", "", "\x00"])
        | st.integers()
        | st.none()
        | st.booleans()
    )
    tree = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | kinds, inner, max_size=3)
    )
    item = st.builds(lambda name, kind, value: {"name": name, kind: value}, names, kinds, tree)
    parameters = st.lists(item, max_size=4).map(
        lambda items: {"resourceType": "Parameters", "parameter": items}
    )
    sent = (parameters | tree).map(lambda made: json.dumps(made).encode()) | st.binary(max_size=50)
    paths = st.sampled_from(
        [path.replace("{ident}", ID) for operation in OPERATIONS for path in operation.paths]
    )

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(paths, sent)
    def check(path: str, content: bytes) -> None:
        got = http.post(f"/fhir{path}", content=content, headers={"Content-Type": FHIR_JSON})
        assert got.status_code in (200, 400, 404, 422), got.text
        valid(got.json())

    check()


def test_links_below_a_prefix(serving: Serving) -> None:
    with serving(root_path="/coding") as http:
        for entry in answer(http, "CodeSystem")["entry"]:
            assert entry["fullUrl"] == f"http://localhost/coding/fhir/CodeSystem/{ID}"
        assert answer(http, "metadata")["implementation"]["url"] == "http://localhost/coding/fhir"


@pytest.fixture(scope="module")
def server(
    environment: Callable[..., dict[str, str]], tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    folder = tmp_path_factory.mktemp("fhir")
    database = f"sqlite:///{folder / 'codilingua.db'}"
    with live(
        folder, environment(CODILINGUA_DATABASE=database, CODILINGUA_ASSETS=str(tiny_folder))
    ) as running:
        yield f"{running.url}fhir"


def test_fhirpy(server: str, tiny: Search) -> None:
    client = SyncFHIRClient(server)
    (found,) = client.resources("CodeSystem").search(url=URI).fetch_all()
    assert found.id == ID
    assert client.reference("CodeSystem", ID).to_resource()["url"] == URI
    assert client.resources("ValueSet").search(url=f"{ALL}=isa/I25").first()["url"] == f"{ALL}=isa/I25"
    expanded = client.execute(
        "ValueSet/$expand", "get", params={"url": ALL, "filter": "ictus", "count": 3, "displayLanguage": "es"}
    )
    assert codes(expanded) == [hit.code for hit in tiny("ictus", 3)]
    looked_up = client.execute(
        "CodeSystem/$lookup", data=body(code=("valueCode", "I10"), system=("valueUri", URI))
    )
    assert looked_up["parameter"][2]["valueString"] == "Essential (primary) hypertension"
    text = next(label.text for label in tiny.catalog.get("I10").labels if label.lang == "pt")
    for display, is_right in ((text, True), ("Angina", False)):
        validated = found.execute("$validate-code", "get", params={"code": "I10", "display": display})
        assert validated["parameter"][0] == {"name": "result", "valueBoolean": is_right}
    with pytest.raises(ResourceNotFound):
        client.execute("CodeSystem/$lookup", "get", params={"code": "Q99", "system": URI})
    with pytest.raises(OperationOutcome, match="url or valueSet is missing"):
        client.execute("ValueSet/$expand", "get")


def test_fhirclient(server: str, tiny: Search) -> None:
    smart = FHIRClient(settings={"app_id": "test", "api_base": server})
    try:
        smart.prepare()
        assert smart.server.capabilityStatement.fhirVersion == "4.0.1"
        system = CodeSystem.read(ID, smart.server)
        assert (system.url, system.content) == (URI, "not-present")
        pages = ValueSet.where({"_count": "1"}).perform_resources_iter(smart.server)
        assert [found.id for found in pages] == [ID, f"{ID}-billable"]
        expanded = ValueSet(smart.server.request_json(f"ValueSet/{ID}/$expand?filter=angina&count=4"))
        assert [item.code for item in expanded.expansion.contains] == [hit.code for hit in tiny("angina", 4)]
        posted = body(codeA=("valueCode", "I20"), codeB=("valueCode", "I20.0"), system=("valueUri", URI))
        answered = smart.server.post_json("CodeSystem/$subsumes", posted).json()
        assert Parameters(answered).parameter[0].valueCode == "subsumes"
    finally:
        smart.server.session.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(server: str) -> None:
    def curl(*arguments: str) -> tuple[int, str, Json]:
        done = subprocess.run(
            ["curl", "-sS", "-w", "\n%{http_code} %{content_type}", *arguments],
            capture_output=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
        text, _, tail = done.stdout.decode().rpartition("\n")
        status, _, media = tail.partition(" ")
        return int(status), media, valid(json.loads(text))

    status, media, made = curl(f"{server}/CodeSystem/$lookup?system={URI}&code=I10")
    assert (status, media, made["resourceType"]) == (200, FHIR_JSON, "Parameters")
    status, _, made = curl(
        "-G", f"{server}/ValueSet/$expand", "--data-urlencode", f"url={ALL}", "-d", "filter=ictus"
    )
    assert (status, made["resourceType"]) == (200, "ValueSet")
    posted = json.dumps(body(url=("valueUri", URI), code=("valueCode", "I10")))
    headers = ("-H", f"Content-Type: {FHIR_JSON}", "-d", posted)
    status, _, made = curl(*headers, f"{server}/CodeSystem/$validate-code")
    assert (status, made["parameter"][0]["valueBoolean"]) == (200, True)
    status, media, made = curl("-H", "Accept: application/fhir+xml", f"{server}/metadata")
    assert (status, media, made["resourceType"]) == (406, FHIR_JSON, "OperationOutcome")
