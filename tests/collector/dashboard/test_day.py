"""The school's day as it is served: the sentence, the gates, the figures, in both languages, at several moments."""

import re
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import update

from collector.models import Kiosk, School, Shift
from collector.schedule.service import ensure_sessions
from tests.browser.serving import serving
from tests.collector.dashboard.seed import DAY, ZONE, Morning, local
from tests.collector.dashboard.visitor import Visitor


def _text(page: str) -> str:
    """Return what a person reads: no tags, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def _figure(page: str, name: str) -> str:
    found = re.search(rf'data-figure="{name}">(\w+)<', page)
    return found[1] if found else ""


def test_the_day_is_one_sentence_that_blames_the_silent_gate(operator: Visitor) -> None:
    page = operator.see("/").text

    assert "107 of 120 expected are in at 6:53, 13 undecided because the back gate has been silent since 6:47." in page


@pytest.mark.timeout(60)
def test_before_the_cutoff_page_list_and_facts_name_the_silent_gate_since_the_moment_its_card_does(
    tmp_path: Path,
) -> None:
    own = Morning(tmp_path, silent_from="06:46:10")
    own.at("06:50")
    with own.database.transaction() as session:
        session.add(School(code="2", name_km="សាលាព្រែក", name_en="Prek Primary", province_code="14"))
        session.execute(update(Kiosk).where(Kiosk.id == "kl-back-1").values(heard_at=local("06:45:59.980")))
    told = " not seen yet; the back gate has been silent since 6:46."
    told_km = " នាក់; ខ្លោងទ្វារក្រោយ គ្មានដំណឹងតាំងពីម៉ោង 6:46។"
    with serving(own) as address, Visitor(address) as officer:
        officer.sign_in("officer")
        page = _text(officer.see("/schools/1").text)
        schools = officer.see("/").text
        facts = officer.see("/schools/1/today").json()["sentence"]
    own.close()

    assert told in page
    assert "Silent since 06:46." in page
    assert told in schools
    assert told in facts["en"]
    assert told_km in facts["km"]


def test_the_silent_gate_says_what_it_means_and_what_to_do(operator: Visitor) -> None:
    text = _text(operator.see("/schools/1").text)

    assert "Back gate Silent" in text
    assert "Silent since 06:47." in text
    assert "nobody unseen is called absent" in text
    assert "look at its power and its network" in text
    assert "Front gate Working" in text


def test_figures_keep_what_is_not_known_apart(operator: Visitor) -> None:
    page = operator.see("/schools/1").text

    assert [_figure(page, name) for name in ("seen", "present", "late", "absent", "undecided")] == [
        "107",
        "107",
        "0",
        "0",
        "13",
    ]
    assert "89–100 %" in page
    assert "perhaps 3 more" in _text(page)


def test_each_student_is_a_shape_in_the_class_grid(operator: Visitor) -> None:
    page = operator.see("/schools/1").text
    grid = page[page.index('class="classes"') : page.index('class="legend"', page.index('class="classes"'))]

    assert grid.count('<svg class="PRESENT"') == 107
    assert grid.count('<svg class="UNDECIDED"') == 13


def test_khmer_names_classes_and_words(silent_address: str) -> None:
    with Visitor(silent_address, "km") as teacher:
        teacher.sign_in("teacher")
        page = teacher.see("/").text

    assert '<html lang="km">' in page
    assert "ខ្លោងទ្វារក្រោយ" in page
    assert "៧ក" in page
    assert "មិនទាន់សម្រេច" in page
    assert "undecided because" not in page


def test_the_other_shift_can_be_looked_at(operator: Visitor, silent_morning: Morning) -> None:
    page = operator.see(f"/schools/1?half_day={silent_morning.half_days[1]}").text

    assert "120 students are expected; the gates open at 12:40." in page
    assert "All gates are ready" not in page, "the back gate is silent, whichever shift one looks at"
    assert 'aria-current="true">Afternoon' in page


def test_machines_get_the_same_facts(operator: Visitor) -> None:
    facts = operator.see("/schools/1/today").json()

    assert facts["counts"]["undecided"] == 13
    assert facts["sentence"]["en"].startswith("107 of 120 expected are in at 6:53")
    assert facts["sentence"]["km"].startswith("គិតត្រឹមម៉ោង 6:53")
    assert [(gate["name_en"], gate["state"]) for gate in facts["gates"]] == [
        ("Back gate", "SILENT"),
        ("Front gate", "FINE"),
    ]
    assert sum(len(each["students"]) for each in facts["classes"]) == 120


def test_a_class_is_listed_in_register_order_with_why(operator: Visitor) -> None:
    page = _text(operator.see("/schools/1/classes/1").text)

    assert "Class 7A" in page
    assert "36 of 40 are in" in page
    assert page.index("Chan Dara") < page.index("Chea Bopha") < page.index("Yim")
    assert "a gate is silent" in page


def test_a_background_request_gets_only_the_main_part_and_nothing_twice(operator: Visitor) -> None:
    first = operator.http.get("/schools/1", headers={"X-Background": "1"})
    again = operator.http.get("/schools/1", headers={"X-Background": "1", "If-None-Match": first.headers["ETag"]})

    assert first.text.strip().startswith("<main")
    assert "</html>" not in first.text
    assert (again.status_code, again.content) == (304, b"")


def test_before_the_gates_open_the_page_teaches_instead_of_showing_zeros(morning: Morning, address: str) -> None:
    morning.at("06:38")
    with Visitor(address) as visitor:
        visitor.sign_in("operator")
        text = _text(visitor.see("/").text)

    assert "120 students are expected; the gates open at 6:40." in text
    assert "No check-ins yet. The gates open at 06:40." in text
    assert "not before 06:52" in text


@pytest.mark.timeout(60)
def test_after_the_cutoff_with_both_gates_heard_the_absent_are_named_and_told(morning: Morning, address: str) -> None:
    morning.at("06:53")
    with Visitor(address) as visitor:
        visitor.sign_in("operator")
        page = visitor.see("/").text
        letters = visitor.see("/schools/1/messages").text

    assert [_figure(page, name) for name in ("seen", "late", "absent", "undecided")] == ["114", "7", "6", "0"]
    assert "All gates work. Nothing to do." in page
    assert letters.count("Absence notice") == 6
    assert "We have not seen" in letters
    assert "យើងមិនឃើញ" in letters


def test_an_empty_list_of_messages_says_why(operator: Visitor) -> None:
    text = _text(operator.see("/schools/1/messages").text)

    assert "No message yet" in text
    assert "Nothing is sent while a gate is silent" in text


def test_an_officer_of_one_school_goes_straight_to_it(silent_address: str) -> None:
    with Visitor(silent_address) as officer:
        officer.sign_in("officer")
        front = officer.see("/")

    assert front.url.path == "/schools/1"


def test_officers_get_a_list_of_schools_each_with_its_sentence(morning: Morning, address: str) -> None:
    with morning.database.transaction() as session:
        session.add(School(code="2", name_km="សាលាព្រែក", name_en="Prek Primary", province_code="14"))
    morning.at("06:41")
    with Visitor(address) as officer:
        officer.sign_in("officer")
        text = _text(officer.see("/").text)
        empty = _text(officer.see("/schools/2").text)

    assert "of 120 expected are in at 6:41" in text
    assert "Back gate: Working" in text
    assert "Prek Primary There is no school today." in text
    assert "When a shift is held, this page shows who arrives at which gate." in empty


def test_a_shift_without_a_gate_says_that_nobody_is_called_absent(morning: Morning, address: str) -> None:
    with morning.database.transaction() as session:
        school = School(code="2", name_km="សាលាព្រែក", name_en="Prek Primary", province_code="14")
        session.add(school)
        session.flush()
        opens, closes = time(6, 30), time(11)
        session.add(
            Shift(
                school_id=school.id,
                name_km="វេនព្រឹក",
                name_en="Morning",
                opens=opens,
                late_after=time(7),
                cutoff=time(8),
                closes=closes,
            )
        )
    morning.settle()
    with morning.database.transaction() as session:
        ensure_sessions(session, school.id, DAY, ZONE)
    with Visitor(address) as officer:
        officer.sign_in("officer")
        text = _text(officer.see(f"/schools/{school.id}").text)

    assert "This school has no gate yet." in text


@pytest.mark.timeout(60)
def test_a_gate_that_is_heard_again_says_what_is_belated(tmp_path: Path) -> None:
    own = Morning(tmp_path, silent_from="06:41:10", heard_again="06:50")
    own.at("06:50")
    with serving(own) as address, Visitor(address) as operator:
        operator.sign_in("operator")
        text = _text(operator.see("/").text)
    own.close()

    assert "told 06:50" in text
    assert "Back gate Working" in text
