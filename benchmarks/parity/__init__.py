"""What each step from the fp32 model to the shipped index costs in recall.

Run it by ``python -m benchmarks.parity``.
"""
