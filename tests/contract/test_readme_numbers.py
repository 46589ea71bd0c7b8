"""Every measured number that the README quotes stands in a ``results.json``."""

from __future__ import annotations

from pathlib import Path

import pytest

from codilingua.evaluate.reporting.quoted import unsupported_numbers

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_numbers_are_measured() -> None:
    found = unsupported_numbers(README, ROOT / "results")
    assert not found, "not in any results.json: " + ", ".join(
        f"README.md:{line}: {text}" for line, text in found
    )


@pytest.mark.parametrize(
    "invented", ["R@5 is 0.987 on every set.", "A query takes 0.0123 ms.", "It is 987 × faster."]
)
def test_an_invented_number_is_found(invented: str) -> None:
    found = unsupported_numbers(f"{README}\n{invented}\n", ROOT / "results")
    assert [line for line, _ in found] == [README.count("\n") + 2]
