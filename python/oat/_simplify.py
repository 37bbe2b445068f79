"""What the extension module does not know how to write: objects as plain values, exceptions as text."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import pathlib
import re
import traceback
import uuid
from typing import Any

REPR_MAX_CHARS = 10_000
TRACEBACK_MAX_FRAMES = 100
_OWN = str(pathlib.Path(__file__).parent)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_COLLECTIONS = (
    set,
    frozenset,
    collections.deque,
    range,
    collections.abc.KeysView,
    collections.abc.ValuesView,
    collections.abc.ItemsView,
)
_AS_TEXT = (uuid.UUID, pathlib.PurePath, decimal.Decimal)


def simplify(value: Any) -> Any:
    """A value that has no form in JSON, as one that has, one level deep.

    Iterators are not consumed, and addresses are left out of what `repr` says, so that the same value is the
    same text in every process.
    """
    if isinstance(value, type) or callable(value):
        return getattr(value, "__qualname__", None) or _repr(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, _COLLECTIONS):
        return list(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, _AS_TEXT):
        return str(value)
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    return _of_library(value)


def _of_library(value: Any) -> Any:
    """Models of pydantic, arrays of numpy and the like, known by what they can do."""
    for dump in ("model_dump", "to_dict"):
        method = getattr(value, dump, None)
        if method is not None:
            try:
                result = method(mode="json", warnings=False) if dump == "model_dump" else method()
            except Exception:
                continue
            if isinstance(result, dict):
                return result
    if isinstance(value, collections.abc.Mapping):
        return dict(value)
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):
        return value.item()
    if isinstance(shape, tuple):
        return {
            "type": type(value).__name__,
            "shape": list(shape),
            "dtype": str(getattr(value, "dtype", None)),
        }
    return _repr(value)


def _repr(value: Any) -> str:
    text = _ADDRESS.sub("", repr(value))
    if len(text) <= REPR_MAX_CHARS:
        return text
    return f"{text[:REPR_MAX_CHARS]}[{len(text) - REPR_MAX_CHARS} characters left out]"


def error_text(error: BaseException) -> str | None:
    """An exception as text: what it says first, then where it came from. None: it is not an error."""
    if isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and not error.code):
        return None
    kind = type(error)
    said = "".join(traceback.format_exception_only(kind, error)).rstrip("\n")
    frames = traceback.format_list(
        [
            frame
            for frame in traceback.extract_tb(error.__traceback__, TRACEBACK_MAX_FRAMES)
            if not frame.filename.startswith(_OWN)
        ]
    )
    causes = (
        []
        if error.__cause__ is None
        else [f"caused by {type(error.__cause__).__name__}: {error.__cause__}\n"]
    )
    return f"{said}\n\n{''.join(frames)}{''.join(causes)}"


async def ready(value: Any) -> Any:
    """An awaitable of a value that is there."""
    return value
