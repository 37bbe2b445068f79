"""The line at the end of a program that ran on a terminal."""

from __future__ import annotations

import http.client
import json
import os
import sys
import urllib.request
from collections.abc import Callable

from oat import _native
from oat.exporters import LOCAL_DAEMON

_KEPT = 64
_TIMEOUT_SECONDS = 0.5


def say_goodbye(tracer: _native.Tracer, config: _native.Config, flush: Callable[[], object]) -> None:
    """Says on standard error what was recorded and how to see it; OAT_QUIET=1 keeps it from that.

    Args:
        tracer: Whose spans are counted.
        config: Its settings.
        flush: Has a daemon know the traces, before it is asked for them.
    """
    spans, traces, errors, ids = tracer.summary()
    if spans == 0 or os.environ.get("OAT_QUIET") or not (sys.stderr and sys.stderr.isatty()):
        return
    flush()
    parts = [_count(traces, "trace"), _count(spans, "span")]
    try:
        costs = _costs(config.data_dir, ids)
    except (OSError, ValueError):
        costs = {}
    ids = [trace_id for trace_id in ids if trace_id in costs]  # sampling may have left some out
    known = [cost for cost in costs.values() if cost is not None]
    if known and traces <= _KEPT:
        parts.append(f"${sum(known):.4f}")
    if errors:
        parts.append(_count(errors, "error"))
    command = f"oat show {ids[-1].hex()[:8]}" if ids else "oat"
    link = _link(config, ids[-1].hex()) if ids else None
    print(f"oat: {', '.join(parts)} -> {command}{f' or {link}' if link else ''}", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _costs(data_dir: str, ids: list[bytes]) -> dict[bytes, float | None]:
    """US dollars of each of the traces that there are; None: it has no cost."""
    store = _native.Store(os.fsencode(data_dir))
    texts = {trace_id: store.trace(trace_id.hex(), False) for trace_id in ids}
    store.close()
    return {trace_id: json.loads(text).get("total_cost") for trace_id, text in texts.items() if text}


def _link(config: _native.Config, trace_id: str) -> str | None:
    """Where the dashboard shows a trace; None: no daemon answers that has it."""
    base = (config.export_url if config.export_enabled else None) or LOCAL_DAEMON
    request = urllib.request.Request(f"{base.rstrip('/')}/traces/{trace_id}")
    if config.export_token:
        request.add_header("Authorization", f"Bearer {config.export_token}")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
            return f"{base.rstrip('/')}/ui/traces/{trace_id}"
    except (OSError, ValueError, http.client.HTTPException):
        return None
