#!/usr/bin/env python3
"""The `oat` tool reads the golden stores as their dumps say.

Usage: golden.py OAT GOLDEN. The dumps are those of tests/spec_reader.py, which shares no code with
the tool. Ends with a line "N passed, N failed".
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TEXTS = [
    "name",
    "service",
    "environment",
    "model",
    "provider",
    "agent",
    "session_id",
    "user_id",
    "operation",
    "status_message",
    "prompt_name",
]
COUNTS = [
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "image_tokens",
]
# The golden stores are of another machine than the one that runs this, but not for their dumps.
SAME_STATUS = {"interrupted": "open", "unknown": "open"}
SAME_KIND = {"unknown kind": "skipped", "odd": "corrupt", "unreadable": "corrupt"}


def run(oat: str, store: Path, *arguments: str) -> list[dict[str, Any]]:
    command = [oat, "--dir", str(store), *arguments]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [json.loads(line) for line in out.splitlines()]


def same_text(dumped: str | None, shown: str | None) -> bool:
    # The dump keeps bytes that are no UTF-8 as surrogates; JSON shows each as U+FFFD.
    if dumped is None:
        return shown is None
    return shown == "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in dumped)


def same_payload(dumped: dict[str, Any] | None, shown: Any, info: dict[str, Any] | None) -> bool:
    if dumped is None:
        return shown is None
    if dumped.get("lost"):
        return shown is None and info is not None and bool(info.get("lost"))
    if isinstance(shown, dict) and "base64" in shown:
        raw = base64.b64decode(shown["base64"])
    elif isinstance(shown, str) and dumped["media_type"] != "application/json":
        raw = shown.encode()
    else:  # parsed JSON: its bytes are not in the export
        return "base64" not in dumped or json.loads(base64.b64decode(dumped["base64"])) == shown
    return bool(len(raw) == dumped["len"] and hashlib.sha256(raw).hexdigest() == dumped["sha256"])


def span_differences(dumped: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    usage = shown["usage"]
    pairs = {
        "span_type": (dumped["span_type"], shown["span_type"]),
        "status": (
            SAME_STATUS.get(dumped["status"], dumped["status"]),
            SAME_STATUS.get(shown["status"], shown["status"]),
        ),
        "parent": (dumped.get("parent_span_id"), shown["parent_span_id"]),
        "end": (str(dumped.get("end_ns")), str(shown["end_time_unix_nano"])),
        "cost": (str(dumped.get("total_cost_nano")), str(usage["total_cost_nano_usd"])),
        "cost_source": (dumped.get("cost_source"), usage["cost_source"]),
        "prompt_version": (dumped.get("prompt_version"), shown["prompt_version"]),
        **{name: (dumped.get(name), usage[name]) for name in COUNTS},
    }
    wrong = [f"{name}: {a!r} is {b!r}" for name, (a, b) in pairs.items() if a != b]
    wrong += [name for name in TEXTS if not same_text(dumped.get(name), shown[name])]
    for name, info in (("inputs", "input_info"), ("outputs", "output_info")):
        if not same_payload(dumped.get(name), shown[name], shown[info]):
            wrong.append(f"{name}: {dumped.get(name)!r} is {shown[name]!r} {shown[info]!r}")
    return wrong


def key(span: dict[str, Any]) -> tuple[str, str, str]:
    start = span.get("start_ns", span.get("start_time_unix_nano"))
    return (span.get("trace_id_hex", span["trace_id"]), span.get("span_id_hex", span["span_id"]), str(start))


def export_differences(oat: str, store: Path, dumped: list[dict[str, Any]]) -> list[str]:
    """What `oat export` shows otherwise than a dump of the same store."""
    spans = {key(line): line for line in dumped if line["kind"] == "span"}
    shown = {key(line): line for line in run(oat, store, "export", "--payloads")}
    wrong = [f"missing {k}" for k in spans.keys() - shown.keys()]
    wrong += [f"surplus {k}" for k in shown.keys() - spans.keys()]
    for k in spans.keys() & shown.keys():
        wrong += [f"{k}: {text}" for text in span_differences(spans[k], shown[k])]
    return wrong


def check(oat: str, store: Path, dump: Path) -> list[str]:
    dumped = [json.loads(line) for line in dump.read_text().splitlines()]
    wrong = export_differences(oat, store, dumped)
    problems = {line["problem"] for line in dumped if line["kind"] == "problem"}
    verified = run(oat, store, "verify", "--deep", "--json")
    # The tool also lists span ids of several days, which the dumps do not.
    found = {SAME_KIND.get(line["kind"], line["kind"]) for line in verified if line["what"] != "span id"}
    if store.name.startswith("store_"):
        found |= problems  # the tool says it on stderr and stops
    # Verifying also walks over bytes that nothing refers to; torn ones are no damage.
    if found - {"torn"} != problems - {"torn"} or not problems <= found:
        wrong.append(f"problems: {sorted(problems)} are {sorted(found)}")
    return wrong


def main() -> int:
    oat, golden = sys.argv[1], Path(sys.argv[2])
    passed = failed = 0
    for dump in sorted(golden.glob("good/v1/*.json")) + sorted(golden.glob("bad/*.json")):
        wrong = check(oat, dump.with_suffix(""), dump)
        passed += not wrong
        failed += bool(wrong)
        for text in wrong:
            print(f"{dump.stem}: {text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
