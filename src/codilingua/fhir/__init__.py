"""Parameters of FHIR R4 terminology operations in; resources out, as pure functions."""
