"""The sentence under a mark: what it says of somebody who was late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.dashboard.because import because
from collector.dashboard.pages import Reader
from collector.i18n import translations
from collector.models import AttendanceRecord, SchoolSession

_LATE_AFTER = datetime(2027, 3, 15, 0, 0, tzinfo=UTC)
_ZONE = ZoneInfo("Asia/Phnom_Penh")


def _sentence(language: str, late_by: timedelta) -> str:
    record = AttendanceRecord(
        mark="LATE",
        is_final=True,
        evidence={},
        seen_at=_LATE_AFTER + late_by,
        seen_gate_id=1,
        minutes_late=late_by // timedelta(minutes=1),
    )
    half_day = SchoolSession(late_after_at=_LATE_AFTER, cutoff_at=_LATE_AFTER + timedelta(minutes=15))
    reader = Reader(language, _ZONE)
    return because(translations(language), record, half_day, {1: "Front gate"}, _LATE_AFTER, reader)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(52, "less than a minute after 07:00."), (87, "1 minute after 07:00."), (150, "2 minutes after 07:00.")],
)
def test_how_late_somebody_came_is_said_in_plain_english(seconds: int, told: str) -> None:
    assert _sentence("en", timedelta(seconds=seconds)).endswith(told)


@pytest.mark.parametrize(("seconds", "told"), [(52, "យឺតមិនដល់ 1 នាទី"), (87, "យឺត 1 នាទី")])
def test_how_late_somebody_came_is_said_in_khmer(seconds: int, told: str) -> None:
    assert told in _sentence("km", timedelta(seconds=seconds))
