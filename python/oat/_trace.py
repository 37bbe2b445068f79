"""Tracing functions and blocks: `@trace`, its siblings by kind, and `span`."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any, Callable, Protocol, TypeVar, overload

from oat._native import Site, Span

_F = TypeVar("_F", bound=Callable[..., Any])

_ITEMS_KEPT = 10_000
_SITES_KEPT = 1_024
_KEYWORDS = ("name", "capture_input", "capture_output", "model", "service_provider", "operation")
_sites: dict[tuple[str, str], Site] = {}


def _fields(
    span_type: str, name: str, model: str | None, provider: str | None, operation: str | None
) -> dict[str, str]:
    fields = {"model": model, "provider": provider, "operation": operation}
    if span_type == "agent":
        fields["agent"] = name
    return {key: str(value) for key, value in fields.items() if value is not None}


def span(
    name: str,
    span_type: str = "chain",
    *,
    metadata: dict[str, Any] | None = None,
    model: str | None = None,
    service_provider: str | None = None,
    operation: str | None = None,
) -> Span:
    """A span for a `with` or `async with` block.

    Args:
        name: What it is called.
        span_type: One of the 14 types.
        metadata: Attributes it begins with.
        model: The model that is called.
        service_provider: Whose it is: "openai".
        operation: What is done: "select", "read".

    Returns:
        The span. It starts with the block, as a child of the current span, and ends with it; an exception
        that leaves the block makes it a failed one.
    """
    if metadata is None and model is None and service_provider is None and operation is None:
        site = _sites.get((name, span_type))
        if site is None:
            site = Site(name, span_type, _fields(span_type, name, None, None, None))
            if len(_sites) < _SITES_KEPT:
                _sites[(name, span_type)] = site
        return site.span()
    return Site(
        name, span_type, _fields(span_type, name, model, service_provider, operation), metadata
    ).span()


@overload
def trace(function: _F, /) -> _F: ...
@overload
def trace(
    *,
    name: str | None = None,
    span_type: str = "chain",
    metadata: dict[str, Any] | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
    model: str | None = None,
    service_provider: str | None = None,
    operation: str | None = None,
) -> Callable[[_F], _F]: ...
def trace(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    span_type: str = "chain",
    metadata: dict[str, Any] | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
    model: str | None = None,
    service_provider: str | None = None,
    operation: str | None = None,
) -> Any:
    """Records every call of a function as a span.

    Works on functions, coroutine functions, generators and asynchronous generators, with or without arguments
    of its own. What the function returns or raises reaches its caller unchanged. A span of a generator lasts
    until that has ended, and is current only while it works.

    Args:
        function: The function, when the decorator stands bare.
        name: The span's name; the function's qualified name unless given.
        span_type: One of the 14 types.
        metadata: Attributes of every span.
        capture_input: Record the arguments, but for `self`, `cls` and those that are named like secrets.
        capture_output: Record the result.
        model: The model that is called.
        service_provider: Whose it is: "openai".
        operation: What is done: "select", "read".

    Returns:
        The traced function, or a decorator that makes one.
    """

    def decorate(wrapped: Any) -> Any:
        if isinstance(wrapped, (staticmethod, classmethod)):
            return type(wrapped)(decorate(wrapped.__func__))
        called = name or getattr(wrapped, "__qualname__", None) or type(wrapped).__qualname__
        fields = _fields(span_type, called, model, service_provider, operation)
        params, rest = _parameters(wrapped)
        site = Site(called, span_type, fields, metadata, capture_input, capture_output, params, rest)
        return _wrap(wrapped, site)

    return decorate if function is None else decorate(function)


def _parameters(function: Any) -> tuple[tuple[str, ...], str | None]:
    """What arguments by position are called, and what the rest of them is."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return (), None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    rest = [p.name for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]
    return tuple(p.name for p in parameters if p.kind in positional), rest[0] if rest else None


