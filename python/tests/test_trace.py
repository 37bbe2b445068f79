"""Decorators and blocks: what is recorded, and that the traced code does not notice."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

import oat
import pytest
from conftest import Recorded


@oat.trace
def add(a: int, b: int = 2) -> int:
    return a + b


def test_a_bare_decorator_records_name_arguments_and_result(recorded: Recorded) -> None:
    assert add(1) == 3
    span = recorded.span("add")
    assert (span.span_type, span.status) == ("chain", "success")
    assert (span.inputs, span.outputs) == ({"a": 1}, 3)
    assert span.parent_span_id is None


def test_the_default_name_is_the_qualified_one(recorded: Recorded) -> None:
    class Tool:
        @oat.trace
        def run(self) -> None: ...

    Tool().run()
    assert recorded.spans()[0].name == "test_the_default_name_is_the_qualified_one.<locals>.Tool.run"


def test_a_traced_function_is_still_the_function_it_was() -> None:
    async def coroutine() -> None: ...

    def generator() -> Iterator[int]:
        yield 1

    async def async_generator() -> AsyncIterator[int]:
        yield 1

    assert inspect.iscoroutinefunction(oat.trace(coroutine))
    assert inspect.isgeneratorfunction(oat.trace(generator))
    assert inspect.isasyncgenfunction(oat.trace(async_generator))
    assert inspect.isfunction(add) and add.__name__ == "add"
    assert list(inspect.signature(add).parameters) == ["a", "b"]
    assert pickle.loads(pickle.dumps(add)) is add


def test_nesting_makes_one_trace_also_for_agents(recorded: Recorded) -> None:
    @oat.trace(name="inner", span_type="agent")
    def inner() -> None: ...

    @oat.trace(name="outer", span_type="agent")
    def outer() -> None:
        inner()

    outer()
    (trace,) = recorded.traces()
    assert [span.name for span in trace.spans] == ["outer", "inner"]
    assert trace.spans[1].parent_span_id == trace.spans[0].span_id
    assert trace.spans[0].agent == "outer"


def test_an_exception_reaches_the_caller_and_is_recorded(recorded: Recorded) -> None:
    error = ValueError("no such city")

    @oat.trace(name="fails")
    def fails() -> None:
        raise error

    with pytest.raises(ValueError) as caught:
        fails()
    assert caught.value is error
    span = recorded.span("fails")
    assert span.status == "error"
    assert span.error is not None and span.error.startswith("ValueError: no such city\n")
    assert "test_trace.py" in span.error and "oat/_trace.py" not in span.error


def test_a_cancelled_task_is_an_error_and_stays_cancelled(recorded: Recorded) -> None:
    @oat.trace(name="waits")
    async def waits() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert recorded.span("waits").status == "error"


def test_an_exit_without_a_code_is_no_error(recorded: Recorded) -> None:
    @oat.trace(name="leaves")
    def leaves() -> None:
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        leaves()
    assert recorded.span("leaves").status == "success"


def test_tasks_that_run_side_by_side_keep_to_their_own_spans(recorded: Recorded) -> None:
    @oat.trace(name="leaf")
    async def leaf(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @oat.trace(name="branch")
    async def branch(number: int) -> int:
        await asyncio.sleep(0)
        return await leaf(number)

    @oat.trace(name="root")
    async def root() -> list[int]:
        return list(await asyncio.gather(*(branch(number) for number in range(20))))

    assert asyncio.run(root()) == list(range(20))
    (trace,) = recorded.traces()
    by_id = {span.span_id: span for span in trace.spans}
    leaves = [span for span in trace.spans if span.name == "leaf"]
    assert len(leaves) == 20
    for span in leaves:
        assert by_id[span.parent_span_id or ""].inputs == span.inputs


def test_a_generator_span_lasts_until_its_end_and_is_current_only_while_it_works(recorded: Recorded) -> None:
    @oat.trace(name="counts")
    def counts(n: int) -> Iterator[int]:
        for i in range(n):
            with oat.span("inside"):
                pass
            yield i

    @oat.trace(name="consumer")
    def consumer() -> int:
        total = 0
        for number in counts(2):
            with oat.span("between"):
                total += number
        return total

    assert consumer() == 1
    spans = {span.span_id: span for span in recorded.spans()}
    parents = [(s.name, spans[s.parent_span_id].name) for s in spans.values() if s.parent_span_id]
    assert sorted(parents) == [
        ("between", "consumer"),
        ("between", "consumer"),
        ("counts", "consumer"),
        ("inside", "counts"),
        ("inside", "counts"),
    ]
    assert recorded.span("counts").outputs == [0, 1]


def test_a_generator_is_sent_thrown_into_and_closed_as_before(recorded: Recorded) -> None:
    def echo() -> Any:
        got: list[object] = []
        while True:
            try:
                got.append((yield got[-1] if got else None))
            except KeyError as error:
                got.append(error.args[0])
            except ValueError:
                return "done"

    def drive(generator: Any) -> list[object]:
        said = [next(generator), generator.send("a"), generator.throw(KeyError("b"))]
        with pytest.raises(StopIteration) as stop:
            generator.throw(ValueError())
        return [*said, stop.value.value]

    assert drive(oat.trace(echo)()) == drive(echo()) == [None, "a", "b", "done"]
    half_used = oat.trace(name="half used")(echo)()
    next(half_used)
    half_used.close()
    assert recorded.span("half used").status == "success"
    forgotten = oat.trace(name="forgotten")(echo)()
    next(forgotten)
    del forgotten
    gc.collect()
    assert recorded.span("forgotten").status == "success"


def test_an_async_generator_of_a_model_has_its_text_and_its_first_token(recorded: Recorded) -> None:
    @oat.trace_llm(name="streams", model="gpt-4o-mini", service_provider="openai")
    async def streams() -> AsyncIterator[str]:
        yield "Hel"
        await asyncio.sleep(0.01)
        yield "lo"

    async def main() -> str:
        return "".join([part async for part in streams()])

    assert asyncio.run(main()) == "Hello"
    span = recorded.span("streams")
    assert (span.outputs, span.model, span.provider) == ("Hello", "gpt-4o-mini", "openai")
    assert span.ttft_ms is not None and span.duration_ms is not None and span.ttft_ms < span.duration_ms


def test_methods_drop_self_and_cls(recorded: Recorded) -> None:
    class Tool:
        @oat.trace(name="method")
        def method(self, x: int) -> int:
            return x

        @oat.trace(name="class")
        @classmethod
        def of_class(cls, x: int) -> int:
            return x

        @staticmethod
        @oat.trace(name="static")
        def static(x: int) -> int:
            return x

    assert (Tool().method(1), Tool.of_class(2), Tool.static(3)) == (1, 2, 3)
    assert [span.inputs for span in recorded.spans()] == [{"x": 1}, {"x": 2}, {"x": 3}]


@pytest.mark.parametrize(
    ("decorator", "span_type"),
    [
        (oat.trace_llm(name="f"), "llm"),
        (oat.trace_tool("f"), "tool"),
        (oat.trace_database(name="f", operation="select"), "database"),
        (oat.trace_retrieval(name="f", collection="kb"), "retrieval"),
        (oat.trace_guardrail(name="f", action="check"), "guardrail"),
        (oat.trace_memory(name="f", operation="read"), "memory"),
        (oat.trace_http(name="f", method="POST"), "http"),
        (oat.trace_cache(name="f", operation="get"), "cache"),
        (oat.trace_file_io(name="f", operation="read"), "file_io"),
        (oat.trace(name="f", span_type="handoff"), "handoff"),
        (oat.trace_embedding(name="f"), "embedding"),
        (oat.trace_rerank(name="f"), "rerank"),
        (oat.trace_agent(name="f"), "agent"),
        (oat.trace(name="f"), "chain"),
    ],
)
def test_each_kind_has_its_decorator(decorator: Any, span_type: str, recorded: Recorded) -> None:
    assert decorator(lambda: None)() is None
    assert recorded.span("f").span_type == span_type


def test_what_a_decorator_says_is_on_the_span(recorded: Recorded) -> None:
    oat.trace_retrieval(name="search", collection="kb")(lambda: None)()
    oat.trace_database(name="query", operation="select")(lambda: None)()
    oat.trace(name="tried", metadata={"experiment": "v2", "user_id": "123"})(lambda: None)()
    assert recorded.span("search").attributes == {"collection": "kb"}
    assert recorded.span("query").operation == "select"
    assert recorded.span("tried").attributes == {"experiment": "v2", "user_id": "123"}


def test_a_guardrail_says_whether_it_stepped_in(recorded: Recorded) -> None:
    @oat.trace_guardrail(name="refuses", action="block")
    def refuses() -> None:
        raise PermissionError("no")

    @oat.trace_guardrail(name="async", action="check")
    async def later() -> dict[str, bool]:
        return {"flagged": False}

    assert oat.trace_guardrail(name="passes")(lambda: True)() is True
    assert oat.trace_guardrail(name="stops")(lambda: False)() is False
    asyncio.run(later())
    with pytest.raises(PermissionError):
        refuses()
    verdicts = {span.name: span.metadata for span in recorded.spans()}
    assert verdicts == {
        "passes": {"guardrail.triggered": False},
        "stops": {"guardrail.triggered": True},
        "async": {"guardrail.triggered": False, "guardrail.action": "check"},
        "refuses": {"guardrail.triggered": True, "guardrail.action": "block"},
    }


def test_a_block_says_what_it_likes(recorded: Recorded) -> None:
    with oat.span("block", span_type="llm", model="gpt-4o-mini", service_provider="openai") as span:
        span.set_input([{"role": "user", "content": "hi"}])
        span.set_output("hello")
        span.set_usage(prompt_tokens=1000, completion_tokens=10, cached_tokens=200)
        span.metadata["tier"] = "pro"
        span.add_event("retried", {"after": 1.5})
        assert span.is_recording and span.trace_id == oat.get_current_trace_id()
    assert not span.is_recording
    read = recorded.span("block")
    assert read.inputs == [{"role": "user", "content": "hi"}] and read.outputs == "hello"
    assert read.metadata == {"tier": "pro"}
    assert [(event["name"], event["attributes"]) for event in read.events] == [("retried", {"after": 1.5})]
    # 800 at $0.15, 200 at $0.075, 10 at $0.60 a million
    assert read.raw["usage"]["total_cost_nano_usd"] == str(800 * 150 + 200 * 75 + 10 * 600)
    assert read.cost_source == "computed"


def test_a_cost_that_is_reported_stands(recorded: Recorded) -> None:
    with oat.span("dear", "llm") as span:
        span.set_usage({"prompt_tokens": 5, "completion_tokens": 6}, total_cost=0.25)
    read = recorded.span("dear")
    assert (read.total_cost, read.cost_source) == (0.25, "reported")


def test_a_block_is_left_by_an_exception(recorded: Recorded) -> None:
    async def main() -> None:
        async with oat.span("async block"):
            raise KeyError("gone")

    with pytest.raises(KeyError):
        asyncio.run(main())
    assert recorded.span("async block").status == "error"


def test_a_span_that_does_not_run_takes_everything_and_does_nothing(recorded: Recorded) -> None:
    span = oat.span("never started")
    span.set_input("x")
    span.set_usage({"prompt_tokens": 1})
    span.set_error("x")
    span.add_event("x")
    span.metadata["x"] = 1
    span.end()
    assert (span.trace_id, span.span_id, span.traceparent) == (None, None, None)
    with oat.span("ended") as ended:
        pass
    ended.set_output("too late")
    ended.end()
    assert [span.name for span in recorded.spans()] == ["ended"]


def test_spans_that_end_out_of_order_leave_nothing_behind(recorded: Recorded) -> None:
    first, second = oat.span("first"), oat.span("second")
    first.__enter__()
    second.__enter__()
    first.end()
    with oat.span("below second"):
        pass
    second.end()
    assert oat.get_current_span() is None
    assert recorded.span("below second").parent_span_id == recorded.span("second").span_id


def test_a_wrong_type_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="'agnet' is none of agent, llm"):
        oat.trace(span_type="agnet")(lambda: None)
    with pytest.raises(ValueError, match="none of agent, llm"):
        oat.span("x", "agnet")


def test_partials_and_callables_are_traced(recorded: Recorded) -> None:
    class Callable:
        def __call__(self, x: int) -> int:
            return x + 1

    assert oat.trace(name="partial")(functools.partial(add, b=5))(1) == 6
    assert oat.trace(Callable())(1) == 2
    assert [span.name for span in recorded.spans()] == ["partial", "add", Callable.__qualname__]
