"""``results.json`` in; report, pictures, leaderboard, and the check of quoted numbers, out."""
