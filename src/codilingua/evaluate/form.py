"""What ``results.json`` calls things: the words that its writers and its readers share."""

from __future__ import annotations

KIND = "evaluation"
"""What tells the results of an evaluation from those of a benchmark."""

SCHEMA = 1
"""Grows when ``results.json`` changes its form."""

MACRO = "macro"
"""Stands where a language would, for the mean over languages."""

HEADLINE = "R@5"
"""The measure that comes first."""
