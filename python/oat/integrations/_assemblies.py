"""Answers put together from the events of streams, one class a dialect."""

from __future__ import annotations

import json
from typing import Any


def _add_text(into: dict[str, Any], name: str, text: Any) -> None:
    if isinstance(text, str):
        into[name] = (into.get(name) or "") + text


class ChatChunks:
    """Chat completions of OpenAI and of all who speak like it."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes a chunk: what it adds to each choice."""
        piece = piece.get("data", piece) if isinstance(piece.get("data"), dict) else piece
        for name, value in piece.items():
            if name not in ("choices", "obfuscation") and value is not None:
                self._head[name] = value
        has_content = False
        for chunk in piece.get("choices") or []:
            choice = self._choices.setdefault(chunk.get("index") or 0, {"message": {}})
            if chunk.get("finish_reason") is not None:
                choice["finish_reason"] = chunk["finish_reason"]
            delta = chunk.get("delta") or ({"text": chunk["text"]} if "text" in chunk else {})
            has_content |= self._add_delta(choice["message"], delta)
        return has_content

    def _add_delta(self, message: dict[str, Any], delta: dict[str, Any]) -> bool:
        has_content = False
        for name, value in delta.items():
            if name == "tool_calls" and value:
                self._add_tool_calls(message, value)
            elif name in ("role", "function_call") or not isinstance(value, str):
                if value is not None:
                    message[name] = value
                continue
            else:
                _add_text(message, name, value)
            has_content |= bool(value)
        return has_content

    def _add_tool_calls(self, message: dict[str, Any], deltas: list[dict[str, Any]]) -> None:
        calls = message.setdefault("tool_calls", [])
        for delta in deltas:
            index = delta.get("index")
            index = len(calls) if index is None else index
            while len(calls) <= index:
                calls.append({"function": {"name": "", "arguments": ""}})
            call, function = calls[index], delta.get("function") or {}
            call.update({k: v for k, v in delta.items() if k not in ("index", "function") and v is not None})
            _add_text(call["function"], "name", function.get("name"))
            arguments = function.get("arguments")
            if isinstance(arguments, dict):
                call["function"]["arguments"] = json.dumps(arguments)
            else:
                _add_text(call["function"], "arguments", arguments)

    def answer(self) -> dict[str, Any]:
        """The completion."""
        head = dict(self._head)
        if isinstance(head.get("object"), str):
            head["object"] = head["object"].replace(".chunk", "")
        choices = [{"index": index, **choice} for index, choice in sorted(self._choices.items())]
        return {**head, "choices": choices}


class ResponseEvents:
    """The Responses API of OpenAI: the last event has the whole answer."""

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._text: dict[str, Any] = {}

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes an event."""
        if isinstance(piece.get("response"), dict):
            self._response = piece["response"]
        kind = str(piece.get("type") or "")
        if kind == "response.output_text.delta":
            _add_text(self._text, "text", piece.get("delta"))
        return kind.endswith(".delta")

    def answer(self) -> dict[str, Any]:
        """The response; when its end never came, with the text as far as it did."""
        if self._response.get("output") or not self._text:
            return self._response
        return {**self._response, "output_text": self._text["text"]}


class MessageEvents:
    """The Messages API of Anthropic."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._json: dict[int, str] = {}

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes an event."""
        kind = piece.get("type")
        if kind == "message_start":
            self._message = dict(piece.get("message") or {})
        elif kind == "content_block_start":
            self._blocks[piece["index"]] = dict(piece.get("content_block") or {})
        elif kind == "content_block_delta":
            self._add_delta(piece["index"], piece.get("delta") or {})
            return True
        elif kind == "message_delta":
            self._message.update({k: v for k, v in (piece.get("delta") or {}).items() if v is not None})
            usage = {k: v for k, v in (piece.get("usage") or {}).items() if v is not None}
            self._message["usage"] = {**(self._message.get("usage") or {}), **usage}
        return False

    def _add_delta(self, index: int, delta: dict[str, Any]) -> None:
        block = self._blocks.setdefault(index, {})
        for name, value in delta.items():
            if name == "partial_json":
                self._json[index] = self._json.get(index, "") + value
            elif name == "citation":
                block.setdefault("citations", []).append(value)
            elif name != "type":
                _add_text(block, name, value)

    def answer(self) -> dict[str, Any]:
        """The message."""
        for index, text in self._json.items():
            try:
                self._blocks[index]["input"] = json.loads(text) if text else {}
            except ValueError:
                self._blocks[index]["input"] = text
        return {**self._message, "content": [block for _, block in sorted(self._blocks.items())]}
