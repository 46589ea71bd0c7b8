"""Requests and their answers in; logs, metrics and health out. None of them holds what was asked."""
