"""Tracing `cohere`: chat, embed and rerank of both versions of its interface."""

from __future__ import annotations

import importlib
import json
from typing import Any

from oat.integrations._endpoint import Endpoint
from oat.integrations._methods import wrapper
from oat.integrations._patches import Patches

_patches = Patches("cohere")


class ChatEvents:
    """Streamed chats: of version 1 the last event has the whole answer."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}
        self._text = ""
        self._tools: list[dict[str, Any]] = []

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes an event."""
        kind = piece.get("type") or piece.get("event_type")
        delta = piece.get("delta") or {}
        message = delta.get("message") or {}
        if kind == "stream-end":
            self._answer.update(piece.get("response") or {})
        elif kind == "message-start":
            self._answer["id"] = piece.get("id")
        elif kind == "message-end":
            self._answer.update({name: value for name, value in delta.items() if value is not None})
        elif kind == "content-delta":
            self._text += (message.get("content") or {}).get("text") or ""
        elif kind == "text-generation":
            self._text += piece.get("text") or ""
        elif kind == "tool-call-start":
            self._tools.append(json.loads(json.dumps(message.get("tool_calls") or {})))
        elif kind == "tool-call-delta" and self._tools:
            arguments = ((message.get("tool_calls") or {}).get("function") or {}).get("arguments") or ""
            function = self._tools[-1].setdefault("function", {})
            function["arguments"] = (function.get("arguments") or "") + arguments
        return kind in ("content-delta", "text-generation", "tool-call-start")

    def answer(self) -> dict[str, Any]:
        """The answer as far as it came."""
        if "text" in self._answer:
            return self._answer
        message: dict[str, Any] = {"role": "assistant", "content": [{"type": "text", "text": self._text}]}
        if self._tools:
            message["tool_calls"] = self._tools
        return {**self._answer, "message": message}


ENDPOINTS = {
    "chat": Endpoint("cohere.chat", "llm"),
    "chat_stream": Endpoint("cohere.chat_stream", "llm", ChatEvents),
    "embed": Endpoint("cohere.embed", "embedding"),
    "rerank": Endpoint("cohere.rerank", "rerank"),
}


def patch_cohere() -> bool:
    """Records every call that clients of `cohere` make.

    Callers see the same results, streams and exceptions as without it.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        first = importlib.import_module("cohere.base_client")
        second = importlib.import_module("cohere.v2.client")
        for owner in (first.BaseCohere, first.AsyncBaseCohere, second.V2Client, second.AsyncV2Client):
            for name, endpoint in ENDPOINTS.items():
                patches.replace(owner, name, wrapper(endpoint, "cohere"))

    return _patches.apply(apply)


def unpatch_cohere() -> None:
    """Takes `patch_cohere` back."""
    _patches.undo()
