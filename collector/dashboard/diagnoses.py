"""What is the matter with a gate, what that means for the children, and the next act; "nothing to do" is an answer."""

from dataclasses import dataclass
from gettext import NullTranslations

from collector.dashboard.schemas import GateState


@dataclass(frozen=True)
class Diagnosis:
    """A gate in words."""

    title: str
    meaning: str
    act: str


def diagnose(t: NullTranslations, state: GateState, since: str) -> Diagnosis:
    """Put a gate's state into words; `since` is a time like 06:47, or empty."""
    told = _calm(t, since) | _troubled(t, since)
    return Diagnosis(*told[state])


def _calm(t: NullTranslations, since: str) -> dict[GateState, tuple[str, str, str]]:
    nothing = t.gettext("Nothing to do.")
    return {
        GateState.FINE: (t.gettext("Sees every child who taps."), "", nothing),
        GateState.RESTING: (t.gettext("No shift is running, so it owes nothing."), "", nothing),
        GateState.CLOSED: (t.gettext("Closed: nobody can pass here."), "", nothing),
        GateState.BEHIND: (
            t.gettext("Has told us everything only up to %(time)s.") % {"time": since}
            if since
            else t.gettext("Behind."),
            t.gettext("What it saw since then is still to come."),
            t.gettext("it catches up by itself. Nothing to do."),
        ),
    }


def _troubled(t: NullTranslations, since: str) -> dict[GateState, tuple[str, str, str]]:
    nobody_absent = t.gettext("Nobody unseen is called absent while a gate is missing.")
    return {
        GateState.SILENT: (
            t.gettext("Silent since %(time)s.") % {"time": since} if since else t.gettext("Silent."),
            t.gettext("It keeps what it sees and sends it later. Until then nobody unseen is called absent."),
            t.gettext("look at its power and its network. No tap is lost."),
        ),
        GateState.BLIND: (
            t.gettext("Sees nothing since %(time)s.") % {"time": since} if since else t.gettext("Sees nothing."),
            t.gettext("Who passed meanwhile was not recorded, so nobody unseen is called absent."),
            t.gettext(
                "clean the camera, look at its cable; ask the class teachers who came, and put marks right one by one."
            ),
        ),
        GateState.NEVER_HEARD: (
            t.gettext("Its kiosk has never been heard."),
            nobody_absent,
            t.gettext("switch the kiosk on and look at its network."),
        ),
        GateState.UNCOVERED: (
            t.gettext("There is no kiosk at this gate."),
            nobody_absent,
            t.gettext("have a kiosk commissioned; until then ask the class teachers, and put marks right one by one."),
        ),
        GateState.FAILED: (
            t.gettext("Declared failed since %(time)s.") % {"time": since} if since else t.gettext("Declared failed."),
            t.gettext("People pass unseen, so only the class teachers can tell who is absent."),
            t.gettext("ask the class teachers who came, and put marks right one by one."),
        ),
    }
