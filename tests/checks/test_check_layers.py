"""check_layers finds what it is there to find, and nothing in a tree that keeps the rules."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from check_layers import check

GOOD = {
    "include/oat/oat.h": "int oat_version(void);\n",
    "include/oat/reader.h": '#include "oat/oat.h"\n',
    "format/slot.h": '#include "oat/oat.h"\n',
    "format/slot.c": '#include "format/slot.h"\n',
    "writer/tracer.h": "",
    "writer/tracer.c": '#include "writer/tracer.h"\n#include "format/slot.h"\n',
    "reader/store.h": '#include "oat/reader.h"\n',
    "reader/store.c": '#include "reader/store.h"\n#include "format/slot.h"\n',
    "ingest/chat.h": "",
    "ingest/chat.c": '#include "ingest/chat.h"\n#include "oat/reader.h"\n#include "writer/tracer.h"\n',
    "cli/main.c": '#include "ingest/chat.h"\nint main(void) { return 0; }\n',
    "tests/unit/test_slot.c": '#include "format/slot.h"\n',
    ".git/HEAD": "",
}

VIOLATIONS = {
    "a lower floor includes a higher one": {
        "format/slot.c": '#include "format/slot.h"\n#include "writer/tracer.h"\n'
    },
    "reader includes writer": {"reader/store.c": '#include "reader/store.h"\n#include "writer/tracer.h"\n'},
    "rooms of floor 4 include each other": {
        "export/csv.h": '#include "ingest/chat.h"\n',
    },
    "rooms of floor 5 include each other": {
        "httpd/loop.h": "",
        "cli/main.c": '#include "httpd/loop.h"\nint main(void) { return 0; }\n',
    },
    "writer includes the reader's public header": {"writer/tracer.h": '#include "oat/reader.h"\n'},
    "a room includes a test": {
        "tests/support/x.h": "",
        "cli/main.c": '#include "tests/support/x.h"\nint main(void) {}\n',
    },
    "an include by a short name": {"format/slot.c": '#include "slot.h"\n#include "format/slot.h"\n'},
    "an include of the tree as if it were the system's": {
        "reader/store.c": '#include "reader/store.h"\n#include <writer/tracer.h>\n'
    },
    "an include without a blank": {
        "reader/store.c": '#include "reader/store.h"\n#include"writer/tracer.h"\n'
    },
    "an include of nothing": {"writer/tracer.h": '#include "writer/gone.h"\n'},
    "a circle of two headers": {
        "format/slot.h": '#include "format/hash.h"\n',
        "format/hash.h": '#include "format/slot.h"\n',
    },
    "a header that includes itself": {"format/slot.h": '#include "format/slot.h"\n'},
    "a source without a header": {"writer/lane.c": ""},
    "a source that does not include its header": {"format/slot.c": ""},
    "a folder that is no room": {"misc/x.h": ""},
}


def problems_of(files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name, text in files.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8")
        return check(tree)[1]


class CheckLayers(unittest.TestCase):
    def test_a_tree_that_keeps_the_rules_passes(self) -> None:
        self.assertEqual(problems_of(GOOD), [])

    def test_each_violation_is_reported_once(self) -> None:
        for claim, change in VIOLATIONS.items():
            with self.subTest(claim):
                self.assertEqual(len(problems_of({**GOOD, **change})), 1)

    def test_the_report_names_file_include_and_rule(self) -> None:
        [problem] = problems_of({**GOOD, **VIOLATIONS["reader includes writer"]})
        self.assertEqual(
            problem, 'reader/store.c: reader includes "writer/tracer.h" of writer; it may use format, indexer'
        )


if __name__ == "__main__":
    unittest.main()
