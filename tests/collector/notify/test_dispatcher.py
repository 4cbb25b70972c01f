"""A message is sent while it is true, once if that can be known, and what became of it is on record."""

import pytest
from sqlalchemy import update

from collector.models import Contact, Mark, Notification, School
from collector.notify.channel import Outcome, OutcomeUnknown, Permanent, RetryLater
from collector.notify.telegram import TelegramChannel
from collector.notify.worker import Dispatcher
from tests.simulation.decided_school import QUIET, DecidedSchool, block
from tests.simulation.recorded_kiosk import after
from tests.simulation.telegram_server import TelegramServer

END = after(12.5)


@pytest.fixture
def owed(school: DecidedSchool) -> DecidedSchool:
    """Return a school that owes one absence notice, about the first student."""
    school.everyone_but(school.students[0])
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))
    return school


class CrashingChannel:
    """Sends, and then the power goes."""

    def __init__(self, school: DecidedSchool) -> None:
        self._school = school

    def send(self, address: str, text: str, reference: str) -> Outcome:
        self._school.channel.sent.append((address, text))
        raise KeyboardInterrupt


def test_a_crash_between_send_and_settle_sends_the_absence_again(owed: DecidedSchool) -> None:
    crashing = Dispatcher(owed.database, owed.clock, {"telegram": CrashingChannel(owed)}, QUIET)
    with pytest.raises(KeyboardInterrupt):
        crashing.step()
    assert owed.told(owed.students[0]) == [("ABSENT", "SENDING")]

    owed.dispatcher = owed.make_dispatcher()
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "SENT")]
    (first, again) = owed.channel.sent
    assert first == again, "the same words with the same reference, so that a double is known for one"


def test_what_was_taken_back_after_a_crash_is_corrected_and_not_sent_again(owed: DecidedSchool) -> None:
    crashing = Dispatcher(owed.database, owed.clock, {"telegram": CrashingChannel(owed)}, QUIET)
    with pytest.raises(KeyboardInterrupt):
        crashing.step()
    owed.rule(owed.students[0], Mark.PRESENT)

    owed.dispatcher = owed.make_dispatcher()
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "UNKNOWN"), ("CORRECTION", "SENT")]
    assert [text.partition(":")[0] for _, text in owed.channel.sent][1:] == ["Correction"]


def test_a_correction_never_overtakes_its_notice(owed: DecidedSchool) -> None:
    owed.clock.advance(1)
    with owed.database.transaction() as session:
        session.execute(update(Notification).values(state="SENDING"))
    owed.dispatcher._has_looked_back = True
    owed.rule(owed.students[0], Mark.PRESENT)

    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "SENDING"), ("CORRECTION", "QUEUED")]


def test_a_definite_refusal_is_tried_again_later_and_needs_no_correction(owed: DecidedSchool) -> None:
    owed.channel.answers = [RetryLater(60, "busy")]
    assert owed.dispatcher.step()
    assert not owed.dispatcher.step()
    assert owed.told(owed.students[0]) == [("ABSENT", "RETRY")]

    owed.rule(owed.students[0], Mark.PRESENT)
    owed.clock.advance(61)
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "SUPPRESSED")]


def test_an_unknown_outcome_is_sent_again_and_stays_unknown_through_a_refusal(owed: DecidedSchool) -> None:
    owed.channel.answers = [OutcomeUnknown("no answer"), RetryLater(10, "busy")]
    owed.dispatcher.step()
    owed.clock.advance(31)
    owed.dispatcher.step()

    assert owed.told(owed.students[0]) == [("ABSENT", "UNKNOWN")]

    owed.rule(owed.students[0], Mark.PRESENT)
    owed.clock.advance(31)
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "UNKNOWN"), ("CORRECTION", "SENT")]


def test_sending_ends_after_five_unknown_outcomes(owed: DecidedSchool) -> None:
    owed.channel.answers = [OutcomeUnknown("no answer")] * 9
    for _ in range(9):
        owed.dispatcher.step()
        owed.clock.advance(1000)

    assert len(owed.channel.sent) == 5
    assert owed.told(owed.students[0]) == [("ABSENT", "UNKNOWN")]


