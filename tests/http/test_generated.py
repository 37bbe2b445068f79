"""Generated requests: whatever is asked, the answer is one that /openapi.json describes, and no failure.

OAT_GENERATED_EXAMPLES: how many of each route, default 10 (`make generated` for more).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from daemon import Daemon
from programs import BUILD

EXAMPLES = os.environ.get("OAT_GENERATED_EXAMPLES", "10")
# Others than those that have a name in HTTP are answered by libevent, with 501.
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["PUT", "PATCH", "DELETE", "TRACE"]
"""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def test_no_generated_request_is_answered_with_what_is_not_described(tmp_path: Path) -> None:
    """Of all routes but /ws, which answers plain HTTP with an error only."""
    environment = dict(os.environ, OAT_DATA_DIR=str(tmp_path / "store"))
    demo = [str(BUILD / "examples" / "demo_data"), "--traces", "10"]
    subprocess.run(demo, check=True, env=environment, stdout=subprocess.DEVNULL)
    daemon = Daemon(BUILD / "oat-httpd", tmp_path / "store", tmp_path / "log")
    try:
        (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
        command = [str(Path(sys.executable).parent / "schemathesis"), "run"]
        command += [f"http://127.0.0.1:{daemon.port}/openapi.json", "--exclude-path", "/ws"]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1"]
        command += ["--checks", ",".join(CHECKS), "--no-shrink", "--warnings", "off", "--no-color"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert daemon.request("/health").status == 200
        assert " error " not in daemon.log.read_text(), "the daemon logged an error"
    finally:
        daemon.stop()
