"""What is asked of every engine, in the language of each, and how much faster the store has to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from peers.engines import of_store

TRACE = "{trace}"  # stands for the id of a trace with 50 spans, another one in each round
HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS

STORE, DUCK, PARQUET, LITE = "store", "DuckDB", "DuckDB on Parquet", "SQLite"
EXACTLY = "DuckDB, quantile_cont"  # the same engine, another question

SUMS = ("prompt_tokens", "completion_tokens", "cached_tokens", "total_cost", "duration_ns")
STORE_SUMS = ["count", *(f"sum:{name}" for name in (*SUMS[:4], "duration_ms"))]
SQL_SUMS = f"count(*), {', '.join(f'sum({name})' for name in SUMS)}"
# The store counts durations in ms and money in dollars.
SCALES = (1, 1, 1, 1, 1e9, 1e6)
PERCENTS = (50, 95, 99)


@dataclass
class Question:
    """One row of the table."""

    name: str
    asked: dict[str, str]  # by engine
    keys: int = 0  # columns that name a row of the answer
    scales: tuple[float, ...] = ()  # by how much the store's values are less than the others'
    tolerance: float = 1e-9  # relative; whole numbers have to be the same
    faster: dict[str, float] = field(default_factory=dict)  # by how much than which engine
    at_most_ms: float | None = None
    count_only: bool = False  # of rows; else what stands in them is compared
    cold: bool = False  # drops what others have read: asked when they are done


def _percentiles() -> Question:
    columns = "duration_ns, [0.5, 0.95, 0.99]"
    rank = "row_number() OVER (PARTITION BY span_type ORDER BY duration_ns) AS rank"
    ranked = f"SELECT span_type, duration_ns, {rank}, count(*) OVER (PARTITION BY span_type) AS n FROM spans"
    picked = ", ".join(
        f"max(CASE WHEN rank = 1 + (n - 1) * {percent} / 100 THEN duration_ns END)" for percent in PERCENTS
    )
    return Question(
        "p50, p95, p99 of duration by type",
        {
            STORE: of_store("", ["span_type"], [f"p{percent}:duration_ms" for percent in PERCENTS]),
            DUCK: f"SELECT span_type, approx_quantile({columns}) FROM spans GROUP BY 1",
            EXACTLY: f"SELECT span_type, quantile_cont({columns}) FROM spans GROUP BY 1",
            PARQUET: f"SELECT span_type, approx_quantile({columns}) FROM file GROUP BY 1",
            LITE: f"SELECT span_type, {picked} FROM ({ranked}) GROUP BY 1",
        },
        keys=1,
        scales=(1e6, 1e6, 1e6),
        tolerance=0.01,
        faster={DUCK: 6, EXACTLY: 1, PARQUET: 6},
    )


def _by_type() -> Question:
    return Question(
        "group by type: count and 5 sums (from summaries)",
        {
            STORE: of_store("", ["span_type"], STORE_SUMS),
            DUCK: f"SELECT span_type, {SQL_SUMS} FROM spans GROUP BY 1",
            PARQUET: f"SELECT span_type, {SQL_SUMS} FROM file GROUP BY 1",
            LITE: f"SELECT span_type, {SQL_SUMS} FROM spans GROUP BY 1",
        },
        keys=1,
        scales=SCALES,
        faster={DUCK: 3, PARQUET: 6},
    )


def _by_type_of_long_ones() -> Question:
    """What no sums that are kept can answer: every span has to be looked at."""
    where = "WHERE duration_ns > 1000000"
    return Question(
        "the same of spans over 1 ms: reads the rows",
        {
            STORE: of_store("duration > 1ms", ["span_type"], STORE_SUMS),
            DUCK: f"SELECT span_type, {SQL_SUMS} FROM spans {where} GROUP BY 1",
            PARQUET: f"SELECT span_type, {SQL_SUMS} FROM file {where} GROUP BY 1",
            LITE: f"SELECT span_type, {SQL_SUMS} FROM spans {where} GROUP BY 1",
        },
        keys=1,
        scales=SCALES,
    )


def _filtered() -> Question:
    where = "model = 'gpt-4o' AND status = 'error'"
    what = "SELECT count(*), sum(total_cost), sum(duration_ns)"
    return Question(
        "filter on model and status",
        {
            STORE: of_store(
                'model = "gpt-4o" and status = error', [], ["count", "sum:total_cost", "sum:duration_ms"]
            ),
            DUCK: f"{what} FROM spans WHERE {where}",
            PARQUET: f"{what} FROM file WHERE {where}",
            LITE: f"{what} FROM spans WHERE {where}",
        },
        scales=(1, 1e9, 1e6),
        faster={DUCK: 1.5, PARQUET: 6},
    )


def _by_hour(day: int) -> Question:
    begin, end = day * DAY_NS, (day + 1) * DAY_NS
    hour = f"start_ns / {HOUR_NS}"
    where = f"start_ns >= {begin} AND start_ns < {end}"

    def sql(table: str, divided: str) -> str:
        return f"SELECT {divided} * {HOUR_NS}, span_type, {SQL_SUMS} FROM {table} WHERE {where} GROUP BY 1, 2"

    return Question(
        "by hour and type over one day",
        {
            STORE: of_store("", ["hour", "span_type"], STORE_SUMS, f"{begin} {end}"),
            DUCK: sql("spans", hour.replace("/", "//")),
            PARQUET: sql("file", hour.replace("/", "//")),
            LITE: sql("spans", hour),
        },
        keys=2,
        scales=SCALES,
        faster={DUCK: 3, PARQUET: 6},
    )


def _rare_attribute() -> Question:
    what, where = "SELECT count(*), sum(duration_ns)", "WHERE experiment = 'shadow'"
    return Question(
        "filter on an attribute value of 0.1 %",
        {
            STORE: of_store('attr.experiment = "shadow"', [], ["count", "sum:duration_ms"]),
            DUCK: f"{what} FROM spans {where}",
            PARQUET: f"{what} FROM file {where}",
            LITE: f"{what} FROM spans {where}",
        },
        scales=(1, 1e6),
        at_most_ms=100,
    )


def _newest_failed() -> Question:
    sql = (
        "SELECT lower(hex(trace_id)) FROM spans WHERE parent_span_id IS NULL AND status = 'error' "
        "ORDER BY start_ns DESC LIMIT 50"
    )
    duck = sql.replace("lower(hex(trace_id))", "replace(trace_id::VARCHAR, '-', '')")
    return Question(
        "newest 50 traces with an error",
        {STORE: "newest\t50", DUCK: duck, PARQUET: duck.replace("FROM spans", "FROM file"), LITE: sql},
        keys=1,
        at_most_ms=5,
    )


def _one_trace() -> Question:
    uuid = f"'{TRACE}'::UUID"
    return Question(
        "one trace of 50 spans by its id",
        {
            STORE: f"trace\t{TRACE}",
            DUCK: f"SELECT * FROM spans WHERE trace_id = {uuid} ORDER BY start_ns",
            PARQUET: f"SELECT * FROM file WHERE trace_id = {uuid} ORDER BY start_ns",
            LITE: f"SELECT * FROM spans WHERE trace_id = x'{TRACE}' ORDER BY start_ns",
        },
        at_most_ms=0.2,
        count_only=True,
    )


def _one_trace_cold() -> Question:
    return Question(
        "the same, page cache cold", {STORE: f"cold\t{TRACE}"}, at_most_ms=2, count_only=True, cold=True
    )


def questions(days: Sequence[int]) -> list[Question]:
    """All of them, of a store with spans on these days (since 1970)."""
    return [
        _by_type(),
        _by_type_of_long_ones(),
        _percentiles(),
        _filtered(),
        _by_hour(days[len(days) // 2]),
        _one_trace(),
        _one_trace_cold(),
        _newest_failed(),
        _rare_attribute(),
    ]
