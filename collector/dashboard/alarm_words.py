"""Puts an alarm into words: what is the matter with a kiosk, what that is seen from, and what to do next.

The detail that the fleet keeps with an alarm is for technicians and in English; these words are for everybody.
"""

from gettext import NullTranslations

from collector.dashboard.diagnoses import Diagnosis

_LONGEST_NAME = 64
"""A stranger may call itself anything."""


def explain(t: NullTranslations, kind: str, kiosk_id: str | None, seconds_off: float | None, detail: str) -> Diagnosis:
    """Return an alarm in words; `seconds_off` is how far the kiosk's clock was ahead when it was last heard."""
    kiosk = (kiosk_id or "?")[:_LONGEST_NAME]
    told = _of_machine(t, _clock(t, seconds_off)) | _of_sender(t)
    title, meaning, act = told.get(kind, (f"{kind}: %(kiosk)s.", detail, t.gettext("Tell the technician.")))
    return Diagnosis(title % {"kiosk": kiosk}, meaning, act)


def _clock(t: NullTranslations, seconds_off: float | None) -> str:
    told = {"seconds": f"{abs(seconds_off or 0):.0f}"}
    if not seconds_off:
        return t.gettext("What it says of times is not believed until its clock is right.")
    if seconds_off > 0:
        return t.gettext("It was %(seconds)s seconds ahead when last heard, so its times are not believed.") % told
    return t.gettext("It was %(seconds)s seconds behind when last heard, so its times are not believed.") % told


def _of_machine(t: NullTranslations, clock: str) -> dict[str, tuple[str, str, str]]:
    return {
        "clock_off": (
            t.gettext("The clock of %(kiosk)s is wrong."),
            clock,
            t.gettext("Connect it to the network, which sets its clock."),
        ),
        "cloned_kiosk": (
            t.gettext("The SD card of %(kiosk)s is in use twice."),
            t.gettext("It was copied or put back: the same records came from two places. No record is lost."),
            t.gettext("Find the copy and take it out of service."),
        ),
        "quarantine": (
            t.gettext("A message of %(kiosk)s could not be read."),
            t.gettext("It is kept, and whoever it may be about stays undecided."),
            t.gettext("Tell the technician which versions the kiosk and the collector have."),
        ),
    }


def _of_sender(t: NullTranslations) -> dict[str, tuple[str, str, str]]:
    aside = t.gettext("What it sends is kept aside and counts for nobody.")
    return {
        "foreign_outbox": (
            t.gettext("%(kiosk)s sends what belongs to another kiosk."),
            aside,
            t.gettext("Give each kiosk its own id and its own data folder."),
        ),
        "unknown_kiosk": (
            t.gettext("A kiosk that nobody commissioned sends under the name %(kiosk)s."),
            aside,
            t.gettext("If it is yours, have it commissioned under this name; else find it."),
        ),
        "revoked_kiosk": (
            t.gettext("%(kiosk)s is no longer trusted, and still sends."),
            aside,
            t.gettext("Find it and switch it off."),
        ),
    }
