#!/usr/bin/env python3
"""House rules that no other tool checks, over the files that git tracks or would.

Usage: house_rules.py
Prints one line a violation, then "N passed, N failed": a check is a file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MAX_LINES = 500
LONG_FILES = Path(__file__).with_name("long_files.txt")
CODE = {".c", ".h", ".py", ".ts", ".tsx"}
TEXT = CODE | {".sh", ".md", ".mk", ".txt", ".toml", ".in", ".json", ".yaml", ".yml"}
UNFINISHED = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + "X|HA" + r"CK)\b")
BINARY_FOLDERS = ("fuzz/corpus/", "tests/golden/")


def files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
    return sorted(name for name in names if name and Path(name).is_file())


def read_long_files() -> dict[str, str]:
    """File name to the reason why it may be long."""
    reasons = {}
    for line in LONG_FILES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            reasons[name] = reason.strip()
    return reasons


def is_text(name: str) -> bool:
    if name.startswith(BINARY_FOLDERS) and Path(name).suffix not in CODE:
        return False
    return Path(name).suffix in TEXT or Path(name).name in {"Makefile", ".clang-format", ".gitignore"}


def line_problems(name: str, lines: list[str]) -> list[str]:
    problems = []
    for number, line in enumerate(lines, start=1):
        if line != line.rstrip():
            problems.append(f"{name}:{number}: blanks at the end of the line")
        if Path(name).suffix in {".c", ".h", ".py"} and "\t" in line:
            problems.append(f"{name}:{number}: a tab")
        if Path(name).suffix != ".md" and UNFINISHED.search(line):
            problems.append(f"{name}:{number}: a mark of unfinished work")
    return problems


def problems_of(name: str, allowed_long: dict[str, str]) -> list[str]:
    text = Path(name).read_bytes().decode("utf-8", errors="replace")
    lines = text.split("\n")
    problems = line_problems(name, lines)
    if text and not text.endswith("\n"):
        problems.append(f"{name}: no newline at the end")
    if text.endswith("\n\n"):
        problems.append(f"{name}: blank lines at the end")
    if Path(name).suffix in CODE and len(lines) - 1 > MAX_LINES and not allowed_long.pop(name, None):
        problems.append(f"{name}: {len(lines) - 1} lines: split it by idea (over {MAX_LINES})")
    return problems


def main() -> int:
    allowed_long = read_long_files()
    names = [name for name in files() if is_text(name)]
    problems = [problem for name in names for problem in problems_of(name, allowed_long)]
    problems += [f"{LONG_FILES.name}: {name} is not over {MAX_LINES} lines" for name in allowed_long]
    for problem in problems:
        print(problem)
    print(f"{max(len(names) - len(problems), 0)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
