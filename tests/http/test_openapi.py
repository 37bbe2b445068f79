"""Real answers are what /openapi.json says they are."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from daemon import Daemon
from programs import BUILD

# Requests beside the plain GET of every route.
MORE = (
    "/traces?limit=3&status=error&sort=-cost",
    "/traces?q=type+%3D+tool&span_type=llm&from=-24h",
    "/traces/facets?fields=name,attributes.attempt,total_tokens&limit=2",
    "/traces/histogram?from=-1h&to=now",
    "/spans?status=error&limit=3",
    "/sessions?limit=1&sort=-cost",
    "/analytics/overview?every=1h&window=48h",
    "/analytics/latency?every=6h&q=status+%3D+error",
    "/analytics/cost?by=model&every=1h",
    "/alerts?state=firing&rule=calls&history=5",
    "/analytics/cost?by=prompt&limit=2",
    "/prompts/greet?label=production",
)
WRONG = (
    "/traces?limit=0",
    "/traces?q=type+%3D",
    "/traces/00000000000000000000000000000009",
    "/nowhere",
    "/analytics/cost?by=colour",
    "/alerts?state=bad",
)
QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"filter": "type = llm", "group_by": ["model", "hour"], "aggregates": ["count", "p95:duration_ms"]},
    {"group_by": "attributes.attempt", "every": "1h", "limit": 5},
)

ALERTS = """
alerts:
  calls: {aggregate: count, by: agent, window: 30d, above: 0}
  slow: {filter: type = llm, aggregate: "p95:duration", window: day, above: 1h}
"""


@pytest.fixture(scope="module", name="daemon")
def start_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon over the store that examples/demo_data writes."""
    folder = tmp_path_factory.mktemp("openapi")
    environment = dict(os.environ, OAT_DATA_DIR=str(folder / "store"))
    demo = [str(BUILD / "examples" / "demo_data"), "--traces", "40"]
    subprocess.run(demo, check=True, env=environment, stdout=subprocess.DEVNULL)
    (folder / "store" / "alerts.yaml").write_text(ALERTS)
    daemon = Daemon(BUILD / "oat-httpd", folder / "store", folder / "log")
    for template in ("Hello {{name}}", "Hi {{name}}"):
        body = json.dumps({"template": template, "labels": ["production"]}).encode()
        assert daemon.request("/prompts/greet", "POST", body=body).status == 201
    yield daemon
    daemon.stop()


@pytest.fixture(scope="module", name="api")
def read_api(daemon: Daemon) -> Any:
    """The description, in which an object may have no member that is not named, but for *Fields, which others
    add to."""
    api = daemon.get("/openapi.json")
    for name, schema in api["components"]["schemas"].items():
        if not name.endswith("Fields"):
            close(schema)
    return api


def close(schema: Any) -> None:
    """Lets objects have no members that are not named."""
    if isinstance(schema, dict):
        for part in list(schema.values()):
            close(part)
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("unevaluatedProperties", False)
    elif isinstance(schema, list):
        for part in schema:
            close(part)


