"""Test sets and systems in; what every system answers, and what that costs, out."""
