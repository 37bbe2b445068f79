"""instrumentation.targets: functions that are traced without a change of the program."""

from __future__ import annotations

import pathlib

from conftest import Recorded
from running import run_python

PROGRAM = """
import oat
tracer = oat.get_tracer()
import sys
assert "shop.orders" not in sys.modules and "openai" not in sys.modules
import shop.orders
print(shop.orders.place(3), shop.orders.Desk().ask("x"), shop.orders.Desk.kind(), shop.orders.__name__)
print(type(shop.orders.__loader__).__name__)
"""

MODULE = """
def place(count):
    return count + 1

class Desk:
    def ask(self, question):
        return question * 2

    @staticmethod
    def kind():
        return "desk"
"""


def program(folder: pathlib.Path, targets: str) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").write_text("")
    (folder / "shop" / "orders.py").write_text(MODULE)
    (folder / "tracer.yaml").write_text(f"instrumentation:\n  targets:\n{targets}")


def test_functions_and_methods_are_traced_when_their_module_is_imported(tmp_path: pathlib.Path) -> None:
    program(
        tmp_path,
        "    - {module: shop.orders, function: place, span_type: tool}\n"
        "    - {module: shop.orders, function: Desk.ask}\n"
        "    - {module: shop.orders, function: Desk.kind}\n",
    )
    done = run_python(PROGRAM, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "4 xx desk shop.orders\nSourceFileLoader\n"
    spans = Recorded(tmp_path / ".oat").spans()
    assert [(span.name, span.span_type, span.inputs, span.outputs) for span in spans] == [
        ("shop.orders.place", "tool", {"count": 3}, 4),
        ("shop.orders.Desk.ask", "chain", {"question": "x"}, "xx"),
        ("shop.orders.Desk.kind", "chain", None, "desk"),
    ]


def test_a_target_that_matches_nothing_is_one_warning(tmp_path: pathlib.Path) -> None:
    program(
        tmp_path,
        "    - {module: no_such_package.x, function: f}\n    - {module: shop.orders, function: Desk.sell}\n",
    )
    done = run_python(PROGRAM, tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "oat: instrumentation.targets: no_such_package.x.f: there is no such module\n"
        "oat: instrumentation.targets: shop.orders.Desk.sell: there is no such function\n"
    )


def test_a_provider_is_patched_when_it_is_imported(tmp_path: pathlib.Path) -> None:
    program(tmp_path, "    - {module: openai.chat.completions, function: create, span_type: llm}\n")
    done = run_python(PROGRAM + "import openai; print(openai._oat_patched)", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("True\n")


def test_instrumentation_can_be_switched_off(tmp_path: pathlib.Path) -> None:
    program(tmp_path, "    - {module: shop.orders, function: place}\n")
    done = run_python(PROGRAM, tmp_path, OAT_INSTRUMENTATION="false")
    assert done.returncode == 0
    assert not (tmp_path / ".oat").exists() or Recorded(tmp_path / ".oat").spans() == []


def test_a_module_that_fails_to_import_fails_as_before(tmp_path: pathlib.Path) -> None:
    program(tmp_path, "    - {module: broken, function: f}\n")
    (tmp_path / "broken.py").write_text("def f(): return 1\nraise KeyError('as it is')\n")
    code = """
import oat
oat.get_tracer()
for _ in range(2):
    try: import broken
    except KeyError as error: print(error)
"""
    done = run_python(code, tmp_path)
    assert (done.stdout, done.stderr) == ("'as it is'\n" * 2, "")
