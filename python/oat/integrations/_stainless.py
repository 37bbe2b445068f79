"""Clients that Stainless generates (`openai`, `anthropic`): each call goes through `request` of one class.

There the body is as it is sent, and what comes back is what the caller gets: a model, a stream, or a
response that is not parsed yet. One place covers all methods, `with_raw_response`, retries, and clients that
were made before the patch.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any, Callable

from oat.integrations._calls import Call, quiet
from oat.integrations._endpoint import Endpoint
from oat.integrations._patches import Patches

# Types of arguments that stand for none.
_NOT_GIVEN = ("NotGiven", "Omit")


@dataclasses.dataclass(frozen=True)
class Dialect:
    """What differs between the packages.

    Attributes:
        endpoints: By the path of their requests.
        provider: Whose model a client calls.
    """

    endpoints: dict[str, Endpoint]
    provider: Callable[[Any], str]


def patch(patches: Patches, base_client: Any, dialect: Dialect) -> None:
    """Replaces `request` of the package's two base classes."""
    patches.replace(base_client.SyncAPIClient, "request", functools.partial(_wrap, dialect))
    patches.replace(base_client.AsyncAPIClient, "request", functools.partial(_wrap_async, dialect))


@quiet
def _begin(dialect: Dialect, client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call that a request is, and its endpoint; None: it is none that is traced."""
    options = kwargs["options"] if "options" in kwargs else args[1]
    path = str(options.url).split("?", 1)[0]
    endpoint = dialect.endpoints.get("/" + path.lstrip("/"))
    if endpoint is None or str(options.method).lower() != "post":
        return None
    body = options.json_data
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if type(value).__name__ not in _NOT_GIVEN}
    model = body.get("model") if isinstance(body, dict) else None
    return Call(endpoint.name, endpoint.span_type, dialect.provider(client), body, model), endpoint


def _wrap(dialect: Dialect, original: Callable[..., Any]) -> Callable[..., Any]:
    def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        begun = _begin(dialect, self, args, kwargs)
        if begun is None:
            return original(self, *args, **kwargs)
        call, endpoint = begun
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        _take(call, endpoint, result, bool(kwargs.get("stream")), call.pieces)
        return result

    return request


def _wrap_async(dialect: Dialect, original: Callable[..., Any]) -> Callable[..., Any]:
    async def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        begun = _begin(dialect, self, args, kwargs)
        if begun is None:
            return await original(self, *args, **kwargs)
        call, endpoint = begun
        try:
            result = await original(self, *args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        _take(call, endpoint, result, bool(kwargs.get("stream")), call.pieces_later)
        return result

    return request


def _take(call: Call, endpoint: Endpoint, result: Any, streams: bool, pieces: Callable[..., Any]) -> None:
    """Looks at what the caller gets, or has it looked at on its way."""
    try:
        raw = getattr(result, "http_response", None)
        if not streams:
            call.finish(result if raw is None else json.loads(raw.content))
        elif raw is None:
            _watch(call, endpoint, result, pieces)
        else:
            _watch_parsed(call, endpoint, result, pieces)
    except Exception:
        call.finish(None)


def _watch(call: Call, endpoint: Endpoint, stream: Any, pieces: Callable[..., Any]) -> None:
    if endpoint.assembly is None:
        call.finish(None)
        return
    call.detach()
    stream._iterator = pieces(stream._iterator, endpoint.assembly())


def _watch_parsed(call: Call, endpoint: Endpoint, response: Any, pieces: Callable[..., Any]) -> None:
    """A raw response of a stream: that is made when the caller has it parsed."""
    call.detach()
    parse = response.parse
    seen: list[Any] = []

    @functools.wraps(parse)
    def parse_and_watch(*args: Any, **kwargs: Any) -> Any:
        stream = parse(*args, **kwargs)
        if not seen and hasattr(stream, "_iterator"):
            seen.append(stream)
            _watch(call, endpoint, stream, pieces)
        return stream

    response.parse = parse_and_watch