def _wrap(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(function, site)
    if inspect.isgeneratorfunction(function):
        return _wrap_generator(function, site)
    if inspect.iscoroutinefunction(function):
        return _wrap_coroutine(function, site)
    return _wrap_function(function, site)


def _wrap_function(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    start = site.start

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        span = start(args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            span._fail(error)
            raise
        span._finish(result)
        return result

    return traced


def _wrap_coroutine(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    start = site.start

    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> Any:
        span = start(args, kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            span._fail(error)
            raise
        span._finish(result)
        return result

    return traced


class _Items:
    """What a generator has yielded: text when all of it is text, else a list."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._kept: list[Any] = []
        self._count = 0
        self._started = time.perf_counter()

    def add(self, item: Any) -> None:
        if self._count == 0 and self._span.span_type == "llm":
            self._span._set_ttft(time.perf_counter() - self._started)
        self._count += 1
        if self._count <= _ITEMS_KEPT:
            self._kept.append(item)

    def output(self) -> Any:
        if self._kept and all(isinstance(item, str) for item in self._kept):
            return "".join(self._kept)
        if self._count > _ITEMS_KEPT:
            return [*self._kept, f"[{self._count - _ITEMS_KEPT} more]"]
        return self._kept


def _wrap_generator(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        span = site.start(args, kwargs)
        items = _Items(span)
        try:
            generator = function(*args, **kwargs)
            step, given = generator.send, None
            while True:
                try:
                    item = step(given)
                except StopIteration as stop:
                    span._finish(items.output())
                    return stop.value
                items.add(item)
                span._suspend()
                try:
                    step, given = generator.send, (yield item)
                except GeneratorExit:
                    span._resume()
                    generator.close()
                    span._finish(items.output())
                    raise
                except BaseException as error:
                    step, given = generator.throw, error
                span._resume()
        except BaseException as error:
            span._fail(error)
            raise

    return traced


def _wrap_async_generator(function: Callable[..., Any], site: Site) -> Callable[..., Any]:
    @functools.wraps(function)
    async def traced(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        span = site.start(args, kwargs)
        items = _Items(span)
        try:
            generator = function(*args, **kwargs)
            step, given = generator.asend, None
            while True:
                try:
                    item = await step(given)
                except StopAsyncIteration:
                    span._finish(items.output())
                    return
                items.add(item)
                span._suspend()
                try:
                    step, given = generator.asend, (yield item)
                except GeneratorExit:
                    span._resume()
                    await generator.aclose()
                    span._finish(items.output())
                    raise
                except BaseException as error:
                    step, given = generator.athrow, error
                span._resume()
        except BaseException as error:
            span._fail(error)
            raise

    return traced


class _Kind(Protocol):
    """What a decorator of one kind takes."""

    @overload
    def __call__(self, function: _F, /) -> _F: ...
    @overload
    def __call__(self, name: str | None = None, /, **keywords: Any) -> Callable[[_F], _F]: ...


def _define(span_type: str, what: str) -> _Kind:
    def decorator(
        function: Callable[..., Any] | str | None = None,
        /,
        *,
        metadata: dict[str, Any] | None = None,
        **keywords: Any,
    ) -> Any:
        if isinstance(function, str):
            keywords["name"], function = function, None
        known = {key: keywords.pop(key) for key in _KEYWORDS if key in keywords}
        decorate = trace(span_type=span_type, metadata={**keywords, **(metadata or {})} or None, **known)
        return decorate if function is None else decorate(function)

    decorator.__name__ = decorator.__qualname__ = f"trace_{span_type}"
    decorator.__doc__ = f"""As `trace`, for {what}.

    A text may stand for `name=`. Keywords that `trace` does not know become attributes.
    """
    return decorator


trace_llm = _define("llm", "calls of a model: `@trace_llm(model=, service_provider=)`")
trace_tool = _define("tool", "tools")
trace_database = _define("database", "databases: `@trace_database(operation=)`")
trace_retrieval = _define("retrieval", "searches: `@trace_retrieval(collection=)`")
trace_memory = _define("memory", "an agent's memory: `@trace_memory(operation=)`")
trace_http = _define("http", "requests: `@trace_http(method=)`")
trace_cache = _define("cache", "caches: `@trace_cache(operation=)`")
trace_file_io = _define("file_io", "files: `@trace_file_io(operation=)`")
trace_embedding = _define("embedding", "embeddings: `@trace_embedding(model=)`")
trace_rerank = _define("rerank", "reranking: `@trace_rerank(model=)`")
trace_handoff = _define("handoff", "handing over to another agent")
trace_agent = _define("agent", "agents")
