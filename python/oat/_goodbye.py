"""The line at the end of a program that ran on a terminal."""

from __future__ import annotations

import json
import os
import pathlib
import sys

from oat import _native

_KEPT = 64


def say_goodbye(tracer: _native.Tracer, data_dir: pathlib.Path) -> None:
    """Says on standard error what was recorded and how to see it; OAT_QUIET=1 keeps it from that."""
    spans, traces, errors, ids = tracer.summary()
    if spans == 0 or os.environ.get("OAT_QUIET") or not (sys.stderr and sys.stderr.isatty()):
        return
    parts = [_count(traces, "trace"), _count(spans, "span")]
    try:
        cost = _cost(data_dir, ids) if 0 < traces <= _KEPT else None
    except (OSError, ValueError):
        cost = None
    if cost is not None:
        parts.append(f"${cost:.4f}")
    if errors:
        parts.append(_count(errors, "error"))
    command = f"oat show {ids[-1].hex()[:8]}" if ids else "oat"
    print(f"oat: {', '.join(parts)} -> {command}", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cost(data_dir: pathlib.Path, ids: list[bytes]) -> float | None:
    """US dollars that the traces come to; None: none of them has a cost."""
    store = _native.Store(os.fsencode(data_dir))
    costs = []
    for trace_id in ids:
        text = store.trace(trace_id.hex(), False)
        if text is not None:
            costs.append(json.loads(text).get("total_cost"))
    store.close()
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None
