"""Times the questions people ask of traces: this project's store beside DuckDB and SQLite.

Makes a store of generated spans (bench/generate), compacts it, loads the same rows into DuckDB (in
memory, and as Parquet) and SQLite (with indexes), asks each every question in turn, compares the
answers, and prints medians and ratios beside their targets. One thread each. `make bench-query`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb
from peers import chores, table
from peers.data import compact, generate_with_rows, say
from peers.engines import Duck, Engine, Lite, Store
from peers.findings import print_findings
from peers.machine import machine
from peers.questions import DAY_NS, DUCK, LITE, PARQUET, STORE, questions
from peers.rounds import Times, run
from peers.rows import Rows

TRACES = 16  # ids that lookups take turns with


def load(build: Path, folder: Path, names: list[str]) -> tuple[dict[str, Engine], Rows]:
    """The engines that are asked for."""
    rows = Rows(folder / "rows")
    engines: dict[str, Engine] = {}
    if STORE in names:
        engines[STORE] = Store(build / "bench/query_store", folder / "store")
    if DUCK in names or PARQUET in names:
        say("loading DuckDB")
        duck = engines[DUCK] = Duck(rows)
        parquet = folder / "spans.parquet"
        if not parquet.exists():
            duck.write_parquet(parquet)
        duck.ask(f"CREATE VIEW file AS SELECT * FROM read_parquet('{parquet}')")
        engines[PARQUET] = duck
    if LITE in names:
        path = folder / "spans.sqlite"
        if not path.exists():
            say("loading SQLite")
            engines[LITE] = Lite(path, rows)
        else:
            engines[LITE] = Lite(path, None)
    return engines, rows


def traces_of_fifty(rows: Rows) -> list[str]:
    """Ids of traces with 50 spans, from all over the store."""
    found: list[str] = []
    ids = rows.records["trace_id"]
    for place in range(TRACES):
        at = place * len(ids) // TRACES
        piece = [bytes(one).hex() for one in ids[at : at + 400_000 // TRACES]]
        # The first and the last trace of a piece are not whole.
        counts: dict[str, int] = {}
        for one in piece:
            counts[one] = counts.get(one, 0) + 1
        found += [one for one in list(counts)[1:-1] if counts[one] == 50][:1]
    if not found:
        sys.exit("query.py: too few spans: no trace of 50")
    return found


def main() -> int:
    """Runs it; 1 when answers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs are")
    parser.add_argument("--dir", type=Path, default=Path("build/bench-data"), help="where the data goes")
    parser.add_argument("--spans", type=float, default=1e6)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--engines", default=",".join((STORE, DUCK, PARQUET, LITE)), help="a list with commas"
    )
    parser.add_argument("--text", type=float, default=1e9, help="bytes of text to search; 0: none")
    parser.add_argument("--no-year", action="store_true", help="do not make a store of a year and open it")
    parser.add_argument("--keep", action="store_true", help="take what an earlier run left in --dir")
    parser.add_argument("--cpu", action="store_true", help="time of the processor: for busy machines")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    folder = options.dir / f"{options.spans:.0f}-{options.days}"
    findings = []
    if not (options.keep and folder.exists()):
        store = generate_with_rows(options.build, folder, int(options.spans), options.days)
        findings += chores.compactions(options.build, store, int(options.spans))
        compact(options.build, store)
    if options.text:
        findings += chores.searching(options.build, folder, options.text)
    if not options.no_year:
        findings += chores.opening(options.build, folder)
    engines, rows = load(options.build, folder, options.engines.split(","))
    days = sorted({int(start) // DAY_NS for start in rows.records["start_ns"][:: max(1, len(rows) // 10000)]})
    asked = questions(days)
    say("asking")
    times = Times(options.cpu)
    wrong = run(asked, engines, traces_of_fifty(rows), options.rounds, times)
    about = f"{machine()}; DuckDB {duckdb.__version__}; {options.spans:.0f} spans, {options.days} days"
    if options.json:
        print(json.dumps({"about": about, "rounds": options.rounds, "wrong": wrong}))
    else:
        print(f"{about}; {options.rounds} rounds, engines in turn, one thread each")
    table.print_times(asked, times, options.json)
    of_questions = [finding for question in asked for finding in table.findings(question, times)]
    print_findings(of_questions + findings, options.json)
    for what in wrong:
        say(f"DIFFERENT ANSWERS: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
