"""A request in; the same request out, or the reason why it is not let through."""
