"""Requests of our own REST interface in; hits, cards and receipts out, all below ``/api``."""
