"""What a technician must look at is seen where it can be mended, in words, and stays until somebody says it is done."""

import re

import pytest
from sqlalchemy import select, update

from collector.dashboard.alarm_words import explain
from collector.fleet.service import raise_alarm
from collector.i18n import LANGUAGES, translations
from collector.models import Alarm, AuditEntry, Gate, Kiosk, School
from tests.collector.dashboard.seed import Morning, local
from tests.collector.dashboard.visitor import Visitor

KINDS = ("clock_off", "cloned_kiosk", "foreign_outbox", "unknown_kiosk", "revoked_kiosk", "quarantine")


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def alarmed(morning: Morning) -> Morning:
    """A morning with a clock that is wrong at the back gate, and a kiosk that nobody knows."""
    morning.at("06:41")
    with morning.database.transaction() as session:
        for clock in ("06:38", "06:39", "06:40:30"):
            raise_alarm(session, "clock_off", "kl-back-1", "Its clock is 95 s ahead.", local(clock))
        raise_alarm(session, "unknown_kiosk", "kl-side-9", "A message came.", local("06:40"))
        report = {"clock_off_seconds": 95.2}
        session.execute(update(Kiosk).where(Kiosk.id == "kl-back-1").values(report=report))
    return morning


def _open(morning: Morning) -> list[str]:
    with morning.database.reading() as session:
        return list(session.scalars(select(Alarm.kind).where(Alarm.resolved_at.is_(None)).order_by(Alarm.id)))


def test_a_school_sees_the_alarms_of_its_kiosks_with_cause_evidence_and_next_step(
    alarmed: Morning, address: str
) -> None:
    with Visitor(address) as operator:
        operator.sign_in("operator")
        text = _text(operator.see("/schools/1").text)

    assert (
        "For the technician The clock of kl-back-1 is wrong. It was 95 seconds ahead when last heard, so its times are "
        "not believed. Connect it to the network, which sets its clock. Back gate · 3 times since 06:38, last at 06:40."
    ) in text
    assert "kl-side-9" not in text


def test_the_same_in_khmer_and_without_a_button_for_who_cannot_settle_it(alarmed: Morning, address: str) -> None:
    with Visitor(address, "km") as teacher:
        teacher.sign_in("teacher")
        page = teacher.see("/schools/1").text

    assert "នាឡិការបស់ kl-back-1 មិនត្រឹមត្រូវ។" in page
    assert "3 ដង តាំងពី 06:38 ចុងក្រោយ 06:40។" in page
    assert "/resolve" not in page


def test_without_an_alarm_nothing_is_said_of_any(morning: Morning, address: str) -> None:
    with Visitor(address) as operator:
        operator.sign_in("operator")

        assert "For the technician" not in operator.see("/schools/1").text


def test_the_operator_settles_an_alarm_on_record_and_what_goes_on_is_raised_anew(
    alarmed: Morning, address: str
) -> None:
    with Visitor(address) as operator:
        operator.sign_in("operator")
        after = operator.send("/alarms/1/resolve")
        again = operator.send("/alarms/1/resolve")
    with alarmed.database.transaction() as session:
        told = session.scalars(select(AuditEntry.subject).where(AuditEntry.act == "ALARM_RESOLVED")).all()
        raise_alarm(session, "clock_off", "kl-back-1", "Its clock is 80 s ahead.", local("06:44"))

    assert after.url.path == "/schools/1"
    assert "For the technician" not in after.text
    assert again.status_code == 404
    assert told == ["alarm 1 clock_off of kiosk kl-back-1: Chea Rithy"]
    assert _open(alarmed) == ["unknown_kiosk", "clock_off"]


def test_officers_see_kiosks_that_no_school_knows_and_settle_them(alarmed: Morning, address: str) -> None:
    with Visitor(address) as officer:
        officer.sign_in("officer")
        front = officer.see("/")
        text = _text(front.text)
        after = officer.send("/alarms/2/resolve")

    assert front.url.path == "/"
    assert (
        "A kiosk that nobody commissioned sends under the name kl-side-9. What it sends is kept aside and counts for "
        "nobody. If it is yours, have it commissioned under this name; else find it. Once, 06:40."
    ) in text
    assert "kl-back-1" not in text
    assert after.url.path == "/schools/1"
    assert _open(alarmed) == ["clock_off"]


@pytest.mark.parametrize(("login", "alarm", "status"), [("teacher", 1, 403), ("officer", 1, 403), ("operator", 2, 403)])
def test_who_may_not_settle_an_alarm_is_refused(
    alarmed: Morning, address: str, login: str, alarm: int, status: int
) -> None:
    with Visitor(address) as visitor:
        visitor.sign_in(login)

        assert visitor.send(f"/alarms/{alarm}/resolve").status_code == status
    assert _open(alarmed) == ["clock_off", "unknown_kiosk"]


def test_an_operator_finds_no_alarm_of_another_school(alarmed: Morning, address: str) -> None:
    with alarmed.database.transaction() as session:
        other = School(code="2", name_km="សាលាព្រែក", name_en="Prek Primary", province_code="14")
        session.add(other)
        session.flush()
        session.execute(update(Gate).where(Gate.code == "back").values(school_id=other.id))
    with Visitor(address) as operator:
        operator.sign_in("operator")

        assert operator.send("/alarms/1/resolve").status_code == 404


def test_an_alarm_of_another_day_tells_its_date(alarmed: Morning, address: str) -> None:
    alarmed.clock.advance(24 * 3600)
    with Visitor(address) as operator:
        operator.sign_in("operator")
        text = _text(operator.see("/schools/1").text)

    assert "3 times since 15 March 06:38, last at 15 March 06:40." in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_alarm_has_its_words(kind: str, language: str) -> None:
    words = explain(translations(language), kind, "kio-1", -12.0, "detail")

    assert all((words.title, words.meaning, words.act))
    assert "kio-1" in words.title
    assert "detail" not in words.meaning
    assert "%" not in words.title + words.meaning


def test_a_strangers_long_name_does_not_fill_the_page() -> None:
    assert len(explain(translations("en"), "unknown_kiosk", "x" * 60_000, None, "detail").title) < 200
