"""A proxy between a program in any language and its model providers, which records the calls.

It listens on the loopback interface and hands requests on to the providers alone, with the headers they came
with.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import http.server
import json
import os
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from oat._context import context
from oat.integrations import anthropic, openai
from oat.integrations._calls import Call, Watch, quiet
from oat.integrations._endpoint import Endpoint

_BODY_MAX_BYTES = 256 << 20
_ERROR_MAX_BYTES = 16 << 10
_PIECE_BYTES = 64 << 10
_TIMEOUT_SECONDS = 900.0
_GZIP = 16 + zlib.MAX_WBITS
_WITHOUT_BODY = (204, 304)
_OF_ONE_CONNECTION = (
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)


@dataclasses.dataclass(frozen=True)
class Provider:
    """A provider whose clients take its address from the environment.

    Attributes:
        name: What spans call it; also where the proxy has it.
        variable: The environment's.
        address: Where it is when the variable says nothing.
        endpoints: What is recorded, by paths below the address.
    """

    name: str
    variable: str
    address: str
    endpoints: Mapping[str, Endpoint]


PROVIDERS = (
    Provider("openai", "OPENAI_BASE_URL", "https://api.openai.com/v1", openai.ENDPOINTS),
    Provider("anthropic", "ANTHROPIC_BASE_URL", "https://api.anthropic.com", anthropic.ENDPOINTS),
)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is the program's to follow."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follows none."""


_opener = urllib.request.build_opener(_NoRedirect)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """A connection that breaks is the program's affair."""


class _Events:
    """The JSON of server-sent events, out of bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, piece: bytes) -> Iterator[Any]:
        """The events that are whole by now."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                with contextlib.suppress(ValueError):  # "[DONE]"
                    yield json.loads(line[5:])


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of the program."""

    protocol_version = "HTTP/1.1"
    upstream: dict[str, str]  # by the providers' names
    traceparent: str | None

    def _pass_on(self) -> None:
        name, _, rest = self.path[1:].partition("/")
        provider = next((known for known in PROVIDERS if known.name == name), None)
        if provider is None:
            self._refuse(404, f"no provider has the path {self.path}")
            return
        try:
            body = self._body()
        except ValueError as error:
            self._refuse(400, str(error))
            return
        with self._place():
            self._ask(provider, f"/{rest}", body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

    def _place(self) -> context:
        """Where the request belongs: in the trace that it names, else below the program."""
        given = self.headers["traceparent"] or self.headers["X-Trace-ID"] or self.traceparent
        try:
            return context(trace_id=given)
        except ValueError:
            return context(trace_id=self.traceparent)

    def _body(self) -> bytes:
        """What the request brings.

        Raises:
            ValueError: It is too much, or is not framed as HTTP has it.
        """
        if "chunked" not in (self.headers["Transfer-Encoding"] or "").lower():
            return self._read(int(self.headers["Content-Length"] or 0))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self._read(size, len(body))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _read(self, size: int, before: int = 0) -> bytes:
        if not 0 <= size <= _BODY_MAX_BYTES - before:
            raise ValueError(f"expected a body of at most {_BODY_MAX_BYTES} bytes")
        return self.rfile.read(size)

    def _ask(self, provider: Provider, path: str, body: bytes) -> None:
        call, endpoint = _begin(provider, self.command, path, body) or (None, None)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _OF_ONE_CONNECTION}
        request = urllib.request.Request(
            self.upstream[provider.name] + path,
            data=body or None,
            headers={**headers, "Accept-Encoding": "identity"},
            method=self.command,
        )
        try:
            response = _opener.open(request, timeout=_TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            response = error
        except (OSError, http.client.HTTPException) as error:
            if call is not None:
                call.fail(error)
            self._refuse(502, f"{self.upstream[provider.name]}: {error}")
            return
        with response:
            self._answer(response, _Recording(call, endpoint, response))

    def _answer(self, response: Any, recording: _Recording) -> None:
        """Hands an answer on as it comes."""
        length = response.headers["Content-Length"]
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in (*_OF_ONE_CONNECTION, "date", "server"):
                self.send_header(name, value)
        chunked = length is None and response.status not in _WITHOUT_BODY
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()
        try:
            while piece := response.read1(_PIECE_BYTES):
                recording.see(piece)
                self.wfile.write(piece if not chunked else b"%x\r\n%b\r\n" % (len(piece), piece))
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        except (OSError, http.client.HTTPException) as error:
            recording.fail(error)
            self.close_connection = True
            return
        recording.end()

    def _refuse(self, status: int, reason: str) -> None:
        body = json.dumps({"error": {"message": f"oat run: {reason}", "type": "proxy_error"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing of each request."""


@quiet
def _begin(provider: Provider, method: str, path: str, body: bytes) -> Any:
    """The call that a request is, and its endpoint; None: it is none that is recorded."""
    endpoint = provider.endpoints.get(path.partition("?")[0])
    if endpoint is None or method != "POST":
        return None
    request = json.loads(body)
    return Call(endpoint.name, endpoint.span_type, provider.name, request, request.get("model")), endpoint


class _Recording:
    """What is recorded of an answer, while it passes."""

    def __init__(self, call: Call | None, endpoint: Endpoint | None, response: Any) -> None:
        self._call = call
        self._status: int = response.status
        self._bytes = bytearray()
        self._unzip = zlib.decompressobj(_GZIP) if response.headers["Content-Encoding"] == "gzip" else None
        self._events: _Events | None = None
        self._watch: Watch | None = None
        streams = "event-stream" in (response.headers["Content-Type"] or "")
        if call is not None and endpoint is not None and endpoint.assembly is not None and streams:
            self._events, self._watch = _Events(), Watch(call, endpoint.assembly())

    def _plain(self, piece: bytes) -> bytes:
        """Providers are asked not to compress; some do."""
        try:
            return self._unzip.decompress(piece) if self._unzip else piece
        except zlib.error:
            return b""

    def see(self, piece: bytes) -> None:
        """Takes the next piece."""
        if self._watch is not None and self._events is not None:
            for event in self._events.take(self._plain(piece)):
                self._watch.see(event)
        elif self._call is not None:
            self._bytes += self._plain(piece)

    def end(self) -> None:
        """The answer is whole."""
        if self._call is None:
            return
        if self._status >= 400:
            text = self._bytes[:_ERROR_MAX_BYTES].decode(errors="replace")
            self._call.span.set_error(f"HTTP {self._status}: {text}")
            self._call.span.end()
        elif self._watch is not None:
            self._watch.end()
        else:
            self._call.finish(_json(bytes(self._bytes)))

    def fail(self, error: BaseException) -> None:
        """The answer was cut off, by either side."""
        if self._watch is not None:
            self._watch.fail(error)
        elif self._call is not None:
            self._call.fail(error)


@quiet
def _json(text: bytes) -> Any:
    return json.loads(text)


@contextlib.contextmanager
def proxy(traceparent: str | None) -> Iterator[dict[str, str]]:
    """Runs the proxy.

    Args:
        traceparent: Calls that name no trace are below this one.

    Yields:
        The variables of the environment that lead to it.
    """
    upstream = {known.name: os.environ.get(known.variable) or known.address for known in PROVIDERS}
    upstream = {name: url.rstrip("/") for name, url in upstream.items()}
    handler = type("Handler", (_Handler,), {"upstream": upstream, "traceparent": traceparent})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, name="oat-proxy", daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield {known.variable: f"{address}/{known.name}" for known in PROVIDERS}
        finally:
            server.shutdown()
