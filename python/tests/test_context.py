"""What is current, what a context says, and how a trace goes on elsewhere."""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import threading
from typing import Any

import oat
import pytest
from conftest import Recorded


def leaf(name: str = "leaf") -> None:
    with oat.span(name):
        pass


def carried_leaf(data_dir: str) -> None:
    tracer = oat.get_tracer(service_name="child", data_dir=data_dir)
    leaf("in another process")
    tracer.shutdown()


def test_outside_of_any_span_nothing_is_current(recorded: Recorded) -> None:
    assert oat.get_current_span() is None
    assert oat.get_current_trace_id() is None
    assert oat.get_traceparent() is None


def test_the_current_span_is_the_innermost(recorded: Recorded) -> None:
    with oat.span("outer") as outer:
        with oat.span("inner") as inner:
            assert oat.get_current_span() is inner
            assert oat.get_traceparent() == f"00-{inner.trace_id}-{inner.span_id}-01"
        assert oat.get_current_span() is outer
        assert oat.get_current_trace_id() == outer.trace_id


def test_a_context_holds_for_all_spans_within(recorded: Recorded) -> None:
    with oat.context(session_id="s1", user_id="u1", metadata={"tier": "pro"}, prompt=("greet", 3)):
        with oat.span("root"):
            leaf()
        with oat.context(user_id="u2"):
            leaf("other user")
    leaf("after")
    for name in ("root", "leaf"):
        span = recorded.span(name)
        assert (span.session_id, span.user_id, span.metadata) == ("s1", "u1", {"tier": "pro"})
        assert (span.prompt_name, span.prompt_version) == ("greet", 3)
    assert (recorded.span("other user").session_id, recorded.span("other user").user_id) == ("s1", "u2")
    assert recorded.span("after").session_id is None


def test_a_context_within_a_trace_holds_from_there_on(recorded: Recorded) -> None:
    async def main() -> None:
        with oat.span("root"):
            async with oat.context(session_id="s2"):
                leaf("within")
            leaf("after")

    asyncio.run(main())
    (trace,) = recorded.traces()
    assert [span.session_id for span in trace.spans] == [None, "s2", None]


def test_a_context_refuses_what_cannot_be() -> None:
    with pytest.raises(TypeError, match="metadata: expected a dict"):
        oat.context(metadata=[1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="trace_id"):
        oat.context(trace_id="")


@pytest.mark.parametrize("given", ["order-17", "5b8efff798038103d269b633813fc60c", "Grüße"])
def test_a_trace_id_of_another_service_is_joined(recorded: Recorded, given: str) -> None:
    with oat.context(trace_id=given):
        assert oat.get_current_trace_id() == given
        leaf("first")
        leaf("second")
    (trace,) = recorded.traces()
    assert trace.trace_id == given
    assert [span.parent_span_id for span in trace.spans] == [None, None]


def test_a_traceparent_names_the_parent(recorded: Recorded) -> None:
    with oat.context(trace_id="00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01"):
        leaf()
    span = recorded.span("leaf")
    assert (span.trace_id, span.parent_span_id) == ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174")


def test_set_trace_id_within_a_span_holds_until_its_end(recorded: Recorded) -> None:
    @oat.trace(name="service_b", span_type="agent")
    def service_b() -> None:
        oat.set_trace_id("from-a")
        leaf("work")

    service_b()
    leaf("next request")
    assert recorded.span("work").trace_id == "from-a"
    assert recorded.span("next request").trace_id not in ("from-a", recorded.span("service_b").trace_id)


def test_set_trace_id_is_taken_back_by_none(recorded: Recorded) -> None:
    oat.set_trace_id("given")
    oat.set_trace_id("given again")
    leaf("joined")
    oat.set_trace_id(None)
    leaf("free")
    assert recorded.span("joined").trace_id == "given again"
    assert recorded.span("free").trace_id not in ("given", "given again")


def test_threads_take_the_span_along_when_told_to(recorded: Recorded) -> None:
    with oat.span("root"), concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(oat.carry(leaf), [f"carried {i}" for i in range(8)]))
        pool.submit(leaf, "alone").result()
    root = recorded.span("root")
    carried = [span for span in recorded.spans() if span.name.startswith("carried")]
    assert [span.parent_span_id for span in carried] == [root.span_id] * 8
    assert recorded.span("alone").trace_id != root.trace_id


def test_a_span_may_end_on_another_thread(recorded: Recorded) -> None:
    span = oat.span("handed over")
    span.__enter__()
    thread = threading.Thread(target=span.end)
    thread.start()
    thread.join()
    leaf()
    assert recorded.span("handed over").status == "success"


def test_a_task_that_outlives_its_span_stays_below_it(recorded: Recorded) -> None:
    async def late() -> None:
        await asyncio.sleep(0.01)
        leaf("late")

    async def main() -> None:
        with oat.span("early"):
            task = asyncio.ensure_future(late())
        await task

    asyncio.run(main())
    assert recorded.span("late").parent_span_id == recorded.span("early").span_id


def test_a_forked_child_goes_on_with_the_trace(recorded: Recorded) -> None:
    with oat.span("parent") as parent:
        pid = os.fork()
        if pid == 0:
            leaf("in the child")
            parent.end()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    (trace,) = recorded.traces()
    assert [(span.name, span.status) for span in trace.spans] == [
        ("parent", "success"),
        ("in the child", "success"),
    ]
    assert trace.spans[1].parent_span_id == trace.spans[0].span_id


@pytest.mark.parametrize(
    "context",
    [multiprocessing.get_context("spawn"), multiprocessing.get_context("fork")],
    ids=["spawn", "fork"],
)
def test_a_process_of_multiprocessing_goes_on_with_the_trace(recorded: Recorded, context: Any) -> None:
    with oat.span("parent"):
        process = context.Process(target=oat.carry(carried_leaf), args=(str(recorded.data_dir),))
        process.start()
        process.join()
        assert process.exitcode == 0
    parent, child = recorded.span("parent"), recorded.span("in another process")
    assert (child.trace_id, child.parent_span_id) == (parent.trace_id, parent.span_id)
    assert child.service == "child"
