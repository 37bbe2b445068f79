"""How a store's answers grow with it: the same questions of stores of several sizes, in one table.

Spans are made and compacted in pieces, so that the disk holds no more than one piece uncompacted. Each
store's figures are kept beside the data, and the table has those of every store that was ever measured.
`make bench-growth SIZES="1e6 1e7 1e8"`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from peers.data import compact, disk_bytes, generate, say
from peers.documents import replace_marked, table
from peers.engines import Store, of_store
from peers.machine import machine
from peers.questions import DAY_NS, STORE, TRACE, Question, questions
from peers.trace_servers import Reader

PIECE_SPANS = 10_000_000
DAYS, LAST_DAY = 30, 20779  # those of bench/generate
TRACES = 16  # ids that lookups take turns with
MIB, GB = 2**20, 1e9
PAGES = ("/traces?limit=50", "/traces/totals", "/analytics/overview?window=30d")


def make_store(build: Path, store: Path, spans: int) -> dict[str, float]:
    """Makes a compacted store; what that took, by the name of its row."""
    hot_bytes = seconds = 0.0
    for seed, done in enumerate(range(0, spans, PIECE_SPANS), 1):
        say(f"making spans {done} to {min(done + PIECE_SPANS, spans)} of {spans}")
        generate(build, store, min(PIECE_SPANS, spans - done), DAYS, "--seed", str(seed))
        hot_bytes = max(hot_bytes, disk_bytes(store / "hot"))
        seconds += compact(build, store)
    seconds += compact(build, store, "--full")
    return {
        "disk: spans of a piece before they are compacted, GB": hot_bytes / GB,
        "disk: compacted, GB": disk_bytes(store) / GB,
        "bytes a span": disk_bytes(store / "days") / spans,
        "compaction, million spans/s": spans / seconds / 1e6,
    }


def traces_of_fifty(store: Store) -> list[str]:
    """Ids of traces with 50 spans, from all over the days."""
    found = []
    for place in range(TRACES):
        begin = (LAST_DAY - DAYS + 1) * DAY_NS + place * DAYS * DAY_NS // TRACES
        window = f"{begin} {begin + DAY_NS}"
        rows = store.ask(of_store("trace.span_count = 50", ["trace_id"], ["count"], window)).rows
        found += [row[0] for row in rows if row[1] == 50][:1]
    return found


def ask_all(store: Store, asked: Sequence[Question], rounds: int, cpu: bool) -> dict[str, float]:
    """Medians in ms, by the name of the question; what drops the page cache comes last."""
    traces = traces_of_fifty(store)
    found = {}
    for question in sorted(asked, key=lambda question: question.cold):
        times = []
        for number in range(rounds + 1):
            answer = store.ask(question.asked[STORE].replace(TRACE, traces[number % len(traces)]))
            times.append(answer.cpu_ns if cpu else answer.ns)
        found[f"{question.name}, ms"] = statistics.median(times[1:]) / 1e6
    return found


def daemon_figures(server: Reader) -> dict[str, float]:
    """How soon the daemon is ready, and its memory when it has shown a few pages."""
    ready_s = server.start()
    for path in PAGES:
        server.request("GET", path)
    memory = server.anonymous_bytes()
    server.stop()
    return {
        "start of the daemon, ms": ready_s * 1e3,
        "memory of the daemon without mapped files, MiB": memory / MIB,
    }


def measure(build: Path, folder: Path, spans: int, rounds: int, cpu: bool) -> dict[str, float]:
    """All figures of a store of so many spans, which is made and removed."""
    shutil.rmtree(folder, ignore_errors=True)
    server = Reader(folder, build)
    begin = time.monotonic()
    found = make_store(build, folder / "store", spans)
    store = Store(build / "bench/query_store", folder / "store")
    days = range(LAST_DAY - DAYS + 1, LAST_DAY + 1)
    found = ask_all(store, questions(days), rounds, cpu) | daemon_figures(server) | found
    store.close()
    shutil.rmtree(folder)
    return found | {"the whole run, minutes": (time.monotonic() - begin) / 60}


def rows_of(figures: Mapping[int, Mapping[str, float]]) -> dict[str, list[str]]:
    """Of the table: each figure at all sizes."""
    names = dict.fromkeys(name for of_size in figures.values() for name in of_size)
    return {
        name: [f"{of_size[name]:,.3f}" if name in of_size else "" for of_size in figures.values()]
        for name in names
    }


def main() -> None:
    """Measures what is asked for and writes the table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=float, help="spans of a store: 1e6 1e7 1e8")
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs are")
    parser.add_argument("--dir", type=Path, default=Path("build/bench-data"), help="where the data goes")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu", action="store_true", help="time of the processor: for busy machines")
    parser.add_argument("--docs", type=Path, help="a Markdown file whose table is replaced")
    options = parser.parse_args()
    kept = options.dir / "growth"
    kept.mkdir(parents=True, exist_ok=True)
    for spans in map(int, options.sizes):
        found = measure(options.build, options.dir / f"growth-{spans}", spans, options.rounds, options.cpu)
        (kept / f"{spans}.json").write_text(json.dumps(found))
    files = sorted(kept.glob("*.json"), key=lambda path: int(path.stem))
    figures = {int(path.stem): json.loads(path.read_text()) for path in files}
    version = subprocess.check_output([options.build / "oat", "--version"], text=True).strip()
    what = f"`make bench-growth`: {version}, {machine()}; medians of {options.rounds}, one thread."
    text = f"{what}\n\n{table([f'{spans:,} spans' for spans in figures], rows_of(figures))}"
    print(text)
    if options.docs:
        replace_marked(options.docs, "bench-growth", text)


if __name__ == "__main__":
    main()
