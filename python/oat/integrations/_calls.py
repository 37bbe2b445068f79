"""A call of a model as a span: its request, its answer whole or in pieces, its usage.

Nothing here raises: a call that cannot be recorded is a call like any other.
"""

from __future__ import annotations

import contextvars
import functools
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable, Protocol, TypeVar

from oat._native import Site, Span

_F = TypeVar("_F", bound=Callable[..., Any])

_SITES_KEPT = 256
_TEXT_MAX_CHARS = 1_000  # of a vector in base64 there are more
_USAGE_MEMBERS = ("usage", "service_tier", "usageMetadata", "usage_metadata", "meta")
_sites: dict[tuple[str, str, str], Site] = {}

# The span of a framework whose stream calls a model at its first step, when the span is not current any more.
awaited: contextvars.ContextVar[Span | None] = contextvars.ContextVar("oat.awaited", default=None)


def quiet(function: _F) -> _F:
    """A function that answers None instead of raising."""

    @functools.wraps(function)
    def quietly(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:
            return None

    return quietly  # type: ignore[return-value]


def plain(value: Any) -> Any:
    """A model of a client package as what it was read from: members that were not sent are left out."""
    dump = getattr(value, "model_dump", None)
    if dump is None:
        return value
    try:
        return dump(mode="json", exclude_unset=True, by_alias=True, warnings=False)
    except Exception:
        return dump()


class Assembly(Protocol):
    """Puts an answer together from its pieces."""

    def add(self, piece: dict[str, Any]) -> bool:
        """Takes the next piece. Returns True when it has something of the answer itself."""

    def answer(self) -> dict[str, Any]:
        """The answer as far as it came, in the form of one that is not streamed."""


class Call:
    """A span of a call that is under way.

    Args:
        name: The span's name: "openai.chat.completions.create".
        span_type: "llm", "embedding" or "rerank".
        provider: Whose model it is.
        request: What is sent.
        model: What is asked for.
    """

    def __init__(self, name: str, span_type: str, provider: str, request: Any, model: object) -> None:
        self._started = time.perf_counter()
        self._asked = model if isinstance(model, str) else None
        self.span = _start(_site(name, span_type, provider))
        self._begin(request)

    @quiet
    def _begin(self, request: Any) -> None:
        if self._asked:
            self.span._set_field("model", self._asked)
        self.span.set_input(request)

    def detach(self) -> None:
        """The caller goes on while the answer comes in pieces: the span is not current any more."""
        self.span._suspend()

    def fail(self, error: BaseException) -> None:
        """The call ended with an exception."""
        self.span._fail(error)

    def first(self) -> None:
        """The first piece of the answer came."""
        self.span._set_ttft(time.perf_counter() - self._started)

    def finish(self, answer: Any) -> None:
        """The call ended with an answer: a model or a dict."""
        self._note(answer)
        self.span.end()

    @quiet
    def _note(self, answer: Any) -> None:
        members = plain(answer)
        if isinstance(members, dict):
            describe(self.span, members, self._asked)
        if members is not None:
            self.span.set_output(without_vectors(members) if self.span.span_type == "embedding" else members)

    def pieces(self, iterator: Iterator[Any], assembly: Assembly) -> Iterator[Any]:
        """The pieces of an answer on their way to the caller, unchanged."""
        watch = Watch(self, assembly)
        try:
            for piece in iterator:
                watch.see(piece)
                yield piece
        except GeneratorExit:
            watch.end()
            raise
        except BaseException as error:
            watch.fail(error)
            raise
        watch.end()

    async def pieces_later(self, iterator: AsyncIterator[Any], assembly: Assembly) -> AsyncIterator[Any]:
        """As `pieces`."""
        watch = Watch(self, assembly)
        try:
            async for piece in iterator:
                watch.see(piece)
                yield piece
        except GeneratorExit:
            watch.end()
            raise
        except BaseException as error:
            watch.fail(error)
            raise
        watch.end()


def describe(span: Span, answer: dict[str, Any], asked: str | None = None) -> None:
    """Gives a span the usage, the model and the id that a provider's answer names.

    Args:
        span: The call's.
        answer: In the form of its provider.
        asked: The model that was asked for, which aliases make another one.
    """
    span.set_usage({name: answer[name] for name in _USAGE_MEMBERS if answer.get(name)})
    model = answer.get("model") or answer.get("modelVersion")
    if isinstance(model, str) and model:
        span._set_field("model", model)
        if asked and model != asked:
            span.metadata["request.model"] = asked
    if isinstance(answer.get("id"), str):
        span._set_call_id(answer["id"])


class Watch:
    """Looks at the pieces of an answer as they pass."""

    def __init__(self, call: Call, assembly: Assembly) -> None:
        self._call = call
        self._assembly = assembly
        self._began = False

    @quiet
    def see(self, piece: Any) -> None:
        members = plain(piece)
        if isinstance(members, dict) and self._assembly.add(members) and not self._began:
            self._began = True
            self._call.first()

    @quiet
    def _answer(self) -> dict[str, Any]:
        return self._assembly.answer()

    def end(self) -> None:
        self._call.finish(self._answer())

    def fail(self, error: BaseException) -> None:
        self._call._note(self._answer())
        self._call.fail(error)


def without_vectors(value: Any) -> Any:
    """An answer of an embedding model with a word for each vector."""
    if isinstance(value, dict):
        return {name: without_vectors(member) for name, member in value.items()}
    if isinstance(value, str) and len(value) > _TEXT_MAX_CHARS:
        return f"[{len(value)} characters]"
    if not isinstance(value, list):
        return value
    if len(value) > 8 and all(isinstance(item, (int, float)) for item in value):
        return f"[{len(value)} numbers]"
    return [without_vectors(item) for item in value]


def _site(name: str, span_type: str, provider: str) -> Site:
    key = (name, span_type, provider)
    site = _sites.get(key)
    if site is None:
        site = Site(name, span_type, {"provider": provider})
        if len(_sites) < _SITES_KEPT:
            _sites[key] = site
    return site


def _start(site: Site) -> Span:
    """Starts a call's span below what is current, or below what awaits it; then it is not current here."""
    parent = awaited.get()
    if parent is None or not parent.is_recording:
        return site.start()
    awaited.set(None)
    return contextvars.copy_context().run(_start_below, parent, site)


def _start_below(parent: Span, site: Site) -> Span:
    parent._resume()
    return site.start()
