"""Clients whose methods are traced one by one, with the arguments they are called with."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable

from oat.integrations._calls import Call, quiet
from oat.integrations._endpoint import Endpoint

# Types of arguments that stand for none.
_NOT_GIVEN = ("Unset", "_Unset", "ellipsis", "NotGiven", "Omit")

# The attribute of a stream that has its iterator: of `mistralai`. Other streams are iterators themselves.
_ITERATOR = "generator"


def wrapper(endpoint: Endpoint, provider: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """What makes a traced method of one that is a function, a coroutine or a generator of either kind."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        begin = functools.partial(_begin, inspect.signature(original), endpoint, provider)
        if inspect.isasyncgenfunction(original):
            return _wrap_async_generator(original, endpoint, begin)
        if inspect.iscoroutinefunction(original):
            return _wrap_coroutine(original, endpoint, begin)
        return _wrap_function(original, endpoint, begin)

    return wrap


@quiet
def _begin(
    signature: inspect.Signature,
    endpoint: Endpoint,
    provider: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    given = signature.bind(*args, **kwargs).arguments
    request = {
        name: value
        for name, value in given.items()
        if name not in ("self", "request_options")
        and value is not None
        and type(value).__name__ not in _NOT_GIVEN
    }
    return Call(endpoint.name, endpoint.span_type, provider, request, request.get("model"))


def _take(call: Call, endpoint: Endpoint, result: Any, later: bool) -> Any:
    """What the caller gets: the result, or what looks at its pieces as they pass."""
    iterator = getattr(result, _ITERATOR, None)
    if endpoint.assembly is None or (iterator is None and not inspect.isgenerator(result)):
        call.finish(result)
        return result
    pieces = call.pieces_later if later else call.pieces
    call.detach()
    if iterator is None:
        return pieces(result, endpoint.assembly())
    setattr(result, _ITERATOR, pieces(iterator, endpoint.assembly()))
    return result


def _wrap_function(
    original: Callable[..., Any], endpoint: Endpoint, begin: Callable[..., Any]
) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        return _take(call, endpoint, result, later=False)

    return method


def _wrap_coroutine(
    original: Callable[..., Any], endpoint: Endpoint, begin: Callable[..., Any]
) -> Callable[..., Any]:
    async def method(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return await original(*args, **kwargs)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            call.fail(error)
            raise
        return _take(call, endpoint, result, later=True)

    return method


def _wrap_async_generator(
    original: Callable[..., Any], endpoint: Endpoint, begin: Callable[..., Any]
) -> Callable[..., Any]:
    async def method(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        pieces = original(*args, **kwargs)
        if call is not None and endpoint.assembly is not None:
            call.detach()
            pieces = call.pieces_later(pieces, endpoint.assembly())
        async for piece in pieces:
            yield piece

    return method
