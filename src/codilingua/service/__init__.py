"""HTTP in; ranked codes, FHIR, embeddings, tools and a web page out: the server (extra: serve)."""
