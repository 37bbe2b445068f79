"""Bytes a span: the compacted store beside Parquet (zstd 3, written by DuckDB) of the same rows.

Parquet is written twice: with a column for each attribute key, which nobody knows beforehand in a
store of traces but whom it suits best; and with all attributes of a span in one map, as the store has
them. `make bench-size`; needs tests/ on the path (spec_sections.py reads the parts).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from peers.data import compact, generate_with_rows, say
from peers.engines import ATTRIBUTES, Duck
from peers.findings import Finding, print_findings
from peers.part_sizes import SPAN_ATTRIBUTES, SPANS, SUMMARIES, TRACES, column_names, part_sizes
from peers.rows import Rows

# What the store calls a column of Parquet, where it is another name.
SAME = {
    "start_ns": ["start"],
    "duration_ns": ["duration"],
    "span_id": ["id"],
    "parent_span_id": ["parent", "parent_id"],
    "span_type": ["type"],
    "ttft_us": ["ttft"],
    "total_cost": ["cost"],
    "input_cost": ["cost_input"],
    "output_cost": ["output_price", "cost_output"],
    "response_id": ["call_id"],
}


@dataclass
class Sizes:
    """Bytes, of all spans."""

    spans: int
    bytes_per_span: float  # as oat stat has it
    parts: int
    parquet: int
    parquet_map: int
    columns: list[tuple[str, int, int | None]]  # what, in the store, in Parquet


def _pairs(store: Counter[tuple[int, str]], parquet: dict[str, int]) -> list[tuple[str, int, int | None]]:
    """What, the store's bytes, Parquet's; what only the store has comes last, without Parquet's."""
    left = Counter(store)

    def take(*places: tuple[int, str]) -> int:
        return sum(left.pop(place, 0) for place in places)

    pairs: list[tuple[str, int, int | None]] = []
    for name in sorted(set(parquet) - set(ATTRIBUTES), key=lambda name: -parquet[name]):
        own = SAME.get(name, [name])
        places = [(SPANS, column) for column in own] + [(SPANS, f"{column}, texts") for column in own]
        if name == "trace_id":
            places = [(TRACES, "id_first"), (TRACES, "id_second")]
        pairs.append((name, take(*places), parquet[name]))
    attributes = [place for place in left if place[0] == SPAN_ATTRIBUTES or "attribute" in place[1]]
    pairs.append(("attributes", take(*attributes), sum(parquet[name] for name in ATTRIBUTES)))
    pairs.append(("index by span id", take((SPANS, "id, index")), None))
    pairs.append(("index by trace id", take((TRACES, "id_first, index")), None))
    pairs.append(("sums and texts of traces", take(*[place for place in left if place[0] == TRACES]), None))
    pairs.append(("summaries", take(*[place for place in left if place[0] in SUMMARIES]), None))
    pairs += [(what, take((SPANS, what)), None) for what in ("flags", "counted", "heads")]
    pairs.append(("the rest", sum(left.values()), None))
    return pairs


def measure(build: Path, folder: Path, tree: Path) -> Sizes:
    """All figures of the store and its rows in a folder."""
    stat = json.loads(subprocess.check_output([build / "oat", "stat", "--json", "--dir", folder / "store"]))
    names = column_names(tree / "format/schema.h")
    store: Counter[tuple[int, str]] = Counter()
    for path in sorted((folder / "store/days").glob("*/*.part")):
        store += part_sizes(path, names)
    rows = Rows(folder / "rows")
    say("loading DuckDB")
    duck = Duck(rows)
    flat, mapped = folder / "flat.parquet", folder / "mapped.parquet"
    duck.write_parquet(flat)
    duck.write_parquet(mapped, duck.attribute_map())
    return Sizes(
        len(rows),
        stat["bytes_per_span"],
        sum(store.values()),
        flat.stat().st_size,
        mapped.stat().st_size,
        _pairs(store, duck.parquet_sizes(flat)),
    )


def print_columns(sizes: Sizes) -> None:
    """Bytes a span of each column."""
    print(f"{'bytes a span':36}{'store':>10}{'Parquet':>10}")
    for name, mine, other in sizes.columns:
        print(
            f"{name:36}{mine / sizes.spans:10.3f}" + ("" if other is None else f"{other / sizes.spans:10.3f}")
        )
    print(f"{'files':36}{sizes.parts / sizes.spans:10.3f}{sizes.parquet / sizes.spans:10.3f}\n")


def findings(sizes: Sizes) -> list[Finding]:
    """What was promised."""
    return [
        Finding("store", sizes.bytes_per_span, "bytes a span", "<= 48"),
        Finding("beside Parquet with attributes in a map", sizes.parts / sizes.parquet_map, "times", "<= 1"),
        Finding(
            "beside Parquet with a column for each attribute", sizes.parts / sizes.parquet, "times", "<= 1"
        ),
    ]


def packs(build: Path, folder: Path) -> list[Finding]:
    """Packs of the recorded agent runs, where there are any, beside LZ4 of the same chunks."""
    runs = Path(os.environ.get("OAT_TEST_DATA", "../shared/data")) / "trajectories"
    if not runs.exists():
        return []
    store = folder / "runs"
    shutil.rmtree(store, ignore_errors=True)
    subprocess.run([build / "oat", "import", "--dir", store, runs], check=False, stdout=subprocess.DEVNULL)
    compact(build, store)
    found = json.loads(subprocess.check_output([build / "bench/pack_size", "--dir", store]))
    ratio = (found["pack_bytes"] - found["text_index_bytes"]) / found["lz4_bytes"]
    return [
        Finding("packs of recorded runs beside LZ4 of their chunks", ratio, "times", "<= 0.85"),
        Finding("their text index", found["text_index_bytes"] / found["raw_bytes"], "of raw bytes", "<= 0.1"),
    ]


def main() -> int:
    """Makes what is missing, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"), help="where the programs are")
    parser.add_argument("--dir", type=Path, default=Path("build/bench-data"), help="where the data goes")
    parser.add_argument("--spans", type=float, default=1e6)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--keep", action="store_true", help="take what an earlier run left in --dir")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.dir / f"size-{options.spans:.0f}-{options.days}"
    if not (options.keep and folder.exists()):
        store = generate_with_rows(options.build, folder, int(options.spans), options.days)
        compact(options.build, store)
    sizes = measure(options.build, folder, Path(__file__).parent.parent)
    if options.json:
        print(json.dumps(asdict(sizes)))
    else:
        print_columns(sizes)
    found = findings(sizes) + packs(options.build, folder)
    print_findings(found, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
