"""Terminology files in; a compiled catalog of frozen concepts out, opened and looked up by code."""
