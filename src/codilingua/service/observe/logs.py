"""What the server does in; one line of JSON each out, on standard error.

A line names the route, not the path, and of an error its class and where it was raised, not its message:
path and message may hold the text of a query.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

LOGGER = "codilingua.service"
_FIELDS = "fields"
_OURS = (LOGGER, "uvicorn")
_SILENT = ("mcp", "alembic", "sqlalchemy")
"""What these have to say may hold what was sent."""


class JsonLines(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= getattr(record, _FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            line |= described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def described(error: BaseException) -> dict[str, object]:
    """What a log may say of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "raised_at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def set_up_logs(level: str) -> None:
    """Send what the server, and the library that runs it, have to say to standard error as JSON.

    :param level: name of the least level that is logged.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in _OURS:
        logging.getLogger(name).handlers = [handler]
        logging.getLogger(name).propagate = False
        logging.getLogger(name).setLevel(level.upper())
    for name in _SILENT:
        # Without a handler of its own a library's warning would go to standard error as it is.
        logging.getLogger(name).handlers = [logging.NullHandler()]
        logging.getLogger(name).propagate = False


def log(level: int, message: str, error: BaseException | None = None, **fields: object) -> None:
    """Write one line with its fields."""
    info = (type(error), error, error.__traceback__) if error is not None else None
    logging.getLogger(LOGGER).log(level, message, exc_info=info, extra={_FIELDS: fields})
