"""A model for the examples: OpenAI's when there is a key, else answers from a script, from this process.

The script is served over HTTP on the loopback interface, in the form of OpenAI's chat completions, so that
the same client runs with and without a key.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import threading
from collections.abc import Iterator
from typing import Any, Union

import openai

# A text, calls of tools as {name: arguments}, or the status of an error.
Answer = Union[str, dict[str, dict[str, Any]], int]

_CHARS_PER_TOKEN = 4


def _message(answer: str | dict[str, dict[str, Any]]) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"role": "assistant", "content": answer}
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for number, (name, arguments) in enumerate(answer.items())
    ]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _completion(request: bytes, answer: str | dict[str, dict[str, Any]]) -> dict[str, Any]:
    message = _message(answer)
    prompt_tokens = len(request) // _CHARS_PER_TOKEN
    completion_tokens = len(json.dumps(message)) // _CHARS_PER_TOKEN
    return {
        "id": f"chatcmpl-{os.urandom(8).hex()}",
        "object": "chat.completion",
        "created": 0,
        "model": json.loads(request)["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if message.get("tool_calls") else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


class _Handler(http.server.BaseHTTPRequestHandler):
    answers: list[Answer]

    def do_POST(self) -> None:
        """Gives the next answer of the script."""
        request = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.answers.pop(0) if self.answers else 500
        if isinstance(answer, int):
            self._send(answer, {"error": {"message": "the model is not available", "type": "server_error"}})
        else:
            self._send(200, _completion(request, answer))

    def _send(self, status: int, body: dict[str, Any]) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing of each request."""


@contextlib.contextmanager
def client(*script: Answer) -> Iterator[openai.OpenAI]:
    """A client of OpenAI's, with a key in OPENAI_API_KEY; else one whose model answers as the script says."""
    if os.environ.get("OPENAI_API_KEY"):
        yield openai.OpenAI()
        return
    handler = type("Handler", (_Handler,), {"answers": list(script)})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="offline")
        finally:
            server.shutdown()
