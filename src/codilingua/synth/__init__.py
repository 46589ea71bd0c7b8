"""Concepts in; what a language model wrote about them, as raw rows, out."""
