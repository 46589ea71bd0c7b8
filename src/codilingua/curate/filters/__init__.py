"""Pairs in; the kept, the rejected and the doubtful out: one module, one filter."""
