#!/usr/bin/env python3
"""Checks of who may ask oat-httpd what, over sockets.

Usage: check_access.py BUILD SCRATCH     (SCRATCH/store is what demo_data wrote)
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import unittest
import warnings
from pathlib import Path

from daemon import WAIT_S, Answer, Daemon, run_tests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

BUILD, SCRATCH = Path(sys.argv[1]), Path(sys.argv[2])
HTTPD = BUILD / "oat-httpd"
TOKENS = SCRATCH / "access" / "tokens"

daemon: Daemon
secrets: dict[str, str] = {}


def token(*arguments: str) -> str:
    command: list[str | Path] = [BUILD / "oat", "token", *arguments, "--tokens", TOKENS]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=WAIT_S).stdout


def setUpModule() -> None:
    global daemon
    for role in ("read", "ingest", "write", "admin"):
        secrets[role] = token("add", "--name", f"{role}er", "--role", role).strip()
    daemon = Daemon(
        HTTPD,
        SCRATCH / "store",
        SCRATCH / "access.log",
        ["--tokens", TOKENS, "--allow-host", "traces.example", "--allow-origin", "https://pages.example"],
    )


def tearDownModule() -> None:
    daemon.stop()


JSON = {"Content-Type": "application/json"}


def export(count: int) -> bytes:
    """An export of so many spans, each a trace."""
    spans = [
        {
            "traceId": os.urandom(16).hex(),
            "spanId": os.urandom(8).hex(),
            "name": "one",
            "startTimeUnixNano": str(time.time_ns() - 1000),
            "endTimeUnixNano": str(time.time_ns()),
        }
        for _ in range(count)
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def log_in(secret: str, **headers: str) -> Answer:
    return daemon.request("/login", "POST", headers, json.dumps({"token": secret}).encode())


class Tokens(unittest.TestCase):
    def test_the_file_keeps_no_secret(self) -> None:
        self.assertEqual(TOKENS.stat().st_mode & 0o777, 0o600)
        text = TOKENS.read_text()
        for secret in secrets.values():
            self.assertRegex(secret, "^oat_[a-z2-7]{52}$")
            self.assertNotIn(secret, text + token("list"))

    def test_nothing_is_told_without_one(self) -> None:
        answer = daemon.request("/traces")
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (401, "unauthorized"))
        self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))
        self.assertEqual(set(daemon.get("/health")), {"status", "version"})

    def test_roles_decide(self) -> None:
        statuses = {role: daemon.request("/traces", headers=bearer(s)).status for role, s in secrets.items()}
        self.assertEqual(statuses, {"read": 200, "ingest": 403, "write": 200, "admin": 200})
        health = daemon.request("/health", headers=bearer(secrets["read"])).json()
        self.assertGreater(health["traces"], 0)
        me = daemon.request("/me", headers=bearer(secrets["write"])).json()
        self.assertEqual(
            me, {"name": "writeer", "role": "write", "project": "default", "authenticated_by": "token"}
        )

    def test_a_token_in_a_url_is_no_token(self) -> None:
        self.assertEqual(daemon.request(f"/traces?token={secrets['read']}").status, 401)

    def test_one_that_is_revoked_ends_at_once(self) -> None:
        secret = token("add", "--name", "short", "--role", "read").strip()
        deadline = time.monotonic() + WAIT_S
        while daemon.request("/traces", headers=bearer(secret)).status != 200:
            self.assertLess(time.monotonic(), deadline)
        cookie = log_in(secret).headers["Set-Cookie"].partition(";")[0]
        token("revoke", "short")
        while daemon.request("/traces", headers=bearer(secret)).status != 401:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(daemon.request("/traces", headers={"Cookie": cookie}).status, 401)


class Bodies(unittest.TestCase):
    """A long body is not waited for when its head says enough."""

    def head(self, line: str, *headers: str) -> bytes:
        """What comes back for the head of a request whose body never comes."""
        text = "\r\n".join([line + " HTTP/1.1", "Host: localhost", *headers, "", ""])
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=WAIT_S) as connection:
            connection.sendall(text.encode())
            return connection.recv(65536)

    def test_who_may_not_send_it_is_told_at_once(self) -> None:
        long = "Content-Length: 30000000"
        read = f"Authorization: Bearer {secrets['read']}"
        ingest = f"Authorization: Bearer {secrets['ingest']}"
        for status, line, *headers in (
            (401, "POST /ingest", long),
            (401, "POST /v1/traces", "Transfer-Encoding: chunked"),
            (401, "POST /ingest", long, "Authorization: Bearer oat_guess"),
            (403, "POST /ingest", long, read),
            (403, "POST /ingest", long, ingest, "Origin: http://evil.example"),
            (404, "POST /nothing", long, ingest),
            (405, "PUT /ingest", long, ingest),
            (413, "POST /ingest", "Content-Length: 80000000", ingest),
            (413, "POST /analytics/query", long, read),
            (400, "POST /ingest", long, ingest, " folded"),
        ):
            answer = self.head(line, *headers)
            self.assertRegex(answer, rb"^HTTP/1\.1 %d " % status, (line, headers))
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertIn(b"\r\nContent-Length: %d\r\n" % len(body), head)
            self.assertGreater(len(body), 20)

    def test_who_is_refused_may_have_sent_it_already(self) -> None:
        answer = daemon.request("/ingest", "POST", JSON, b" " * 5_000_000)
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (401, "unauthorized"))

    def test_what_may_be_sent_is_taken_in(self) -> None:
        headers = {**JSON, **bearer(secrets["ingest"])}
        answer = daemon.request("/v1/traces", "POST", headers, export(1) + b" " * 1_000_000)
        self.assertEqual(answer.status, 200)


class Listeners(unittest.TestCase):
    """Clients of /ws."""

    def listen(self, **headers: str) -> Connection:
        client = connect(f"ws://127.0.0.1:{daemon.port}/ws", additional_headers=headers)
        self.addCleanup(client.close)
        return client

    def assert_ends(self, client: Connection) -> None:
        with self.assertRaises(ConnectionClosed) as ended:
            client.recv(timeout=WAIT_S)
        self.assertEqual(ended.exception.rcvd and ended.exception.rcvd.code, 1008)

    def test_those_whose_token_or_session_ends_listen_no_more(self) -> None:
        secret = token("add", "--name", "listener", "--role", "read").strip()
        deadline = time.monotonic() + WAIT_S
        while (answer := log_in(secret)).status != 200:
            self.assertLess(time.monotonic(), deadline)
        page = {
            "Cookie": answer.headers["Set-Cookie"].partition(";")[0],
            "Origin": f"http://127.0.0.1:{daemon.port}",
        }
        by_token, by_session = self.listen(**bearer(secret)), self.listen(**page)
        other = self.listen(**bearer(secrets["read"]))
        daemon.request("/logout", "POST", page)
        self.assert_ends(by_session)
        token("revoke", "listener")
        self.assert_ends(by_token)
        other.send('{"kinds": ["alert"]}')
        self.assertEqual(json.loads(other.recv(timeout=WAIT_S))["type"], "batch")

    def test_pages_of_allowed_sites_may_listen(self) -> None:
        self.listen(**bearer(secrets["read"]), Origin="https://pages.example").close()
        for origin in ("http://evil.example", "null"):
            with self.assertRaises(InvalidStatus) as refused:
                self.listen(**bearer(secrets["read"]), Origin=origin)
            self.assertEqual(refused.exception.response.status_code, 403)


class Browsers(unittest.TestCase):
    def test_a_session_reads_and_ends(self) -> None:
        answer = log_in(secrets["read"])
        self.assertEqual((answer.status, answer.json()["role"]), (200, "read"))
        cookie, *flags = answer.headers["Set-Cookie"].split("; ")
        self.assertEqual(set(flags), {"Path=/", "HttpOnly", "SameSite=Strict"})
        headers = {"Cookie": cookie}
        self.assertEqual(daemon.request("/traces", headers=headers).status, 200)
        self.assertEqual(daemon.request("/logout", "POST", headers).status, 403)
        headers["Origin"] = f"http://127.0.0.1:{daemon.port}"
        self.assertEqual(daemon.request("/logout", "POST", headers).status, 200)
        self.assertEqual(daemon.request("/traces", headers=headers).status, 401)

    def test_other_sites_are_kept_out(self) -> None:
        read = bearer(secrets["read"])
        answer = daemon.request("/analytics/query", "POST", {**read, "Origin": "http://evil.example"}, b"{}")
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (403, "forbidden_origin"))
        answer = daemon.request("/traces", headers={**read, "Host": "evil.example"})
        self.assertEqual((answer.status, answer.json()["error"]["code"]), (403, "forbidden_host"))
        answer = daemon.request("/traces", headers={**read, "Origin": "http://evil.example"})
        self.assertFalse([name for name in answer.headers if name.startswith("Access-Control")])

    def test_names_and_sites_that_are_allowed_may_ask(self) -> None:
        read = bearer(secrets["read"])
        self.assertEqual(daemon.request("/traces", headers={**read, "Host": "traces.example"}).status, 200)
        origin = {"Origin": "https://pages.example"}
        answer = daemon.request("/analytics/query", "POST", {**read, **origin}, b"{}")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "https://pages.example")
        self.assertEqual(answer.headers["Vary"], "Origin")
        self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
        asked = {**origin, "Access-Control-Request-Method": "POST"}
        answer = daemon.request("/analytics/query", "OPTIONS", asked)
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIn("Authorization", answer.headers["Access-Control-Allow-Headers"])
        self.assertEqual(daemon.request("/traces", "OPTIONS", {"Origin": "http://evil.example"}).status, 403)

    def test_guesses_are_few(self) -> None:
        answers = [log_in("oat_guess") for _ in range(30)]
        self.assertEqual({answer.status for answer in answers}, {401, 429})
        self.assertGreater(int(answers[-1].headers["Retry-After"]), 0)
        self.assertEqual(log_in(secrets["read"]).status, 200)


class Projects(unittest.TestCase):
    def setUp(self) -> None:
        """Two projects: one with the traces of the demonstration, and one that may take 3 spans a second."""
        self.folder = SCRATCH / "projects"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "oat-httpd.yaml").write_text(
            f"dir: {SCRATCH / 'store'}\ntokens: {TOKENS}\n"
            "projects: {small: {dir: small, ingest_spans_per_s: 3}}\n"
        )

    def test_each_has_its_traces_tokens_and_quota(self) -> None:
        small = bearer(token("add", "--name", "small", "--role", "admin", "--project", "small").strip())
        log = SCRATCH / "projects.log"
        served = Daemon(HTTPD, SCRATCH / "store", log, ["--config", self.folder])
        self.addCleanup(served.stop)
        theirs = served.request("/traces", headers=bearer(secrets["read"])).json()
        self.assertGreater(theirs["total"], 0)
        self.assertEqual(served.request("/traces", headers=small).json()["total"], 0)
        path = "/traces/" + theirs["traces"][0]["trace_id"]
        self.assertEqual(served.request(path, headers=bearer(secrets["read"])).status, 200)
        self.assertEqual(served.request(path, headers=small).status, 404)

        answers = [served.request("/v1/traces", "POST", {**small, **JSON}, export(5)) for _ in range(3)]
        self.assertEqual([answer.status for answer in answers], [200, 429, 429])
        self.assertGreater(int(answers[1].headers["Retry-After"]), 0)
        deadline = time.monotonic() + WAIT_S
        while served.request("/traces", headers=small).json()["total"] < 5:
            self.assertLess(time.monotonic(), deadline)
        total = served.request("/traces", headers=bearer(secrets["read"])).json()["total"]
        self.assertEqual(total, theirs["total"])


class Encryption(unittest.TestCase):
    """A daemon with a certificate of its own, on all addresses."""

    cert: Path
    served: Daemon

    @classmethod
    def setUpClass(cls) -> None:
        cls.cert, key = SCRATCH / "cert.pem", SCRATCH / "key.pem"
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        command += ["-keyout", str(key), "-out", str(cls.cert)]
        subprocess.run(command, check=True, capture_output=True, timeout=WAIT_S)
        options: list[str | Path] = ["--listen", "0.0.0.0:0", "--tokens", TOKENS]
        options += ["--tls-cert", cls.cert, "--tls-key", key]
        cls.served = Daemon(HTTPD, SCRATCH / "store", SCRATCH / "tls.log", options)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.served.stop()

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.cert))

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.served.port, timeout=WAIT_S, context=self.context()
        )

    def test_requests_are_answered_over_one_connection(self) -> None:
        connection = self.connect()
        for path, headers, status in (
            ("/traces", bearer(secrets["read"]), 200),
            ("/traces", {}, 401),
            ("/traces?limit=1000", bearer(secrets["read"]), 200),
        ):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            self.assertEqual((response.status, bool(response.read())), (status, True))
        connection.close()

    def test_cookies_are_for_encrypted_connections_only(self) -> None:
        connection = self.connect()
        connection.request("POST", "/login", json.dumps({"token": secrets["read"]}))
        response = connection.getresponse()
        self.assertIn("Secure", (response.getheader("Set-Cookie") or "").split("; "))
        connection.close()

    def test_plain_text_and_old_versions_get_nothing(self) -> None:
        self.assertEqual(self.served.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")[:5], b"")
        old = self.context()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        address = ("127.0.0.1", self.served.port)
        with socket.create_connection(address, timeout=WAIT_S) as plain, self.assertRaises(OSError):
            old.wrap_socket(plain, server_hostname="127.0.0.1")
        self.test_requests_are_answered_over_one_connection()

    def test_handshakes_that_do_not_go_on_keep_nobody_waiting(self) -> None:
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection(("127.0.0.1", self.served.port))).send(
                    b"\x16\x03"
                )
            self.test_requests_are_answered_over_one_connection()

    def test_a_key_that_does_not_fit_is_an_error(self) -> None:
        command: list[str | Path] = [HTTPD, "--dir", SCRATCH / "store", "--listen", "127.0.0.1:0"]
        command += ["--tls-cert", self.cert, "--tls-key", self.cert]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
        self.assertEqual((ran.returncode, "private key" in ran.stderr), (1, True))


class Start(unittest.TestCase):
    def refuses(self, *options: str) -> str:
        command: list[str | Path] = [HTTPD, "--dir", SCRATCH / "store", "--listen", "0.0.0.0:0"]
        command += ["--otlp-http", "off", "--otlp-grpc", "off", *options]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
        self.assertEqual(ran.returncode, 1)
        return ran.stderr

    def test_other_machines_need_tokens_and_encryption(self) -> None:
        self.assertIn("--insecure-plaintext", self.refuses())
        self.assertIn("oat token add", self.refuses("--insecure-plaintext"))

    def test_other_machines_may_ask_when_that_is_meant(self) -> None:
        other = Daemon(
            HTTPD,
            SCRATCH / "store",
            SCRATCH / "exposed.log",
            ["--listen", "0.0.0.0:0", "--insecure-plaintext", "--tokens", TOKENS],
        )
        try:
            self.assertEqual(other.request("/traces").status, 401)
            self.assertEqual(other.request("/traces", headers=bearer(secrets["read"])).status, 200)
        finally:
            self.assertEqual(other.stop(), 0)

    def test_tokens_that_others_may_read_are_refused(self) -> None:
        loose = SCRATCH / "loose"
        loose.write_text("")
        os.chmod(loose, 0o644)
        self.assertIn("chmod 600", self.refuses("--insecure-plaintext", "--tokens", str(loose)))


if __name__ == "__main__":
    sys.exit(run_tests())
