"""What went wrong in; an OperationOutcome out."""

from __future__ import annotations

from typing import Any

from codilingua.errors import UsageError


def outcome(severity: str, code: str, text: str) -> dict[str, Any]:
    """
    :param severity: ``fatal``, ``error``, ``warning`` or ``information``.
    :param code: of the value set issue-type: ``invalid``, ``not-found``, ``too-costly`` …
    :param text: one line for people. It stands twice, since some clients read ``diagnostics`` alone.
    """
    issue = {"severity": severity, "code": code, "diagnostics": text, "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


class FhirError(UsageError):
    """A FHIR request that cannot be answered as it stands.

    ``code`` is of the value set issue-type, ``status`` the status of HTTP that says the same.
    """

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.status = status

    @property
    def resource(self) -> dict[str, Any]:
        """The OperationOutcome that says so."""
        return outcome("error", self.code, str(self))


def not_found(text: str) -> FhirError:
    """What is asked for is not here."""
    return FhirError("not-found", text, 404)


def not_supported(text: str) -> FhirError:
    """What is asked for is FHIR, but not done here."""
    return FhirError("not-supported", text)


def too_costly(text: str) -> FhirError:
    """What is asked for is more than one answer holds."""
    return FhirError("too-costly", text, 422)
