"""Spans, events, links and scores as they are compared and printed, by sections 9 and 22 of SPEC.md alone."""

from __future__ import annotations

import struct
from typing import Any

import xxhash
from spec_blobs import put_varint, show
from spec_pairs import EVENT, OPEN, SCORE, TOMBSTONE, Json, Record

TEXTS = [
    *("name", "service", "environment", "model", "provider", "agent", "session_id", "user_id", "operation"),
    *("status_message", "prompt_name"),
]
COUNTS = [
    *("prompt_tokens", "completion_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    *("reasoning_tokens", "audio_input_tokens", "audio_output_tokens", "image_tokens"),
]
TYPES = [
    *("agent", "llm", "tool", "retrieval", "guardrail", "handoff", "embedding", "rerank", "memory", "chain"),
    *("http", "database", "cache", "file_io"),
]
FLAGS = {
    16: "parent_local",
    17: "parent_remote",
    18: "synthetic_time",
    19: "clamped_time",
    20: "saturated",
    21: "held",
}


class Span:
    """A span, or one that is open."""

    def __init__(self, record: Record) -> None:
        """Takes a SPAN or OPEN."""
        self.record, self.slot, self.open = record, record.slot, record.kind == OPEN
        self.texts, self.payloads, self.attributes = record.texts, record.payloads, record.attributes
        slot = self.slot
        self.trace_id, self.span_id, self.parent_id = slot[8:24], slot[24:32], slot[32:40]
        self.start, self.duration = struct.unpack_from("<QQ", slot, 40)
        self.flags: int = struct.unpack_from("<I", slot, 60)[0]
        self.call_id: int = struct.unpack_from("<Q", slot, 176)[0]
        self.counted, self.depth = False, 0  # SPEC 22; known when all spans are

    @property
    def has_usage(self) -> bool:
        """SPEC 22, Counted usage."""
        return bool(self.flags & 0x5FF)

    def rank(self) -> tuple[bool, int, bytes]:
        """The greatest of several copies of a span is the one (SPEC 22, Identity)."""
        form = self.slot[8:64]
        form += b"".join(b"\0" if t is None else put_varint(len(t) + 1) + t for t in self.texts)
        form += self.slot[108:188]
        form += b"".join(b"\0" if p is None else p.canonical() for p in self.payloads)
        return not self.open, self.start + self.duration, xxhash.xxh3_128_digest(form)

    def status(self) -> str:
        """The status that is shown."""
        if self.open:
            return {"alive": "running", "dead": "interrupted", "unknown": "unknown"}[self.record.liveness]
        return "success" if self.slot[57] == 2 else "error"

    def json(self, with_bytes: bool) -> Json:
        """The span as it is printed."""

        def when(bit: int, fmt: str, at: int) -> Any:
            return struct.unpack_from(fmt, self.slot, at)[0] if self.flags >> bit & 1 else None

        given = dict(self.attributes or [])
        out: Json = {"kind": "span", "trace_id": self.trace_id.hex(), "span_id": self.span_id.hex()}
        out["parent_span_id"] = self.parent_id.hex() if any(self.parent_id) else None
        out |= {"start_ns": self.start, "end_ns": None if self.open else self.start + self.duration}
        out |= {"span_type": TYPES[self.slot[56] - 1], "status": self.status()}
        out["otel_status"] = [None, "UNSET", "OK", "ERROR"][self.slot[58]]
        out["price_tier"] = self.slot[59]
        out["flags"] = [name for bit, name in FLAGS.items() if self.flags >> bit & 1]
        out |= {name: None if text is None else show(text) for name, text in zip(TEXTS, self.texts)}
        out["prompt_version"] = when(15, "<I", 108)
        out |= {name: when(i, "<I", 112 + 4 * i) for i, name in enumerate(COUNTS)}
        out |= {"ttft_us": when(9, "<I", 148), "total_cost_nano": when(10, "<q", 152)}
        out |= {"input_cost_nano": when(11, "<q", 160), "output_cost_nano": when(12, "<q", 168)}
        out["cost_source"] = [None, "reported", "computed", "unpriced"][self.flags >> 13 & 3]
        out["call_id"] = f"{self.call_id:016x}" if self.call_id else None
        out["sample_rate"] = struct.unpack_from("<I", self.slot, 184)[0] or 10**9
        out["counted"] = self.counted
        for name, key, payload in zip(
            ("inputs", "outputs", "attributes", "error"), ("input", "output", "", ""), self.payloads
        ):
            media = given.get(f"oat.{key}.media_type")
            out[name] = payload.json(media, with_bytes) if payload else None
        if out["attributes"]:
            lost = self.attributes is None
            out["attributes"]["lost" if lost else "values"] = True if lost else self.attributes
        return out


def other_json(record: Record) -> Json:
    """An EVENT, LINK, SCORE or TOMBSTONE as it is printed."""
    slot, kind = record.slot, record.kind
    texts = [None if text is None else show(text) for text in record.texts]

    def u64(at: int) -> int:
        return int(struct.unpack_from("<Q", slot, at)[0])

    out: Json = {"id": f"{u64(8):016x}", "trace_id": slot[16:32].hex()}
    if kind == TOMBSTONE:
        return {"kind": "tombstone"} | out | {"time_ns": u64(32), "reason": texts[0]}
    out["span_id"] = slot[32:40].hex() if any(slot[32:40]) else None
    if kind == SCORE:
        value = struct.unpack_from("<d", slot, 56)[0]
        finite = slot[64] and abs(value) != float("inf") and value == value
        out |= {"target_start_ns": u64(40) or None, "time_ns": u64(48), "value": value if finite else None}
        return {"kind": "score"} | out | dict(zip(("name", "label", "comment", "source"), texts))
    out["span_start_ns"] = u64(40)
    lost = bool(record.payloads[0]) and record.attributes is None
    out |= {"attributes": record.attributes, "attributes_lost": True if lost else None}
    if kind == EVENT:
        return {"kind": "event"} | out | {"time_ns": u64(48), "name": texts[0]}
    out |= {"kind": "link", "target_trace_id": slot[48:64].hex(), "target_span_id": slot[64:72].hex()}
    return out | {"trace_state": texts[0], "trace_flags": slot[76], "remote": slot[77] == 1}
