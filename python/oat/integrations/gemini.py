"""Tracing `google-genai`: content, streamed or not, and embeddings, of the Gemini API and of Vertex AI.

Every call goes through one class with the body as it is sent and the answer as it came.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

from oat.integrations._calls import Call, quiet
from oat.integrations._endpoint import Endpoint
from oat.integrations._patches import Patches

_patches = Patches("google-genai")


class ContentChunks:
    """Streamed content: each chunk has the next parts, the last one the usage."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes a chunk: a response whose body is JSON."""
        piece = json.loads(piece["body"])
        self._answer.update(piece)
        candidate = (piece.get("candidates") or [{}])[0]
        parts = (candidate.get("content") or {}).get("parts") or []
        for part in parts:
            last = self._parts[-1] if self._parts else {}
            if "text" in part and set(part) <= {"text", "thought"} and set(last) == set(part):
                last["text"] += part["text"]
            else:
                self._parts.append(dict(part))
        return bool(parts)

    def answer(self) -> dict[str, Any]:
        """The answer."""
        candidate = dict((self._answer.get("candidates") or [{}])[0])
        candidate["content"] = {**(candidate.get("content") or {}), "parts": self._parts}
        return {**self._answer, "candidates": [candidate]}


ENDPOINTS = {
    "generateContent": Endpoint("gemini.generate_content", "llm"),
    "streamGenerateContent": Endpoint("gemini.generate_content_stream", "llm", ContentChunks),
    "embedContent": Endpoint("gemini.embed_content", "embedding"),
    "batchEmbedContents": Endpoint("gemini.embed_content", "embedding"),
    "predict": Endpoint("gemini.embed_content", "embedding"),
}


@quiet
def _begin(method: str, path: str, request: Any) -> Any:
    """The call that a request is; None: it is none that is traced."""
    where, _, action = path.split("?", 1)[0].rpartition(":")
    endpoint = ENDPOINTS.get(action)
    if endpoint is None or method.lower() != "post":
        return None
    body = {name: value for name, value in request.items() if not name.startswith("_")}
    return Call(endpoint.name, endpoint.span_type, "gemini", body, where.rpartition("/")[2])


def _wrap(original: Callable[..., Any]) -> Callable[..., Any]:
    def request(self: Any, http_method: str, path: str, request_dict: Any, *args: Any, **kwargs: Any) -> Any:
        call = _begin(http_method, path, request_dict)
        if call is None:
            return original(self, http_method, path, request_dict, *args, **kwargs)
        try:
            response = original(self, http_method, path, request_dict, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        call.finish(_body(response))
        return response

    return request


def _wrap_async(original: Callable[..., Any]) -> Callable[..., Any]:
    async def async_request(
        self: Any, http_method: str, path: str, request_dict: Any, *args: Any, **kwargs: Any
    ) -> Any:
        call = _begin(http_method, path, request_dict)
        if call is None:
            return await original(self, http_method, path, request_dict, *args, **kwargs)
        try:
            response = await original(self, http_method, path, request_dict, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        call.finish(_body(response))
        return response

    return async_request


def _wrap_streamed(original: Callable[..., Any]) -> Callable[..., Any]:
    def request_streamed(
        self: Any, http_method: str, path: str, request_dict: Any, *args: Any, **kwargs: Any
    ) -> Iterator[Any]:
        call = _begin(http_method, path, request_dict)
        chunks = original(self, http_method, path, request_dict, *args, **kwargs)
        if call is None:
            yield from chunks
        else:
            call.detach()
            yield from call.pieces(chunks, ContentChunks())

    return request_streamed


def _wrap_async_streamed(original: Callable[..., Any]) -> Callable[..., Any]:
    async def async_request_streamed(
        self: Any, http_method: str, path: str, request_dict: Any, *args: Any, **kwargs: Any
    ) -> AsyncIterator[Any]:
        call = _begin(http_method, path, request_dict)
        try:
            chunks = await original(self, http_method, path, request_dict, *args, **kwargs)
        except BaseException as error:
            if call is not None:
                call.fail(error)
            raise
        if call is None:
            return chunks  # type: ignore[no-any-return]
        call.detach()
        return call.pieces_later(chunks, ContentChunks())  # type: ignore[no-any-return]

    return async_request_streamed


@quiet
def _body(response: Any) -> Any:
    return json.loads(response.body)


def patch_gemini() -> bool:
    """Records every call that clients of `google-genai` make, also of clients that exist already.

    Callers see the same results, streams and exceptions as without it. A call with automatic function calling
    is a span for each request that it makes.

    Returns:
        True when it is patched; else a line on standard error says why not.
    """

    def apply(patches: Patches) -> None:
        client = importlib.import_module("google.genai._api_client").BaseApiClient
        patches.replace(client, "request", _wrap)
        patches.replace(client, "async_request", _wrap_async)
        patches.replace(client, "request_streamed", _wrap_streamed)
        patches.replace(client, "async_request_streamed", _wrap_async_streamed)

    return _patches.apply(apply)


def unpatch_gemini() -> None:
    """Takes `patch_gemini` back."""
    _patches.undo()
