"""The server under load, beside the engine that it runs called in-process."""
