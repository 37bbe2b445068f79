#!/usr/bin/env python3
"""Proves the rooms: each top-level folder includes only what stands below it.

Usage: check_layers.py [TREE]
Prints one line a violation, then "N passed, N failed": a check is a source file or the list of
top-level folders.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

# What each room may include besides itself and the public headers of include/oat.
ROOMS = {
    "format": set[str](),
    "access": {"format"},
    "config": {"format"},
    "media": {"format"},
    "pricing": {"format"},
    "redact": {"config", "format"},
    "indexer": {"format"},
    "writer": {"config", "media", "pricing", "redact", "format"},
    "reader": {"indexer", "format"},
}
LIBRARIES = set(ROOMS) - {"access"}
ROOMS.update({room: LIBRARIES for room in ("compactor", "ingest", "export", "ship")})
BELOW = set(ROOMS)
ROOMS.update({room: BELOW for room in ("httpd", "cli", "python", "sql", "extra")})

# Not rooms: these may include any room, and no room may include them.
BESIDE = {"include", "tests", "bench", "examples", "fuzz", "ui", "docs", "dist", "data", "build"}

# The public headers of a room: who includes one uses that room.
PUBLIC = {"oat/reader.h": "reader", "oat/lists.h": "reader"}

# Needs no header: it defines nothing.
NO_HEADER = {"format/layout_check.c"}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# The compiler looks for these in the tree as well.
ANGLED = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.MULTILINE)
# A function that other files may call, where it is defined: at the beginning of a line, not static.
DEFINED = re.compile(r"^(?!static|typedef|#)[a-z][\w ]*[ *](oat_\w+)\([^;{]*\)\s*\{", re.MULTILINE)
DECLARED = re.compile(r"^OAT_API [^;]*?\b(oat_\w+)\(", re.MULTILINE)
MAIN = re.compile(r"^(?:int|static int)\s+main\s*\(", re.MULTILINE)


def sources(tree: Path) -> list[str]:
    found = []
    for room in [*ROOMS, "include"]:
        for path in sorted((tree / room).rglob("*")):
            if path.suffix in (".c", ".h"):
                found.append(path.relative_to(tree).as_posix())
    return found


def room_of(path: str) -> str:
    return path.split("/", 1)[0]


def resolve(tree: Path, includer: str, name: str) -> str | None:
    """The file that an include names, seen from the tree's top, from include/, or from beside it."""
    for candidate in (name, f"include/{name}", f"{os.path.dirname(includer)}/{name}"):
        path = os.path.normpath(candidate)
        if (tree / path).is_file():
            return path
    return None


def include_problems(tree: Path, path: str, name: str) -> list[str]:
    room = room_of(path)
    target = resolve(tree, path, name)
    if target is None:
        return [f'{path}: includes "{name}", which is no file of the tree']
    if room_of(target) == "include":
        used = PUBLIC.get(name)
        if target == path or used is None or room in (used, "include"):
            return []
    else:
        used = room_of(target)
        if name != target:
            return [f'{path}: includes "{name}": write "{target}"']
    if used == room or used in ROOMS.get(room, set()):
        return []
    allowed = ", ".join(sorted(ROOMS.get(room, set()))) or "no other room"
    return [f'{path}: {room} includes "{name}" of {used}; it may use {allowed}']


def public_functions(tree: Path) -> set[str]:
    headers = sorted((tree / "include" / "oat").glob("*.h"))
    return {name for h in headers for name in DECLARED.findall(h.read_text(encoding="utf-8"))}


def header_problems(tree: Path, path: str) -> list[str]:
    """A source has a header of its name, unless it is a program or defines public functions alone."""
    if not path.endswith(".c") or path in NO_HEADER:
        return []
    header = path[:-2] + ".h"
    text = (tree / path).read_text(encoding="utf-8", errors="replace")
    if not (tree / header).is_file():
        defined = set(DEFINED.findall(text))
        if MAIN.search(text) or (defined and defined <= public_functions(tree)):
            return []
        return [f"{path}: has no {header}"]
    if header not in INCLUDE.findall(text):
        return [f"{path}: does not include its {header}"]
    return []


def cycles(graph: dict[str, list[str]]) -> list[list[str]]:
    """One path for each include that closes a circle."""
    done: set[str] = set()
    found: list[list[str]] = []

    def walk(node: str, trail: list[str]) -> None:
        if node in trail:
            found.append([*trail[trail.index(node) :], node])
            return
        if node in done:
            return
        for target in graph.get(node, []):
            walk(target, [*trail, node])
        done.add(node)

    for start in graph:
        walk(start, [])
    return found


def folder_problems(tree: Path) -> list[str]:
    return [
        f"{entry.name}/: not a room of DEVELOPERS.md: give it a line there and in check_layers.py"
        for entry in sorted(tree.iterdir())
        if entry.is_dir() and not entry.name.startswith(".") and entry.name not in BESIDE | set(ROOMS)
    ]


def check(tree: Path) -> tuple[int, list[str]]:
    """The number of things checked, and what is wrong with them."""
    files = sources(tree)
    problems = folder_problems(tree)
    graph: dict[str, list[str]] = {}
    for path in files:
        text = (tree / path).read_text(encoding="utf-8", errors="replace")
        names = INCLUDE.findall(text)
        graph[path] = [target for target in (resolve(tree, path, name) for name in names) if target]
        for name in names:
            problems += include_problems(tree, path, name)
        for name in ANGLED.findall(text):
            if any((tree / top / name).is_file() for top in (".", "include")):
                problems.append(f'{path}: includes <{name}> of the tree: write "{name}"')
        if room_of(path) != "include":
            problems += header_problems(tree, path)
    problems += ["circle of includes: " + " -> ".join(circle) for circle in cycles(graph)]
    return len(files) + 1, problems


def main() -> int:
    tree = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    checked, problems = check(tree)
    for problem in problems:
        print(problem)
    print(f"{max(checked - len(problems), 0)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
