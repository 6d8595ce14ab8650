"""What surrounds every answer: its headers, also those of errors; the names that the server goes by; other sites."""

import json
import socket

import pytest
from served import ADDRESS, JSON, SEVEN, client

from mnist.web import answers
from mnist.web.bodies import BYTES
from mnist.web.security import Hosts

CLIENT = client(raise_server_exceptions=False)
BODY = json.dumps({"strokes": SEVEN})
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

REQUESTS = {
    "the page": ("GET", "/", {}, "", 200),
    "its head": ("HEAD", "/", {}, "", 200),
    "a file": ("GET", "/static/index.html", {}, "", 200),
    "no file": ("GET", "/static/none.js", {}, "", 404),
    "a file outside": ("GET", "/static/..%2fapp.py", {}, "", 404),
    "a file with a null byte": ("GET", "/static/%00", {}, "", 404),
    "an answer": ("POST", "/api/predict", JSON, BODY, 200),
    "no JSON": ("POST", "/api/predict", JSON, "{", 400),
    "wrong JSON": ("POST", "/api/predict", JSON, "{}", 422),
    "another type": ("POST", "/api/predict", {}, BODY, 415),
    "too long": ("POST", "/api/predict", JSON, BODY.ljust(BYTES + 1), 413),
    "wrong method": ("DELETE", "/api/predict", {}, "", 405),
    "preflight": ("OPTIONS", "/api/predict", {"access-control-request-method": "POST"}, "", 405),
    "posted to a file": ("POST", "/static/index.html", JSON, BODY, 405),
    "nothing there": ("GET", "/api/nothing", {}, "", 404),
    "another name": ("GET", "/", {"host": "example.com"}, "", 421),
    "another site": ("POST", "/api/predict", {**JSON, "origin": "http://example.com"}, BODY, 403),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_answer_has_the_headers(name: str) -> None:
    method, path, headers, body, status = REQUESTS[name]
    answer = CLIENT.request(method, path, headers=headers, content=body)
    assert answer.status_code == status
    for header, value in HEADERS.items():
        assert answer.headers.get_list(header) == [value]
    (policy,) = answer.headers.get_list("content-security-policy")
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == POLICY
    assert answer.headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")
    assert not any(header.startswith("access-control") for header in answer.headers)
    assert "server" not in answer.headers
    if status >= 400:
        assert answer.headers["content-type"] == "application/json"
        assert 20 < len(answer.json()["error"]) < 200


def test_a_mistake_of_ours_has_them_too_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "about", lambda network: 1 / 0)
    answer = CLIENT.get("/api/model")
    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" not in answer.text
    assert answer.json()["error"].startswith("the server has made a mistake")


def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    first = CLIENT.get("/static/index.html")
    again = CLIENT.get("/static/index.html", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers


# -- names -------------------------------------------------------------------------------------------------------------

LOCAL = ["127.0.0.1", "127.0.0.1:8000", "127.0.0.1:1", "localhost", "LOCALHOST:80", "[::1]", "[::1]:65535"]
FOREIGN = [
    "", "example.com", "127.0.0.1.example.com", "localhost.example.com", "example.com:8000", "127.0.0.2", "10.0.0.1",
    "0.0.0.0", "[::2]", "::1", "localhost:", "localhost:x", "localhost:123456", "a@localhost", "localhost/",
    "localhost#", "localhost, example.com", "localhost localhost", "[localhost]", "[::1", "localhost.", "xn--localhost",
]  # fmt: skip


@pytest.mark.parametrize("host", LOCAL)
def test_names_of_the_loopback(host: str) -> None:
    assert host in Hosts()
    assert CLIENT.get("/api/model", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_other_names_are_refused(host: str) -> None:
    assert host not in Hosts()
    answer = CLIENT.get("/api/model", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["error"].startswith(f"this server does not go by the name {host!r}, but by 127.0.0.1, ")


@pytest.mark.parametrize(("host", "good", "bad"), [
    ("192.168.0.7", ["192.168.0.7:8000", "localhost"], ["192.168.0.8", "example.com"]),
    ("Desk.Home", ["desk.home", "DESK.home:80"], ["home", "other.desk.home"]),
    ("fe80::1", ["[fe80::1]:8000", "[FE80::1]"], ["fe80::1", "[fe80::2]"]),
    ("0.0.0.0", ["192.168.0.7", "[fe80::2]:80", socket.gethostname(), "localhost"], ["example.com", "1.example.com"]),
    ("::", ["192.168.0.7", "[::2]"], ["example.com", "[example.com]"]),
])  # fmt: skip
def test_names_of_where_it_was_told_to_listen(host: str, good: list[str], bad: list[str]) -> None:
    assert all(name in Hosts(host) for name in good)
    assert not any(name in Hosts(host) for name in bad)


def test_the_application_asks_the_names_that_it_is_given() -> None:
    asked = client(hosts=Hosts("desk.home"))
    assert asked.get("/", headers={"host": "desk.home:8000"}).status_code == 200
    assert asked.get("/", headers={"host": "desk.example.com"}).status_code == 421


# -- other sites -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [ADDRESS, ADDRESS.replace("http:", "https:"), None])
def test_its_own_page_may_ask(origin: str | None) -> None:
    headers = JSON if origin is None else {**JSON, "origin": origin}
    assert CLIENT.post("/api/predict", headers=headers, content=BODY).status_code == 200


@pytest.mark.parametrize("origin", [
    "null", "", "http://example.com", "http://127.0.0.1", "http://127.0.0.1:8001", "http://localhost:8000", "ftp://x",
    f"{ADDRESS}.example.com", f"{ADDRESS}/",
])  # fmt: skip
@pytest.mark.parametrize("path", ["/api/predict", "/api/graph"])
def test_other_pages_may_not(path: str, origin: str) -> None:
    answer = CLIENT.post(path, headers={**JSON, "origin": origin}, content=BODY)
    assert answer.status_code == 403
    assert answer.json()["error"] == f"pages of {origin!r} may not ask this server; open its own page"
