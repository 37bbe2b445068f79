#!/usr/bin/env python3
"""A model provider that answers with what was recorded of a real one.

A recording is a VCR cassette: YAML whose ``interactions`` hold a request and its response each. The
server listens on a free port of the loopback interface, speaks plain HTTP and asks for no key:

    with ReplayServer(DATA / "cassettes/openai/some.yaml") as server:
        client = OpenAI(base_url=f"{server.url}/v1", api_key="any")
        client.chat.completions.create(**server.exchanges[0].request_json())

As a program it prints its port and serves until it is interrupted:

    replay_server.py [--match body|order] [--pause SECONDS] CASSETTE...
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import yaml

# What belongs to the connection of then, or to its cookies.
DROPPED_HEADERS = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "server",
    "set-cookie",
    "transfer-encoding",
}
GZIP_MAGIC = b"\x1f\x8b"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its response. Bodies are as they went over the wire: a gzipped one is gzip."""

    method: str
    path: str  # with its query, without the host
    request: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def request_json(self) -> Any:
        """The body of the request, from its JSON."""
        return json.loads(self.request)

    def text(self) -> str:
        """The body of the response, unpacked."""
        return (gzip.decompress(self.body) if self.body[:2] == GZIP_MAGIC else self.body).decode()

    def response_json(self) -> Any:
        """The body of the response, from its JSON."""
        return json.loads(self.text())

    def events(self) -> list[Any]:
        """The JSON of each event of a streamed response."""
        data = [line[5:].strip() for line in self.text().splitlines() if line.startswith("data:")]
        return [json.loads(text) for text in data if text != "[DONE]"]

    def streams(self) -> bool:
        """True when the response is a stream of server-sent events."""
        return any(name.lower() == "content-type" and "event-stream" in value for name, value in self.headers)


def load(path: Path) -> list[Exchange]:
    """The exchanges of a cassette, or of all cassettes of a folder in the order of their names.

    Raises:
        ValueError: a file is not a cassette.
    """
    if path.is_dir():
        return [exchange for file in sorted(path.glob("*.yaml")) for exchange in load(file)]
    document = yaml.load(path.read_bytes(), Loader=LOADER)  # noqa: S506 (a safe loader)
    if not isinstance(document, dict) or "interactions" not in document:
        raise ValueError(f"{path}: not a cassette: expected a mapping with `interactions`")
    return [_exchange(recorded) for recorded in document["interactions"]]


def _exchange(recorded: dict[str, Any]) -> Exchange:
    request, response = recorded["request"], recorded["response"]
    address = urlsplit(request["uri"])
    headers = [
        (name, value)
        for name, values in (response.get("headers") or {}).items()
        for value in (values if isinstance(values, list) else [values])
        if name.lower() not in DROPPED_HEADERS
    ]
    body = _bytes(response)
    if body[:2] == GZIP_MAGIC:
        headers.append(("Content-Encoding", "gzip"))
    if not any(name.lower() == "content-type" for name, _ in headers):
        stream = body.startswith((b"data:", b"event:"))
        headers.append(("Content-Type", "text/event-stream" if stream else "application/json"))
    return Exchange(
        method=request["method"],
        path=address.path + (f"?{address.query}" if address.query else ""),
        request=_bytes(request),
        status=response["status"]["code"],
        headers=tuple(headers),
        body=body,
    )


def _bytes(message: dict[str, Any]) -> bytes:
    """The body of a request or a response, in each of the forms that recorders write."""
    if message.get("parsed_body") is not None:
        return json.dumps(message["parsed_body"]).encode()
    body = message.get("body")
    if isinstance(body, dict):
        body = body.get("string")
    return body.encode() if isinstance(body, str) else body or b""


