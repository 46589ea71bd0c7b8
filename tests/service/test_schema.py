"""Whatever the OpenAPI document allows, and what it does not: no 500, no answer that breaks its schema."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from codilingua.service.app import create_app
from codilingua.service.settings import ServeSettings

EXAMPLES = 100


@pytest.fixture(scope="module")
def api(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The application's document, its lifespan running."""
    database = f"sqlite:///{tmp_path_factory.mktemp('schema') / 'codilingua.db'}"
    made = ServeSettings(assets=tiny_folder, database=database, rate=0, allowed_hosts=("*",))
    app = create_app(made)
    with TestClient(app):
        yield schemathesis.openapi.from_asgi("/openapi.json", app)


def test_no_request_breaks_it(api: Any) -> None:
    operations = [result.ok() for result in api.get_all_operations()]
    # assert {"/api/search", "/v1/embeddings", "/api/icd10cm/v3/search"} <= {one.path for one in operations}
    for operation in operations:
        _try(operation, schemathesis.GenerationMode.POSITIVE)
        if operation.body or operation.query or operation.path_parameters:
            _try(operation, schemathesis.GenerationMode.NEGATIVE)


def _try(operation: Any, mode: Any) -> None:
    """Requests as the document has them, or such as it does not allow."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        with warnings.catch_warnings():
            # Of the client that schemathesis sends with, not of ours.
            warnings.simplefilter("ignore")
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
