"""Coming in and going out: log-in, lock-out, the form's token, the cookie, the way on, and the language."""

import shutil
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import Serve, Served

PAGE = {"Accept": "text/html"}


def log_in(client: httpx.Client, user: str, password: str, **more: str) -> Any:
    return client.post("/login", data={"user": user, "password": password, **more}, headers=PAGE)


def cookies_of(answer: Any) -> "SimpleCookie":
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        found.load(header)
    return found


def csrf_of(client: httpx.Client) -> str:
    page = client.get("/", headers=PAGE).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_who_logs_in_is_sent_on_and_is_known_afterwards(heshan: "Served") -> None:
    client, account = heshan.client(), heshan.accounts["congress"]
    answer = log_in(client, account["user"], account["password"], next="/rankings?level=town")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/rankings?level=town"
    page = client.get("/maps/coverage", headers=PAGE)
    assert page.status_code == 200
    assert account["user"] in page.text


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(heshan: "Served") -> None:
    account = heshan.accounts["congress"]
    cookie = cookies_of(log_in(heshan.client(), account["user"], account["password"]))["sanlian"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert not cookie["max-age"]  # it ends with the browser
    assert len(cookie.value) >= 40


def test_behind_https_the_cookie_never_travels_in_the_clear(built_demo: Path, tmp_path: Path, serve: "Serve") -> None:
    home = Path(shutil.copytree(built_demo, tmp_path / "home"))
    with serve(home, SANLIAN_SECURE_COOKIES="1") as served:
        account = served.accounts["congress"]
        answer = log_in(served.client(), account["user"], account["password"])
        assert cookies_of(answer)["sanlian"]["secure"]
        assert cookies_of(served.client().get("/?lang=en"))["sanlian_lang"]["secure"]


def test_a_wrong_user_and_a_wrong_password_are_answered_alike(heshan: "Served") -> None:
    right = heshan.accounts["auditor"]["user"]
    answers = [log_in(heshan.client(), user, "wrong") for user in (right, "nobody")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert ["用户名或密码不对" in answer.text for answer in answers] == [True, True]
    assert not any("sanlian" in cookies_of(answer) for answer in answers)


def test_what_was_typed_as_a_user_comes_back_as_text(heshan: "Served") -> None:
    page = log_in(heshan.client(), '"><img src=x onerror=alert(1)>', "x").text
    assert "<img" not in page
    assert "&lt;img" in page


def test_after_five_wrong_passwords_even_the_right_one_waits(spare: "Served") -> None:
    account = spare.accounts["department"]
    for _ in range(5):
        assert "用户名或密码不对" in log_in(spare.client(), account["user"], "wrong").text
    answer = log_in(spare.client(), account["user"], account["password"])
    assert answer.status_code == 401
    assert "锁定" in answer.text
    assert "sanlian" not in cookies_of(answer)
    other = spare.accounts["congress"]
    assert log_in(spare.client(), other["user"], other["password"]).status_code == 303


def test_who_logs_out_is_unknown_even_with_the_old_cookie(heshan: "Served") -> None:
    client = heshan.logged_in("congress")
    old = client.cookies["sanlian"]
    answer = client.post("/logout", data={"csrf": csrf_of(client)}, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert "sanlian" not in client.cookies
    again = heshan.client().get("/api/v1/coverage", headers={"Cookie": f"sanlian={old}"})
    assert again.status_code == 401


@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_a_log_out_without_this_session_s_own_token_is_refused(heshan: "Served", token: str | None) -> None:
    client = heshan.logged_in("congress")
    answer = client.post("/logout", data={} if token is None else {"csrf": token}, headers=PAGE)
    assert answer.status_code == 403
    assert client.get("/api/v1/coverage").status_code == 200


def test_the_token_of_another_session_does_not_fit(heshan: "Served") -> None:
    one, other = heshan.logged_in("congress"), heshan.logged_in("congress")
    assert csrf_of(one) != csrf_of(other)
    assert one.post("/logout", data={"csrf": csrf_of(other)}).status_code == 403


def test_a_form_that_another_site_sends_is_refused(heshan: "Served") -> None:
    account = heshan.accounts["congress"]
    data = {"user": account["user"], "password": account["password"]}
    answer = heshan.client().post("/login", data=data, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert "sanlian" not in cookies_of(answer)
    assert heshan.client().post("/login", data=data, headers={"Origin": heshan.url}).status_code == 303


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "http://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "/\n/evil.example", "evil.example", "", " //evil.example"],
)  # fmt: skip
def test_a_log_in_never_leads_to_another_site(heshan: "Served", onward: str) -> None:
    account = heshan.accounts["congress"]
    answer = log_in(heshan.client(), account["user"], account["password"], next=onward)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    form = heshan.client().get("/login", params={"next": onward}, headers=PAGE).text
    assert 'name="next" value="/"' in form


def test_an_address_with_two_slashes_does_not_become_a_link_to_another_site(heshan: "Served") -> None:
    host, port = heshan.url.removeprefix("http://").split(":")
    with httpx.Client(transport=httpx.HTTPTransport(), trust_env=False) as client:
        url = httpx.URL(scheme="http", host=host, port=int(port), raw_path=b"//evil.example/x")
        page = client.get(url, headers=PAGE)
    assert page.status_code == 404
    assert 'href="//' not in page.text
    assert "next=//" not in page.text
    assert "next=%2F%2F" not in page.text


def test_a_form_larger_than_any_form_is_refused(heshan: "Served") -> None:
    assert log_in(heshan.client(), "x" * 30_000, "x").status_code == 413


def test_a_page_speaks_chinese_until_another_language_is_asked_for_and_remembers_it(heshan: "Served") -> None:
    client = heshan.client()
    assert '<html lang="zh-CN">' in client.get("/", headers=PAGE).text
    english = client.get("/?lang=en", headers=PAGE)
    assert '<html lang="en">' in english.text
    cookie = cookies_of(english)["sanlian_lang"]
    assert cookie.value == "en"
    assert cookie["samesite"] == "lax"
    assert '<html lang="en">' in client.get("/locate", headers=PAGE).text
    assert '<html lang="zh-CN">' in client.get("/?lang=zh", headers=PAGE).text


@pytest.mark.parametrize("lang", ["xx", "", "../en", "EN"])
def test_a_language_that_is_none_changes_nothing(heshan: "Served", lang: str) -> None:
    page = heshan.client().get("/", params={"lang": lang}, headers=PAGE)
    assert '<html lang="zh-CN">' in page.text
    assert "sanlian_lang" not in cookies_of(page)


def test_the_language_switch_keeps_the_question(heshan: "Served") -> None:
    page = heshan.client().get("/deputies?q=黄&level=town", headers=PAGE).text
    assert 'href="/deputies?q=%E9%BB%84&amp;level=town&amp;lang=en"' in page


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic cmVuZGE6eA==", "Bearer", "nonsense"])
def test_a_token_that_is_not_known_is_refused_even_where_none_is_needed(heshan: "Served", header: str) -> None:
    answer = heshan.client().get("/api/v1/search?q=x", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:sanlian:error.token"


def test_a_cookie_that_is_not_known_is_a_resident(heshan: "Served") -> None:
    client = heshan.client()
    assert client.get("/api/v1/search?q=x", headers={"Cookie": "sanlian=nonsense"}).status_code == 200
    assert client.get("/api/v1/coverage", headers={"Cookie": "sanlian=nonsense"}).status_code == 401


def test_each_of_the_three_users_comes_to_their_own_page(heshan: "Served") -> None:
    ways = {("congress", "/congress"): "/maps/coverage", ("", "/me"): "/login?next=/me"}
    for (role, path), place in ways.items():
        assert heshan.client(role).get(path).headers["location"] == place
    assert heshan.client("deputy").get("/me").headers["location"].startswith("/deputies/p")
    assert heshan.client("congress").get("/me", headers=PAGE).status_code == 403
    assert "/door.pdf" in heshan.client("grid_worker").get("/grid").text
    assert 'name="q"' in heshan.client().get("/grid").text
