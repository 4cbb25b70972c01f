"""Guardians sleep, and no carrier is ever pressed."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import SettingsError
from collector.models import NotificationKind
from collector.notify.rules import LONGEST_PAUSE_SECONDS, Pace, QuietHours, unknown_pause

ZONE = ZoneInfo("Asia/Phnom_Penh")
QUIET = QuietHours.parse("20:00", "06:00", ZONE)
ALL, CORRECTIONS = tuple(NotificationKind), (NotificationKind.CORRECTION,)


@pytest.mark.parametrize(
    ("clock", "allowed"),
    [
        ("05:59", ()), ("06:00", ALL), ("19:59", ALL), ("20:00", CORRECTIONS), ("20:59", CORRECTIONS),
        ("21:00", ()), ("00:00", ()),
    ],
)  # fmt: skip
def test_notices_wait_from_eight_and_corrections_from_nine_until_six(
    clock: str, allowed: tuple[NotificationKind, ...]
) -> None:
    now = datetime.combine(datetime(2025, 1, 6, tzinfo=ZONE), time.fromisoformat(clock), ZONE)

    assert QUIET.allowed(now) == allowed


def test_a_time_that_is_none_is_refused_in_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"must be times like 20:00\."):
        QuietHours.parse("8 pm", "06:00", ZONE)


CHATS = st.sampled_from(["1", "2", "3", "-100"])


@given(st.lists(st.tuples(CHATS, st.integers(0, 200)), max_size=60))
def test_no_second_holds_more_than_25_messages_and_no_chat_more_than_one(waits: list[tuple[str, int]]) -> None:
    pace, now, sent = Pace(), 0, []
    for chat, wait in waits:
        now = max(now + wait, pace.any_free_at, pace.free_at(chat))
        pace.spend(chat, now)
        sent.append((now, chat))

    for index, (at, chat) in enumerate(sent):
        later = sent[index + 1 :]
        assert sum(other < at + 100 for other, _ in later) < 25
        between = 300 if chat.startswith("-") else 105
        assert all(other >= at + between for other, to in later if to == chat)


def test_a_pause_after_an_unknown_outcome_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [unknown_pause(n) for n in (1, 2, 3, 9)] == [30, 60, 120, LONGEST_PAUSE_SECONDS]
