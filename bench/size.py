"""Bytes a span: the compacted store beside Parquet (zstd 3, written by DuckDB) of the same rows.

Parquet is written twice: with a column for each attribute key, which nobody knows beforehand in a
store of traces but whom it suits best; and with all attributes of a span in one map, as the store has
them. `make bench-size`; needs tests/ on the path (spec_sections.py reads the parts).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from peers.data import compact, generate, say
from peers.engines import ATTRIBUTES, Duck
from peers.part_sizes import SPAN_ATTRIBUTES, SPANS, TRACES, column_names, part_sizes
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
    "output_cost": ["cost_rest"],
    "response_id": ["call_id"],
}
MOST_BYTES, MOST_OF_PARQUET = 48.0, 1.0


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
    pairs += [(what, take((SPANS, what)), None) for what in ("flags", "counted", "heads")]
    pairs.append(("the rest", sum(left.values()), None))
    return pairs


def measure(build: Path, folder: Path, tree: Path) -> dict[str, object]:
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
    return {
        "spans": len(rows),
        "bytes_per_span": stat["bytes_per_span"],
        "part_bytes": sum(store.values()),
        "parquet_bytes": flat.stat().st_size,
        "parquet_map_bytes": mapped.stat().st_size,
        "columns": _pairs(store, duck.parquet_sizes(flat)),
    }


def _print(figures: dict[str, object], spans: int) -> None:
    columns = figures["columns"]
    assert isinstance(columns, list)
    print(f"{'bytes a span':36}{'store':>10}{'Parquet':>10}")
    for name, mine, other in columns:
        print(f"{name:36}{mine / spans:10.3f}" + ("" if other is None else f"{other / spans:10.3f}"))
    print(f"{'all':36}{sum(mine for _, mine, _ in columns) / spans:10.3f}", end="")
    print(f"{sum(other or 0 for *_, other in columns) / spans:10.3f}\n")
    for what, figure, target in verdicts(figures):
        print(f"{what:60}{figure:8.3f}  <= {target:g} {'pass' if figure <= target else 'MISS'}")


def verdicts(figures: dict[str, object]) -> list[tuple[str, float, float]]:
    """What, the figure, and what it may be at most."""
    part, flat, mapped = (
        float(str(figures[name])) for name in ("part_bytes", "parquet_bytes", "parquet_map_bytes")
    )
    return [
        ("bytes a span", float(str(figures["bytes_per_span"])), MOST_BYTES),
        ("beside Parquet, attributes in a map", part / mapped, MOST_OF_PARQUET),
        ("beside Parquet, a column for each attribute", part / flat, MOST_OF_PARQUET),
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
        compact(options.build, generate(options.build, folder, int(options.spans), options.days))
    figures = measure(options.build, folder, Path(__file__).parent.parent)
    if options.json:
        print(json.dumps(figures))
    else:
        _print(figures, int(options.spans))
    return 0


if __name__ == "__main__":
    sys.exit(main())
