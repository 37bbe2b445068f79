"""The server that answers for model providers in tests."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path

import pytest
import yaml
from programs import DATA
from replay_server import ReplayServer, load


def cassette(path: Path, *interactions: object) -> Path:
    path.write_text(yaml.safe_dump({"interactions": list(interactions), "version": 1}))
    return path


def recorded(body: object, answer: object, **headers: str) -> dict[str, object]:
    """One interaction as VCR writes it."""
    return {
        "request": {"method": "POST", "uri": "https://api.example/v1/chat", "body": body, "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {name.replace("_", "-"): [value] for name, value in headers.items()},
            "body": {"string": answer},
        },
    }


def ask(server: ReplayServer, body: str, path: str = "/v1/chat") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", path, body=body)
    answer = connection.getresponse()
    status, text = answer.status, answer.read()
    connection.close()
    return status, text


def test_a_request_gets_the_answer_that_was_recorded_for_its_json(tmp_path: Path) -> None:
    """Spacing and order of keys do not matter; asked once more, it gets the same again."""
    path = cassette(tmp_path / "c.yaml", recorded('{"a": 1, "b": 2}', '"one"'), recorded('{"a": 2}', '"two"'))
    with ReplayServer(path) as server:
        assert [ask(server, body)[1] for body in ('{"a":2}', '{"b":2,"a":1}', '{"a":2}')] == [
            b'"two"',
            b'"one"',
            b'"two"',
        ]
        assert not server.refused


def test_the_same_request_twice_gets_both_answers(tmp_path: Path) -> None:
    """As when a poll was recorded."""
    path = cassette(tmp_path / "c.yaml", recorded("{}", '"pending"'), recorded("{}", '"done"'))
    with ReplayServer(path) as server:
        assert [ask(server, "{}")[1] for _ in range(3)] == [b'"pending"', b'"done"', b'"done"']


def test_in_order_a_body_may_differ_and_each_answer_is_given_once(tmp_path: Path) -> None:
    """What newer clients add to a request does no harm."""
    path = cassette(tmp_path / "c.yaml", recorded("{}", '"one"'), recorded("{}", '"two"'))
    with ReplayServer(path, match="order") as server:
        assert [ask(server, '{"new": 1}')[1] for _ in range(2)] == [b'"one"', b'"two"']
        assert ask(server, '{"new": 1}')[0] == 404
        assert "POST /v1/chat: no recording answers it" in server.refused[0]


def test_what_was_not_recorded_is_refused(tmp_path: Path) -> None:
    """And said, with what was."""
    with ReplayServer(cassette(tmp_path / "c.yaml", recorded("{}", '"one"'))) as server:
        status, text = ask(server, "{}", "/v1/other")
        assert (status, json.loads(text)["error"]["type"]) == (404, "no_recording")
        assert server.refused == ["POST /v1/other: no recording answers it; recorded: POST /v1/chat"]


def test_a_stream_comes_whole_and_in_events(tmp_path: Path) -> None:
    """Line ends of either kind."""
    text = 'data: {"n": 1}\r\n\r\ndata: {"n": 2}\r\n\r\ndata: [DONE]\r\n\r\n'
    path = cassette(tmp_path / "c.yaml", recorded("{}", text, content_type="text/event-stream"))
    with ReplayServer(path) as server:
        assert server.exchanges[0].events() == [{"n": 1}, {"n": 2}]
        assert ask(server, "{}")[1] == text.replace("\r\n", "\n").encode()


def test_a_gzipped_answer_stays_gzip(tmp_path: Path) -> None:
    """And says so, which a client needs to unpack it."""
    path = cassette(tmp_path / "c.yaml", recorded("{}", gzip.compress(b'{"n": 1}'), content_encoding="gzip"))
    with ReplayServer(path) as server:
        assert ("Content-Encoding", "gzip") in server.exchanges[0].headers
        assert gzip.decompress(ask(server, "{}")[1]) == b'{"n": 1}'
        assert server.exchanges[0].response_json() == {"n": 1}


def test_a_file_that_is_no_cassette_is_named(tmp_path: Path) -> None:
    """So that a wrong path is seen at once."""
    path = tmp_path / "other.yaml"
    path.write_text("a: 1\n")
    with pytest.raises(ValueError, match=r"other\.yaml: not a cassette"):
        load(path)


@pytest.mark.skipif(not (DATA / "cassettes").is_dir(), reason=f"no test data in {DATA}")
def test_every_recording_of_the_two_providers_loads() -> None:
    """With a status and a path each."""
    for provider in ("openai", "anthropic"):
        exchanges = load(DATA / "cassettes" / provider)
        assert len(exchanges) > 100
        assert all(e.status >= 200 and e.path.startswith("/") for e in exchanges)
