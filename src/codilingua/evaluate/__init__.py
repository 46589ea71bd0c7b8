"""Judgements and systems in; how well each system ranks, per language, at what cost, out. Extra: ``eval``."""