def _meaning(body: bytes) -> Any:
    """What two bodies are compared by: their JSON, if they are JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def _pieces(exchange: Exchange) -> Iterator[bytes]:
    """What is written at once: an event of a stream, else everything."""
    if not exchange.streams() or exchange.body[:2] == GZIP_MAGIC:
        yield exchange.body
        return
    for event in exchange.body.replace(b"\r\n", b"\n").split(b"\n\n"):
        if event.strip():
            yield event + b"\n\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may leave when it likes; all else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ReplayServer:
    """Serves from construction to close(), or as a context manager. Safe for requests at once.

    Attributes:
        exchanges: what was recorded, in order.
        seen: the requests that came: (method, path, body).
        refused: one line for each request that had no answer; a test asserts that it is empty.
        port: where it listens on 127.0.0.1.
        url: `http://127.0.0.1:PORT`; a client's base URL is this and the prefix of the recorded paths.
    """

    def __init__(self, *paths: Path, match: str = "body", pause_s: float = 0.0) -> None:
        """Loads the recordings and listens.

        Args:
            paths: cassettes, or folders of them.
            match: `body`: the answer of the request with the same method, path and JSON; asked again,
                the next such answer, at last the last one again. `order`: the next answer for the
                same method and path, whatever the body says; each is given once.
            pause_s: to wait before each event of a stream.
        """
        if match not in ("body", "order"):
            raise ValueError(f"match: expected body or order, found {match!r}")
        self.exchanges = [exchange for path in paths for exchange in load(path)]
        self.seen: list[tuple[str, str, bytes]] = []
        self.refused: list[str] = []
        self._match = match
        self._pause_s = pause_s
        self._left = list(self.exchanges)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.daemon = True
        self._thread.start()

    def __enter__(self) -> ReplayServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Until it is interrupted."""
        self._thread.join()

    def answer(self, method: str, path: str, body: bytes) -> Exchange | None:
        """The recorded exchange that answers a request; None when there is none."""
        with self._lock:
            self.seen.append((method, path, body))
            found = self._find(self._left, method, path, body)
            if found:
                self._left.remove(found)
            elif self._match == "body":
                found = self._find(self.exchanges[::-1], method, path, body)
            if not found:
                known = sorted({f"{e.method} {e.path}" for e in self.exchanges})
                self.refused.append(f"{method} {path}: no recording answers it; recorded: {', '.join(known)}")
            return found

    def _find(self, among: list[Exchange], method: str, path: str, body: bytes) -> Exchange | None:
        meaning = _meaning(body)
        for exchange in among:
            if (exchange.method, exchange.path) == (method, path) and (
                self._match == "order" or _meaning(exchange.request) == meaning
            ):
                return exchange
        return None

    def write(self, handler: BaseHTTPRequestHandler, exchange: Exchange) -> None:
        """Answers as it was recorded: a stream event by event."""
        handler.send_response(exchange.status)
        for name, value in exchange.headers:
            handler.send_header(name, value)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in _pieces(exchange):
            if exchange.streams():
                time.sleep(self._pause_s)
            if piece:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n")


def _handler(server: ReplayServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def replay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = server.answer(self.command, self.path, body)
            if found:
                server.write(self, found)
                return
            text = json.dumps({"error": {"message": server.refused[-1], "type": "no_recording"}}).encode()
            self.send_response(404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = replay

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves recorded exchanges with a model provider.")
    parser.add_argument(
        "cassettes", nargs="+", type=Path, metavar="CASSETTE", help="a cassette, or a folder of them"
    )
    parser.add_argument(
        "--match", choices=("body", "order"), default="body", help="how a request finds its answer"
    )
    parser.add_argument(
        "--pause", type=float, default=0.0, metavar="SECONDS", help="before each event of a stream"
    )
    options = parser.parse_args()
    server = ReplayServer(*options.cassettes, match=options.match, pause_s=options.pause)
    print(server.port, flush=True)
    try:
        server.wait()
    except KeyboardInterrupt:
        server.close()


if __name__ == "__main__":
    main()
