"""What stands on every answer: security headers, a nonce of its own, and never a secret."""

import re
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Served

PAGE = {"Accept": "text/html"}
KINDS_OF_ANSWER = (
    ("GET", "/", 200), ("GET", "/login", 200), ("GET", "/locate", 200), ("GET", "/static/site.css", 200),
    ("GET", "/static/vendor/leaflet-1.9.4/leaflet.js", 200), ("GET", "/static/none.css", 404),
    ("GET", "/api/v1/coverage", 401), ("GET", "/api/v1/search?q=x", 200), ("GET", "/api/openapi.json", 200),
    ("GET", "/healthz", 200), ("GET", "/readyz", 200), ("GET", "/none", 404), ("PUT", "/locate", 405),
    ("GET", "/api/v1/locate", 422), ("GET", "/me", 303), ("POST", "/login", 401), ("POST", "/api/v1/locate/batch", 422),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), KINDS_OF_ANSWER)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_has_its_security_headers(
    heshan: "Served", method: str, path: str, status: int, accept: str
) -> None:
    answer = heshan.client().request(method, path, headers={"Accept": accept})
    assert answer.status_code == status
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    assert "server" not in headers


def nonce_of(policy: str) -> str:
    found = set(re.findall(r"'nonce-([^']+)'", policy))
    assert len(found) == 1
    return found.pop()


def test_every_answer_has_a_nonce_of_its_own_that_its_scripts_carry(heshan: "Served") -> None:
    client = heshan.client("congress")
    met = set()
    for path in ("/", "/locate", "/maps/coverage", "/maps/coverage", "/none"):
        page = client.get(path, headers=PAGE)
        nonce = nonce_of(page.headers["content-security-policy"])
        assert len(nonce) >= 20
        assert set(re.findall(r'nonce="([^"]*)"', page.text)) <= {nonce}
        met.add(nonce)
    assert len(met) == 5


def test_no_page_has_an_inline_style_or_handler_or_a_script_without_the_nonce(heshan: "Served") -> None:
    client = heshan.client("congress")
    for path in ("/", "/login", "/locate", "/maps/coverage", "/rankings", "/deputies", "/none"):
        page = client.get(path, headers=PAGE).text
        assert not re.findall(r"<[^>]+\son\w+\s*=", page)
        assert not re.findall(r"<[^>]+\sstyle\s*=", page)
        for attributes in re.findall(r"<script\b([^>]*)>", page):
            assert "nonce=" in attributes or 'src="/static/' in attributes or "application/json" in attributes
        assert not re.findall(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""", page)


@pytest.mark.parametrize("path", ["/", "/api/v1/coverage", "/maps/coverage", "/api/v1/rankings?level=town"])
def test_nothing_that_somebody_sees_is_kept_by_a_cache_between(heshan: "Served", path: str) -> None:
    control = heshan.logged_in("congress").get(path, headers=PAGE).headers["cache-control"]
    assert "no-store" in control or ("private" in control and "no-cache" in control)


def test_no_answer_carries_a_secret(heshan: "Served") -> None:
    base = sqlite3.connect(heshan.home / "sanlian.db")
    hashes = {row[0] for row in base.execute("SELECT password_hash FROM account UNION SELECT token_hash FROM account")}
    base.close()
    accounts = heshan.accounts.values()
    tokens = {account["token"] for account in accounts}
    passwords = {account["password"] for account in accounts}
    person = heshan.client("deputy").get("/me").headers["location"].removeprefix("/deputies/")
    paths = (
        "/", "/login", "/locate", "/maps/coverage", "/maps/coverage.csv", "/maps/plan.csv", "/rankings",
        "/rankings.csv", "/deputies", "/deputies.csv", f"/deputies/{person}", f"/deputies/{person}/statement.csv",
        "/api/openapi.json", "/readyz", "/api/v1/coverage", "/api/v1/rankings?level=town", f"/api/v1/deputies/{person}",
        f"/api/v1/deputies/{person}/points", "/api/v1/locate?lon=112.96&lat=22.77&datum=wgs84", "/none",
    )  # fmt: skip
    for role in ("", "deputy", "congress", "admin"):
        client = heshan.client(role)
        for path in paths:
            text = client.get(path, headers=PAGE).text
            assert "$argon2" not in text
            assert not [secret for secret in hashes | tokens if secret in text]
            if path != "/login":  # the demo's own log-in page lists the demo's passwords
                assert not [secret for secret in passwords if secret in text]


def test_what_a_deputy_does_at_home_is_nowhere_on_the_public_card(heshan: "Served") -> None:
    person = heshan.client("deputy").get("/me").headers["location"].removeprefix("/deputies/")
    body = heshan.client().get(f"/api/v1/deputies/{person}").text
    for word in ("phone", "address", "birth", "sex", "password", "身份证"):
        assert word not in body