def test_a_guardian_who_blocked_us_is_remembered(owed: DecidedSchool) -> None:
    owed.channel.answers = [Permanent("blocked by the user", is_blocked=True)]
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "DEAD")]
    contact_id = owed.messages(owed.students[0])[0].contact_id
    with owed.database.reading() as session:
        assert session.get_one(Contact, contact_id).blocked_at is not None
    owed.rule(owed.students[0], Mark.PRESENT)
    assert len(owed.messages(owed.students[0])) == 1, "what was never delivered needs no correction"


def test_a_contact_blocked_in_between_gets_nothing(owed: DecidedSchool) -> None:
    block(owed.database, owed.messages(owed.students[0])[0].contact_id, owed.clock.now())
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "DEAD")]
    assert owed.channel.sent == []


def test_an_absence_is_not_told_on_another_day(owed: DecidedSchool) -> None:
    owed.clock.advance(24 * 3600)
    owed.send()

    (notice,) = owed.messages(owed.students[0])
    assert (notice.state, notice.last_error) == ("EXPIRED", "It was not sent in time.")


def test_a_correction_goes_out_even_days_later_and_names_the_day(owed: DecidedSchool) -> None:
    owed.send()
    owed.clock.advance(3 * 24 * 3600)
    owed.rule(owed.students[0], Mark.PRESENT)
    owed.send()

    assert owed.told(owed.students[0]) == [("ABSENT", "SENT"), ("CORRECTION", "SENT")]
    assert "on the morning of 6 January" in owed.channel.sent[1][1]


def test_a_correction_waits_for_the_morning_at_night(owed: DecidedSchool) -> None:
    owed.send()
    owed.clock.advance(15 * 3600)
    owed.rule(owed.students[0], Mark.PRESENT)
    assert not owed.dispatcher.step()

    owed.clock.advance(9 * 3600)
    owed.send()

    assert owed.told(owed.students[0])[-1] == ("CORRECTION", "SENT")


def test_a_school_that_is_not_live_sends_previews_only(school: DecidedSchool) -> None:
    with school.database.transaction() as session:
        session.get_one(School, school.school.school_id).live_since = None
    school.everyone_but(school.students[0])
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))
    school.send()

    (notice,) = school.messages(school.students[0])
    assert (notice.state, notice.is_preview) == ("SENT", True)
    assert notice.text is not None
    assert notice.text.startswith("We have not seen Dara 1 (7A) this morning. Both gates were working.")
    assert school.channel.sent == []


def test_an_absence_goes_before_a_lateness_that_was_decided_first(school: DecidedSchool) -> None:
    gone, slow = school.students[:2]
    school.everyone_but(gone, slow)
    school.front.tap(slow, after(9))
    for kiosk in (school.front, school.back):
        kiosk.work_through(after(10))
    school.settle(after(10.1))
    assert school.told(slow) == [("LATE", "QUEUED")]
    for kiosk in (school.front, school.back):
        kiosk.work_through(END, after(10))
    school.settle(after(12.6))
    school.send()

    assert [address for address, _ in school.channel.sent] == [str(1000 + gone), str(1000 + slow)]
    assert "arrived at 06:49, 1 minute late (counted from 06:48)." in school.channel.sent[1][1]


def test_two_chats_put_off_in_a_row_hold_everything(school: DecidedSchool) -> None:
    absent = school.students[:3]
    school.everyone_but(*absent)
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))
    school.channel.answers = [RetryLater(30, "busy"), RetryLater(30, "busy")]

    for _ in range(9):
        school.dispatcher.step()
        school.clock.advance(1)

    assert len(school.channel.sent) == 2


def test_a_burst_to_telegram_itself_earns_not_one_refusal(school: DecidedSchool) -> None:
    school.everyone_but(*school.students[:3])
    school.front.work_through(END)
    school.back.work_through(END)
    school.settle(after(12.6))
    with TelegramServer() as server, TelegramChannel("1:secret", server.base_url) as telegram:
        dispatcher = Dispatcher(school.database, school.clock, {"telegram": telegram}, QUIET)
        while dispatcher.step():
            school.clock.advance(0.04)

        assert sorted(message.chat for message in server.delivered) == [str(1000 + n) for n in school.students[:3]]
        assert not server.refusals
