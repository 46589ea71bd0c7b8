"""Command lines in; printed answers out. One file a stage: parse, call, print."""
