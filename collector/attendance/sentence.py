"""The day in one sentence that can be read aloud: who is in, what is not known, and whose fault that is.

Made from `Today` and the gates that are silent now, for the page, the list of schools and `/today`. Nobody is called
absent before the cutoff; until then no mark blames a gate yet, so the sentence names the silent ones itself.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collector.attendance.schemas import Blame, SilentGate, Today
from collector.models import Reason

_HALF_A_SECOND = timedelta(milliseconds=500)
"""A claim through 6:47 less its clock's error is still told as 6:47."""


def sentence(today: Today, language: str, silent: Sequence[SilentGate] = ()) -> str:
    """Return the sentence; `language` is `km` or `en`, `silent` are the gates that do not speak now."""
    if today.half_day is None:
        return _say(language, "There is no school today.", "ថ្ងៃនេះ គ្មានការសិក្សាទេ។")
    if today.now < today.half_day.opens_at and not today.counts.seen:
        at = _clock(today, today.half_day.opens_at)
        return _say(
            language,
            f"{today.counts.expected} students are expected; the gates open at {at}.",
            f"សិស្ស {today.counts.expected} នាក់ ត្រូវមកសាលា; ខ្លោងទ្វារបើកម៉ោង {at}។",
        )
    untold = silent if today.now < today.half_day.cutoff_at else ()
    said = _english(today) if language == "en" else _khmer(today)
    return said + _say(language, _silent_en(today, untold) + ".", _silent_km(today, untold) + "។")


def on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the local time as it is told in hours and minutes, so that one moment is never told in two ways."""
    return (moment + _HALF_A_SECOND).astimezone(zone)


def _english(today: Today) -> str:
    counts = today.counts
    parts = [f"{counts.seen} of {counts.expected} expected are in at {_clock(today, today.now)}"]
    if counts.late:
        parts.append(f"{counts.late} of them late")
    if counts.absent:
        parts.append(f"{counts.absent} absent")
    parts += [_blamed_en(today, blame) for blame in today.blames]
    if counts.unrecorded:
        parts.append(f"{counts.unrecorded} can never be known from the gates")
    return ", ".join(parts)


def _khmer(today: Today) -> str:
    counts = today.counts
    parts = [f"គិតត្រឹមម៉ោង {_clock(today, today.now)} មកដល់ {counts.seen} ក្នុងចំណោម {counts.expected} នាក់"]
    if counts.late:
        parts.append(f"ក្នុងនោះ យឺត {counts.late} នាក់")
    if counts.absent:
        parts.append(f"អវត្តមាន {counts.absent} នាក់")
    parts += [_blamed_km(today, blame) for blame in today.blames]
    if counts.unrecorded:
        parts.append(f"មិនមានកំណត់ត្រា {counts.unrecorded} នាក់")
    return ", ".join(parts)


def _silent_en(today: Today, silent: Sequence[SilentGate]) -> str:
    names = {gate_id: _gate_en(km, en) for gate_id, km, en in today.gate_names}
    told = [
        f"; {names.get(gate.gate_id, 'a gate')} has been silent since {_clock(today, gate.since)}"
        if gate.since
        else f"; {names.get(gate.gate_id, 'a gate')} has never been heard"
        for gate in silent
    ]
    return "".join(told)


def _silent_km(today: Today, silent: Sequence[SilentGate]) -> str:
    names = {gate_id: _gate_km(km, en) for gate_id, km, en in today.gate_names}
    told = [
        f"; {names.get(gate.gate_id, 'ខ្លោងទ្វារ')} គ្មានដំណឹងតាំងពីម៉ោង {_clock(today, gate.since)}"
        if gate.since
        else f"; {names.get(gate.gate_id, 'ខ្លោងទ្វារ')} មិនធ្លាប់មានដំណឹង"
        for gate in silent
    ]
    return "".join(told)


_ENGLISH: Mapping[Reason, str] = {
    Reason.NOT_DELIVERED: "{n} undecided because {gates} {has} been silent{since}",
    Reason.NOT_SIGHTED: "{n} undecided because {gates} could not see{since}",
    Reason.NO_GATE: "{n} undecided because no working gate covers them",
    Reason.QUARANTINED: "{n} undecided until a person looks at unreadable records of {gates}",
    Reason.NO_CARD: "{n} undecided because they hold no card yet",
    Reason.OLD_CARD: "{n} undecided because they showed an old card",
    Reason.TIME_UNKNOWN: "{n} undecided because the time of their tap is not known",
    Reason.ASK: "{n} undecided until the teacher says",
    Reason.NOT_YET: "{n} not seen yet",
}
_KHMER: Mapping[Reason, str] = {
    Reason.NOT_DELIVERED: "មិនទាន់សម្រេច {n} នាក់ ព្រោះ{gates} គ្មានដំណឹង{since}",
    Reason.NOT_SIGHTED: "មិនទាន់សម្រេច {n} នាក់ ព្រោះ{gates} មើលមិនឃើញ{since}",
    Reason.NO_GATE: "មិនទាន់សម្រេច {n} នាក់ ព្រោះគ្មានខ្លោងទ្វារដំណើរការ",
    Reason.QUARANTINED: "មិនទាន់សម្រេច {n} នាក់ ព្រោះត្រូវពិនិត្យកំណត់ត្រារបស់{gates}",
    Reason.NO_CARD: "មិនទាន់សម្រេច {n} នាក់ ព្រោះមិនទាន់មានកាត",
    Reason.OLD_CARD: "មិនទាន់សម្រេច {n} នាក់ ព្រោះបង្ហាញកាតចាស់",
    Reason.TIME_UNKNOWN: "មិនទាន់សម្រេច {n} នាក់ ព្រោះមិនដឹងម៉ោង",
    Reason.ASK: "មិនទាន់សម្រេច {n} នាក់ រង់ចាំគ្រូបញ្ជាក់",
    Reason.NOT_YET: "មិនទាន់ឃើញ {n} នាក់",
}


def _blamed_en(today: Today, blame: Blame) -> str:
    since = f" since {_clock(today, blame.since)}" if blame.since else ""
    gates = _listed(today, blame, _gate_en, " and ") or "a gate"
    has = "have" if len(blame.gate_ids) > 1 else "has"
    return _ENGLISH[blame.reason].format(n=blame.count, gates=gates, has=has, since=since)


def _blamed_km(today: Today, blame: Blame) -> str:
    since = f"តាំងពីម៉ោង {_clock(today, blame.since)}" if blame.since else ""
    gates = _listed(today, blame, _gate_km, " និង") or "ខ្លោងទ្វារ"
    return _KHMER[blame.reason].format(n=blame.count, gates=gates, since=since)


def _listed(today: Today, blame: Blame, name: Callable[[str, str], str], last: str) -> str:
    names = [name(km, en) for gate_id, km, en in today.gate_names if gate_id in blame.gate_ids]
    return last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _gate_en(_km: str, en: str) -> str:
    """Return a gate's name inside a sentence: gate 2, the front gate."""
    inside = en[:1].lower() + en[1:]
    return f"the {inside}" if inside.endswith("gate") else inside


def _gate_km(km: str, _en: str) -> str:
    return km


def _clock(today: Today, moment: datetime) -> str:
    local = on_the_wall(moment, today.zone)
    return f"{local.hour}:{local:%M}"


def _say(language: str, english: str, khmer: str) -> str:
    return english if language == "en" else khmer
