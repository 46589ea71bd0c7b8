"""Raw rows in; those that are kept, those that are rejected, and those that somebody must read, out."""
