#!/usr/bin/env python3
"""Writes format/casefold_table.h: simple case folding as runs of characters.

Usage: casefold_table.py [--check]

Simple folding maps one character to one. Python knows full folding, which may give several; where it
does, the character's lower case is the simple folding if that is one character, else it has none.
The table depends on the version of Unicode that this Python knows; --check compares it with the file,
exits with 1 when they differ, and with 2 when the file was made from another version.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).resolve().parent.parent / "format" / "casefold_table.h"
SURROGATES = range(0xD800, 0xE000)
PER_LINE = 4

HEAD = """/* Simple case folding of Unicode {version}; written by tests/casefold_table.py.
 * Runs of characters by first: each step-th of first .. last folds to itself + delta. */
static const struct run runs[] = {{
"""


class Run(NamedTuple):
    """Characters that fold by the same distance."""

    first: int
    last: int
    step: int
    delta: int


def fold(char: int) -> int:
    """The character that one folds to.

    Args:
        char: A code point.

    Returns:
        A code point; `char` itself when it has no simple folding.
    """
    for folded in (chr(char).casefold(), chr(char).lower()):
        if len(folded) == 1:
            return ord(folded)
    return char


def runs() -> list[Run]:
    """All characters that fold to another, in order.

    Returns:
        The runs, by first character.
    """
    found: list[Run] = []
    for char in range(sys.maxunicode + 1):
        if char in SURROGATES or fold(char) == char:
            continue
        delta = fold(char) - char
        if found and found[-1].delta == delta:
            last = found[-1]
            step = char - last.last
            if step == last.step or (last.first == last.last and step <= 2):
                found[-1] = Run(last.first, char, step, delta)
                continue
        found.append(Run(char, char, 1, delta))
    return found


def table() -> str:
    """The file's text.

    Returns:
        C source.
    """
    cells = [f"{{0x{run.first:x}, 0x{run.last:x}, {run.step}, {run.delta}}}," for run in runs()]
    lines = ["    " + " ".join(cells[i : i + PER_LINE]) for i in range(0, len(cells), PER_LINE)]
    return HEAD.format(version=unicodedata.unidata_version) + "\n".join(lines) + "\n};\n"


def main() -> int:
    """Writes or compares.

    Returns:
        The exit code.
    """
    if "--check" not in sys.argv:
        TABLE.write_text(table(), encoding="utf-8")
        return 0
    text = TABLE.read_text(encoding="utf-8")
    if f"Unicode {unicodedata.unidata_version};" not in text.split("\n", 1)[0]:
        return 2
    return 0 if "".join(text.split()) == "".join(table().split()) else 1


if __name__ == "__main__":
    sys.exit(main())
