"""The door: what nobody reaches unsigned, what no other site can send, and how errors look."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from collector.auth.access import is_open
from collector.web import make_app
from tests.browser.serving import serving, settings
from tests.collector.dashboard.seed import PASSWORD, Morning
from tests.collector.dashboard.visitor import Visitor

OPEN = {"/sign-in", "/language", "/healthz", "/kiosk/v1/gate-book/{sha256}"}
"""All that may be reached without signing in, besides the static files."""


@pytest.fixture(scope="module")
def quiet_morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """A school in which nothing has happened yet."""
    morning = Morning(tmp_path_factory.mktemp("quiet"), silent_from=None)
    yield morning
    morning.close()


@pytest.fixture(scope="module")
def address(quiet_morning: Morning) -> Iterator[str]:
    with serving(quiet_morning) as found:
        yield found


@pytest.fixture
def stranger(address: str) -> Iterator[httpx.Client]:
    """A browser that never signed in and follows nothing."""
    with httpx.Client(base_url=address, timeout=10, headers={"Accept": "text/html", "Accept-Language": "en"}) as http:
        yield http


@pytest.fixture
def operator(address: str) -> Iterator[Visitor]:
    with Visitor(address) as visitor:
        visitor.sign_in("operator")
        yield visitor


def _routes(morning: Morning) -> list[tuple[str, str]]:
    """Return (method, path) of every route there is; a route of a kind we do not know fails the test."""
    app = make_app(morning.database, settings(), morning.clock)
    found = []
    for route in app.router.routes:
        for inner in getattr(getattr(route, "original_router", None), "routes", [route]):
            assert isinstance(inner, (APIRoute, Mount)), f"{inner} is not guarded by the application's dependency"
            if isinstance(inner, APIRoute):
                found += [(method, inner.path) for method in sorted(inner.methods or ())]
    return found


def test_nothing_is_reached_without_signing_in_but_the_door_itself(
    quiet_morning: Morning, stranger: httpx.Client
) -> None:
    routes = _routes(quiet_morning)
    reached = set()
    for method, path in routes:
        concrete = path.replace("{sha256}", "0" * 64).replace("{school_id}", "1").replace("{class_id}", "1")
        answer = stranger.request(method, concrete.replace("{student_id}", "1"))
        if not (answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in")):
            reached.add(path)

    assert len(routes) > 12
    assert reached == OPEN


def test_a_path_that_begins_like_an_open_one_is_closed() -> None:
    assert not is_open("/sign-in-as-another")
    assert not is_open("/kiosk/v2/gate-book")
    assert is_open("/kiosk/v1/gate-book/00")


def test_no_page_may_load_or_run_anything_of_elsewhere(stranger: httpx.Client) -> None:
    headers = stranger.get("/sign-in").headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(stranger: httpx.Client) -> None:
    page = stranger.get("/sign-in").text
    sheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = stranger.get(sheet)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert stranger.get(sheet.replace("look.css", "../../../collector.toml")).status_code == 404


def test_the_login_cookie_cannot_be_read_by_a_script(stranger: httpx.Client) -> None:
    answer = stranger.post("/sign-in", data={"login_name": "teacher", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()

    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_wrong_password_is_said_in_one_sentence_then_slowly(stranger: httpx.Client) -> None:
    form = {"login_name": "nobody-here", "password": "wrong-password"}
    answers = [stranger.post("/sign-in", data=form) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert "Name or password is wrong." in answers[0].text
    assert "Too many attempts: wait 2 seconds" in answers[3].text


def test_signing_in_leads_back_to_where_one_was_going_and_nowhere_else(stranger: httpx.Client) -> None:
    asked = stranger.get("/schools/1/messages")
    form = {"login_name": "teacher", "password": PASSWORD}

    assert asked.headers["location"] == "/sign-in?back=%2Fschools%2F1%2Fmessages"
    for back, leads in [("/schools/1/messages", "/schools/1/messages"), ("//evil.example", "/"), ("/\\evil", "/")]:
        answer = stranger.post("/sign-in", data={**form, "back": back})
        assert answer.headers["location"] == leads


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(operator: Visitor, headers: dict[str, str]) -> None:
    answer = operator.http.post("/sign-out", headers=headers)

    assert answer.status_code == 403
    assert "another site" in answer.text
    assert operator.see("/schools/1").status_code == 200


def test_a_form_without_the_logins_token_is_refused(operator: Visitor) -> None:
    assert operator.http.post("/sign-out").status_code == 403
    assert operator.http.post("/sign-out", data={"csrf": "made-up"}).status_code == 403
    assert operator.see("/schools/1").status_code == 200


def test_signing_out_ends_it(operator: Visitor) -> None:
    assert operator.send("/sign-out").url.path == "/sign-in"
    assert operator.see("/schools/1").url.path == "/sign-in"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/schools/2", 404),
        ("/schools/0", 404),
        ("/schools/x", 404),
        ("/schools/99999999999999999999", 404),
        ("/schools/1/students/9999", 404),
        ("/schools/1/classes/99", 404),
        ("/schools/1?half_day=99", 404),
        ("/schools/1?half_day=nonsense", 422),
        ("/nothing-here", 404),
        ("/sign-in%00", 404),
    ],
)
def test_what_is_not_there_is_one_sentence_on_a_page(operator: Visitor, path: str, status: int) -> None:
    answer = operator.see(path)

    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "Traceback" not in answer.text


def test_what_cannot_be_read_is_told_to_its_sender_and_is_no_mistake_of_ours(operator: Visitor) -> None:
    told = operator.http.post("/language", data={"back": "x" * 3_000_000})

    assert told.status_code == httpx.codes.BAD_REQUEST
    assert "The form says something impossible" in told.text


def test_errors_speak_the_readers_language_and_machines_get_json(operator: Visitor) -> None:
    operator.send("/language", language="km")
    page = operator.see("/schools/2")
    facts = operator.http.get("/schools/2/today", headers={"Accept": "application/json"})

    assert "គ្មានសាលានេះ" in page.text
    assert (facts.status_code, list(facts.json())) == (404, ["error"])
    operator.send("/language", language="en")


def test_the_language_is_kept_before_and_after_signing_in(address: str) -> None:
    with Visitor(address, "en") as visitor:
        visitor.http.post("/language", data={"language": "km", "back": "/sign-in"})
        assert '<html lang="km">' in visitor.see("/sign-in").text
        visitor.sign_in("operator")
        assert '<html lang="km">' in visitor.see("/schools/1").text
        visitor.send("/language", language="en", back="/schools/1")
        assert '<html lang="en">' in visitor.see("/schools/1").text


def test_a_supervisor_can_ask_whether_it_works(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").json()["status"] == "ok"


def test_a_database_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    morning = Morning(tmp_path, silent_from=None)
    with serving(morning) as address, Visitor(address) as visitor:
        visitor.sign_in("operator")
        with morning.database.transaction() as session:
            session.connection().exec_driver_sql("ALTER TABLE attendance_record RENAME TO elsewhere")
        answer = visitor.see("/schools/1")
    morning.close()

    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
