"""Answers and judgements in; numbers out: measures, intervals, tests, slices, errors and leakage."""
