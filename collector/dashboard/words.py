"""Puts codes into the reader's words: marks, reasons, states of gates, what to do next.

A diagnosis names what is wrong, what that means for the children, and the next act; "nothing to do" is an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from collector.attendance.schemas import Blame, Today
from collector.attendance.sentence import on_the_wall
from collector.dashboard.diagnoses import Diagnosis, diagnose
from collector.dashboard.schemas import GatePicture, GateState
from collector.i18n import translations
from collector.models import Mark, NotificationKind, NotificationState, Reason, Role


@dataclass(frozen=True)
class Words:
    """The vocabulary of one reader."""

    language: str
    zone: ZoneInfo

    @property
    def _t(self) -> NullTranslations:
        return translations(self.language)

    def mark(self, mark: Mark | str) -> str:
        """Return a mark's word."""
        t = self._t
        return {
            Mark.PRESENT: t.gettext("Present"),
            Mark.LATE: t.gettext("Late"),
            Mark.ABSENT: t.gettext("Absent"),
            Mark.UNDECIDED: t.gettext("Undecided"),
            Mark.UNRECORDED: t.gettext("Not recorded"),
        }[Mark(mark)]

    def role(self, role: Role) -> str:
        """Return what a person is."""
        t = self._t
        return {
            Role.TEACHER: t.gettext("teacher"),
            Role.OPERATOR: t.gettext("SIS operator"),
            Role.OFFICER: t.gettext("provincial officer"),
        }[role]

    def reason(self, reason: Reason) -> str:
        """Return why a mark is undecided, in a few words."""
        t = self._t
        return {
            Reason.NOT_YET: t.gettext("not seen yet"),
            Reason.NO_GATE: t.gettext("a gate has no kiosk"),
            Reason.NO_CARD: t.gettext("no card handed over"),
            Reason.NOT_DELIVERED: t.gettext("a gate is silent"),
            Reason.NOT_SIGHTED: t.gettext("a gate could not see"),
            Reason.OLD_CARD: t.gettext("an old card was used"),
            Reason.TIME_UNKNOWN: t.gettext("seen, but not known when"),
            Reason.QUARANTINED: t.gettext("some records could not be read"),
            Reason.ASK: t.gettext("please ask in the class"),
        }[reason]

    def reason_sentence(self, reason: Reason) -> str:
        """Return why a mark is undecided, as a sentence."""
        return self._t.gettext("It cannot be said yet: %(reason)s.") % {"reason": self.reason(reason)}

    def gate_state(self, state: GateState) -> str:
        """Return a gate's state in a word or two."""
        t = self._t
        return {
            GateState.FINE: t.gettext("Working"),
            GateState.RESTING: t.gettext("Resting"),
            GateState.BEHIND: t.gettext("Behind"),
            GateState.SILENT: t.gettext("Silent"),
            GateState.BLIND: t.gettext("Sees nothing"),
            GateState.NEVER_HEARD: t.gettext("Never heard"),
            GateState.UNCOVERED: t.gettext("No kiosk"),
            GateState.CLOSED: t.gettext("Closed"),
            GateState.FAILED: t.gettext("Failed"),
        }[state]

    def diagnosis(self, gate: GatePicture) -> Diagnosis:
        """Return what is the matter with a gate, what it means, and what to do."""
        return diagnose(self._t, gate.state, self._hm(gate.since))

    def blame(self, blame: Blame, gate_names: Mapping[int, str], picture: Today) -> str:
        """Return why so many are undecided, with the gate to blame."""
        t = self._t
        gates = ", ".join(gate_names.get(gate_id, "?") for gate_id in blame.gate_ids)
        told = {"count": blame.count, "gate": gates, "time": self._hm(blame.since)}
        if blame.reason is Reason.NOT_YET and picture.half_day is not None:
            return t.gettext("not seen yet; decided after %(time)s") % {"time": self._hm(picture.half_day.cutoff_at)}
        if gates and blame.reason is Reason.NOT_DELIVERED and blame.since is not None:
            return t.gettext("%(count)s: %(gate)s silent since %(time)s") % told
        if gates and blame.reason is Reason.NOT_SIGHTED and blame.since is not None:
            return t.gettext("%(count)s: %(gate)s saw nothing from %(time)s") % told
        return f"{blame.count}: {self.reason(blame.reason)}"

    def notice(self, kind: str) -> str:
        """Return what a message says, in a word."""
        t = self._t
        known = {
            NotificationKind.LATE: t.gettext("Late notice"),
            NotificationKind.ABSENT: t.gettext("Absence notice"),
            NotificationKind.CORRECTION: t.gettext("Correction"),
        }
        return known[NotificationKind(kind)]

    def notice_state(self, state: str, *, is_preview: bool) -> str:
        """Return where a message is on its way."""
        t = self._t
        if is_preview and state == NotificationState.SENT:
            return t.gettext("shown here only")
        return {
            NotificationState.QUEUED: t.gettext("waits to be sent"),
            NotificationState.SENDING: t.gettext("is being sent"),
            NotificationState.SENT: t.gettext("sent"),
            NotificationState.RETRY: t.gettext("is tried again"),
            NotificationState.UNKNOWN: t.gettext("perhaps sent"),
            NotificationState.DEAD: t.gettext("could not be sent"),
            NotificationState.SUPPRESSED: t.gettext("held back in time"),
            NotificationState.EXPIRED: t.gettext("too late to be sent"),
        }[NotificationState(state)]

    def relation(self, relation: str) -> str:
        """Return what a guardian is to the child; a word we do not know stays as the roster has it."""
        t = self._t
        known = {
            "mother": t.gettext("mother"),
            "father": t.gettext("father"),
            "grandmother": t.gettext("grandmother"),
            "grandfather": t.gettext("grandfather"),
            "aunt": t.gettext("aunt"),
            "uncle": t.gettext("uncle"),
            "guardian": t.gettext("guardian"),
        }
        return known.get(relation.lower(), relation)

    def channel(self, channel: str) -> str:
        """Return by which way a message goes."""
        return {"preview": self._t.gettext("shown here only"), "telegram": "Telegram"}.get(channel, channel)

    def _hm(self, moment: datetime | None) -> str:
        return on_the_wall(moment, self.zone).strftime("%H:%M") if moment else ""
