"""Recorded calls of model providers, made again by their own clients."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, Callable

import programs
import pytest
from replay_server import Exchange, ReplayServer

CASSETTES = programs.DATA / "cassettes"

needs_cassettes = pytest.mark.skipif(not CASSETTES.is_dir(), reason="there are no recordings")


def server(cassette: str, index: int | None = None) -> ReplayServer:
    """A provider that answers with a cassette, or with one exchange of it."""
    made = ReplayServer(CASSETTES / cassette, match="order")
    exchanges = made.exchanges if index is None else [made.exchanges[index]]
    made.exchanges = [dataclasses.replace(e, method=e.method.upper()) for e in exchanges]
    made._left = list(made.exchanges)
    return made


def arguments(method: Callable[..., Any], exchange: Exchange) -> dict[str, Any]:
    """The recorded request as keyword arguments; what the client has no name for goes into the body."""
    body = exchange.request_json()
    known = set(inspect.signature(method).parameters)
    surplus = {name: value for name, value in body.items() if name not in known}
    return {
        **{name: value for name, value in body.items() if name in known},
        **({"extra_body": surplus} if surplus else {}),
    }
