"""Tables that benchmarks write into documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def table(heads: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    """In Markdown: names on the left, what is right of them aligned as numbers are."""
    lines = ["| | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return "\n".join(lines)


def replace_marked(path: Path, name: str, text: str) -> None:
    """Puts a text between the marks <!-- name --> and <!-- /name --> of a document."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, found, rest = path.read_text().partition(begin)
    if not found or end not in rest:
        raise ValueError(f"{path}: no {begin.strip()} with {end} behind it")
    path.write_text(before + begin + text + "\n" + end + rest.partition(end)[2])
