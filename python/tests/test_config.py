"""How the tracer is configured: tracer.yaml, the environment, arguments."""

from __future__ import annotations

import pathlib

import oat
import pytest
from conftest import Recorded
from running import run_python

FILE = """
service: {name: by-file, version: "2", environment: by-file}
export: {local: {data_dir: store}}
sampling: {rate: 1.0}
capture: {redact: [email]}
pricing:
  my-model: {prompt_tokens_per_1k: 1, completion_tokens_per_1k: 2}
"""

ONE_SPAN = """
with oat.span("x", "llm", model="my-model") as s:
    s.set_input("to ada@example.org")
    s.set_usage(prompt_tokens=1000, completion_tokens=1000)
"""


def test_a_file_is_found_above_the_working_directory(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE)
    (tmp_path / "below").mkdir()
    done = run_python("import oat" + ONE_SPAN, tmp_path / "below")
    assert (done.returncode, done.stderr) == (0, "")
    span = Recorded(tmp_path / "store").span("x")
    assert (span.service, span.environment) == ("by-file", "by-file")
    assert span.metadata["oat.service_version"] == "2"
    assert span.total_cost == 3.0
    assert span.inputs.startswith("to [redacted email 15 ")


def test_the_environment_is_stronger_than_the_file_and_code_than_both(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE)
    code = """
import oat
prices = {"prompt_tokens_per_1k": 0.5, "completion_tokens_per_1k": 0.25}
tracer = oat.get_tracer(service_name="by-code", pricing={"my-model": prices})
"""
    variables = {"OAT_SERVICE_NAME": "by-env", "OAT_ENVIRONMENT": "by-env", "OAT_DATA_DIR": "other"}
    done = run_python(code + ONE_SPAN, tmp_path, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    span = Recorded(tmp_path / "other").span("x")
    assert (span.service, span.environment, span.total_cost) == ("by-code", "by-env", 0.75)


def test_what_is_wrong_is_said_once_and_left_out(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text("service: {name: named}\nsampling: {rate: often}\n")
    code = "import oat\noat.get_tracer()\noat.get_tracer()\nwith oat.span('x'): pass"
    done = run_python(code, tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        f"oat: {tmp_path}/tracer.yaml:2:18: sampling.rate: expected a number from 0 to 1\n"
    )
    assert Recorded(tmp_path / ".oat").span("x").service == "named"


def test_a_wrong_argument_is_left_out_too(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracer = oat.get_tracer("named", data_dir=tmp_path / "store", sampling_rate=7)
    with oat.span("x"):
        pass
    tracer.shutdown()
    assert "sampling.rate: expected a number from 0 to 1" in capsys.readouterr().err
    assert Recorded(tmp_path / "store").span("x").service == "named"


def test_with_strict_it_is_an_error_but_not_of_a_traced_function(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tracer.yaml").write_text("strict: true\nsampling: {rate: often}\n")
    done = run_python("import oat\noat.get_tracer()", tmp_path)
    assert done.returncode == 1 and "ValueError: " in done.stderr
    done = run_python("import oat\nfor _ in range(2):\n    with oat.span('x'): print('ran')", tmp_path)
    assert (done.returncode, done.stdout) == (0, "ran\nran\n")
    assert done.stderr.count("oat: nothing is recorded") == 1


def test_what_is_not_kept_leaves_its_length_and_hash(tmp_path: pathlib.Path) -> None:
    tracer = oat.get_tracer(data_dir=tmp_path / "store", capture_input=False, capture_max_bytes=4)
    with oat.span("x") as span:
        span.set_input("what was asked")
        span.set_output("what was said")
    tracer.shutdown()
    found = Recorded(tmp_path / "store").span("x")
    assert found.inputs == "" and found.outputs == "what"
    assert found.metadata["oat.input_bytes"] == 14 and found.metadata["oat.output_bytes"] == 13
    assert found.metadata["oat.input_hash"]


def test_redaction_is_asked_for_by_arguments(tmp_path: pathlib.Path) -> None:
    card = "4111 1111 1111 1111"
    for number, options in enumerate(({}, {"redact": ["email", "card"]}, {"redact_keys": False})):
        tracer = oat.get_tracer(data_dir=tmp_path / str(number), **options)  # type: ignore[arg-type]
        with oat.span("x") as span:
            span.set_input(f"ada@example.org {card} sk-proj-{'a1B2' * 12}")
        tracer.shutdown()
    found = [Recorded(tmp_path / str(number)).span("x").inputs for number in range(3)]
    assert ["ada@" in text for text in found] == [True, False, True]
    assert [card in text for text in found] == [True, False, True]
    assert ["sk-proj" in text for text in found] == [False, False, True]


def test_the_same_settings_are_the_same_tracer(tmp_path: pathlib.Path) -> None:
    first = oat.get_tracer("s", data_dir=tmp_path / "store", sampling_rate=0.5)
    assert oat.get_tracer("s", data_dir=tmp_path / "store", sampling_rate=0.5) is first
    assert oat.get_tracer("s", data_dir=tmp_path / "store", sampling_rate=0.25) is not first
    oat.get_tracer().shutdown()


def test_the_reader_looks_where_the_tracer_would_write(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tracer.yaml").write_text(FILE)
    done = run_python("import oat" + ONE_SPAN + "print(len(oat.open().traces()))", tmp_path)
    assert done.stdout == "1\n"
