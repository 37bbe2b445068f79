"""The price table against another list: what a hundred thousand tokens of each model cost in a store."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from daemon import Daemon
from programs import BUILD, DATA

HTTPD = BUILD / "oat-httpd"
LIST = DATA / "prices.tsv"
TOKENS = 100_000  # below every `above` of the table
NANO_PER_USD_PER_MTOK = TOKENS * 1000

pytestmark = [
    pytest.mark.skipif(not HTTPD.is_file(), reason=f"no {HTTPD}: build it first"),
    pytest.mark.skipif(not LIST.is_file(), reason=f"no test data in {DATA}"),
]

# Column of the list, and the usage whose tokens all cost that.
CLASSES = {
    "input_usd_per_mtok": ("prompt_tokens",),
    "output_usd_per_mtok": ("completion_tokens",),
    "cached_input_usd_per_mtok": ("prompt_tokens", "cached_tokens"),
    "cache_write_usd_per_mtok": ("prompt_tokens", "cache_write_tokens"),
    "reasoning_output_usd_per_mtok": ("completion_tokens", "reasoning_tokens"),
    "audio_input_usd_per_mtok": ("prompt_tokens", "audio_input_tokens"),
    "audio_output_usd_per_mtok": ("completion_tokens", "audio_output_tokens"),
}


# What the list has too old, or wrong; and names that no provider answers to.
OTHERWISE = {
    "o1-mini-2024-09-12": "has the price of before 2025-01-31, and o1-mini that of after",
    "gemini-1.5-pro-latest": "output a tenth of what it was; prices of before 2024-10-01",
    "codestral-latest": "the price of its first year; codestral has that of today",
    "mistral-large-latest": "stands for mistral-large-2512 since 2025-12-02",
    "mistral-medium-latest": "stands for mistral-medium-3.5 since 2026-06-16",
    "gpt-3.5-0301": "gpt-3.5-turbo-0301",
    "gpt-4o:extended": "of OpenRouter alone",
    "gemini-exp-1206": "was an experiment, free of charge",
    "gemini-flash-1.5": "gemini-1.5-flash",
    "gemini-flash-1.5-8b": "gemini-1.5-flash-8b",
    "multimodalembedding": "is sold by the character",
}


def questions() -> Iterator[tuple[str, str, str, Decimal]]:
    """Provider, model, column and price of each figure of the list; 0 stands for none."""
    with LIST.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            embeds = row["mode"] == "embedding"
            for column in CLASSES:
                price = Decimal(row[column] or 0)
                if price and row["model"] not in OTHERWISE and not (embeds and "output" in column):
                    yield row["provider"], row["model"], column, price


def test_every_model_of_the_list_costs_what_the_list_says(tmp_path: Path) -> None:
    """Today, at the standard tier, under each name by which the list knows it."""
    asked = list(questions())
    now = time.time()
    spans = [
        {
            "trace_id": "prices",
            "span_id": str(i),
            "name": f"{provider} {model} {column}",
            "span_type": "llm",
            "provider": provider,
            "model": model,
            "start_time": now,
            "end_time": now,
            "usage": dict.fromkeys(CLASSES[column], TOKENS),
        }
        for i, (provider, model, column, _) in enumerate(asked)
    ]
    daemon = Daemon(HTTPD, tmp_path / "store", tmp_path / "log")
    try:
        headers = {"Content-Type": "application/json"}
        answer = daemon.request("/ingest", "POST", headers, json.dumps(spans).encode())
        assert answer.json()["accepted"] == len(spans)
        shown = {span["name"]: span["usage"] for span in daemon.get("/traces/prices")["spans"]}
    finally:
        daemon.stop()
    wrong = []
    for provider, model, column, price in asked:
        cost = shown[f"{provider} {model} {column}"]["total_cost_nano_usd"]
        found = None if cost is None else Decimal(cost) / NANO_PER_USD_PER_MTOK
        if found != price:
            wrong.append(f"{provider} {model} {column}: {found}, expected {price}")
    assert not wrong, "\n".join(wrong)