def content_of(api: Any, path: str, method: str, status: int) -> Any:
    """Content types and their schemas."""
    responses = api["paths"][path][method]["responses"]
    response = responses.get(str(status), responses["default"])
    if "$ref" in response:
        response = api["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response["content"]


def check(api: Any, path: str, method: str, answer: Any) -> None:
    """Fails unless the answer is of a content type that is named, and of its schema."""
    content = content_of(api, path, method, answer.status)
    content_type = answer.headers["Content-Type"].partition(";")[0]
    assert content_type in content, f"{path}: {content_type}"
    if content_type == "application/json":
        schema = {**api, **content[content_type]["schema"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())


def route_of(api: Any, target: str) -> str:
    """The path of the description that a request's is one of."""
    parts = target.partition("?")[0].split("/")
    for path in sorted(api["paths"], key=lambda one: "{" in one):
        pattern = path.split("/")
        if len(pattern) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(pattern, parts)):
            return str(path)
    return "/traces"  # an error is one anywhere


def targets(api: Any, daemon: Daemon) -> list[str]:
    """A request for each route that is GET; ids are those of the first and the longest traces."""
    traces = daemon.get("/traces?limit=1000")["traces"]
    chosen = traces[:20] + [max(traces, key=lambda trace: int(trace["span_count"]))]
    found = []
    gets = {path: item["get"] for path, item in api["paths"].items() if "get" in item}
    for path in (path for path, operation in gets.items() if "200" in operation["responses"]):
        if "{id}" not in path:
            found.append(path.replace("{writer}", "c1" * 16).replace("{seq}", "0"))
        if path == "/traces/previews":
            found[-1] += "?ids=" + ",".join(trace["trace_id"] for trace in chosen)
        for trace in chosen if path.startswith("/traces/{id}") else []:
            found += [path.replace("{id}", trace["trace_id"]).replace("{other}", chosen[0]["trace_id"])]
        if path.startswith("/spans/{id}"):
            span = daemon.get("/spans?span_type=llm&limit=1")["spans"][0]
            target = path.replace("{id}", span["span_id"]).replace("{other}", span["span_id"])
            found.append(target if "{other}" in path else f"{target}?trace_id={span['trace_id']}")
        if path.startswith("/blobs/{id}"):
            span = daemon.get("/spans?span_type=llm&limit=1")["spans"][0]
            span = daemon.get(f"/spans/{span['span_id']}?include_blobs=true")
            found.append(
                path.replace("{id}", span["input_info"]["content_id"]) + "?span_id=" + span["span_id"]
            )
        if path.startswith("/sessions/{id}"):
            found.append(path.replace("{id}", daemon.get("/sessions")["sessions"][0]["session_id"]))
        if path.startswith("/prompts/{id}"):
            found.append(path.replace("{id}", "greet") + "?a=1&b=2" * path.endswith("compare"))
            found[-1] += "?key=somebody" * path.endswith("pick")
        assert route_of(api, found[-1]) == path, f"say in this test what {path} can be asked for"
    blobs = [f"/traces/{trace['trace_id']}?include_blobs=true" for trace in chosen]
    return found + blobs + list(MORE)


def test_it_is_an_openapi_document(api: Any) -> None:
    """What every OpenAPI 3.1 document has; schemas are JSON Schema 2020-12."""
    assert api["openapi"].startswith("3.1.")
    assert api["info"]["title"]
    for schema in api["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, item in api["paths"].items():
        assert path.startswith("/")
        for operation in item.values():
            assert operation["summary"]
            assert {"200", "101"} & set(operation["responses"])


def test_answers_of_every_get_route_are_as_described(api: Any, daemon: Daemon) -> None:
    """Members, their types, and no others."""
    for target in targets(api, daemon):
        answer = daemon.request(target)
        if target == "/" and answer.status == 302:
            assert "302" in api["paths"]["/"]["get"]["responses"]
            continue
        assert answer.status == 200, f"{target}: {answer.body[:300]!r}"
        check(api, route_of(api, target), "get", answer)


def test_queries_answer_as_described(api: Any, daemon: Daemon) -> None:
    """POST /analytics/query: its body, too."""
    body = api["paths"]["/analytics/query"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    for query in QUERIES:
        jsonschema.Draft202012Validator({**api, **body}).validate(query)
        answer = daemon.request("/analytics/query", "POST", body=str(query).replace("'", '"').encode())
        assert answer.status == 200
        check(api, "/analytics/query", "post", answer)


def test_mcp_answers_as_described(api: Any, daemon: Daemon) -> None:
    """A session as clients have it: greeting, notification, tools."""
    tools = {"list_traces": {"limit": 2}, "search": {"text": "the"}, "query": {"aggregates": ["count"]}}
    calls = [("tools/call", {"name": name, "arguments": value}) for name, value in tools.items()]
    methods: list[tuple[str, Any]] = [("initialize", {}), ("tools/list", {}), ("nothing", {}), *calls]
    for number, (method, params) in enumerate(methods):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        answer = daemon.request("/mcp", "POST", body=json.dumps(message).encode())
        assert (answer.status, answer.json()["id"]) == (200, number)
        check(api, "/mcp", "post", answer)
        assert not answer.json().get("result", {}).get("isError")
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    answer = daemon.request("/mcp", "POST", body=json.dumps(note).encode())
    assert (answer.status, answer.body) == (202, b"")
    assert daemon.request("/mcp").status == 405  # no stream of our own
    check(api, "/mcp", "post", daemon.request("/mcp", "POST", body=b"[]"))


def test_errors_are_as_described(api: Any, daemon: Daemon) -> None:
    """One shape for all of them."""
    for target in WRONG:
        answer = daemon.request(target)
        assert answer.status in (400, 404)
        check(api, route_of(api, target), "get", answer)


def test_the_page_may_load_its_own_files_alone(daemon: Daemon) -> None:
    """No inline script or style, nothing from elsewhere."""
    page = daemon.request("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for loaded in ("/docs/page.css", "/docs/page.js"):
        assert f'"{loaded}"'.encode() in page.body
        assert daemon.request(loaded).headers["X-Content-Type-Options"] == "nosniff"
    script = daemon.request("/docs/page.js").body
    assert b"innerHTML" not in script
    assert b"http://" not in page.body + script
    assert b"https://" not in page.body + script


def test_the_page_is_not_kept_from_those_who_ask_by_head(daemon: Daemon) -> None:
    """HEAD is answered like GET, with the length of what GET would send."""
    length = daemon.request("/docs", "HEAD").headers["Content-Length"]
    assert int(length) == len(daemon.request("/docs").body)


def test_files_are_the_ones_of_the_tree(daemon: Daemon) -> None:
    """The build notices when one of them changes."""
    pages = Path(__file__).resolve().parents[2] / "httpd" / "pages"
    files = {
        "/openapi.json": "openapi.json",
        "/docs": "docs.html",
        "/docs/page.css": "docs.css",
        "/docs/page.js": "docs.js",
    }
    for path, name in files.items():
        assert daemon.request(path).body == (pages / name).read_bytes(), path
