"""The dispatcher: takes one message at a time, looks again whether it is true, sends it, settles what became of it.

"On its way" is committed before a message is sent and its outcome after it, each by itself: a crash between the two
leaves one message whose outcome is unknown, and it is sent again. Our own, because the Bot API knows no idempotency
key and its libraries pace badly (docs/decisions/0007). Siblings are not merged into one message yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from collector.db import Database
from collector.models import Contact, Mark, Notification, NotificationKind, NotificationState
from collector.notify import repository
from collector.notify.channel import Accepted, Channel, Outcome, OutcomeUnknown, Permanent, RetryLater
from collector.notify.messages import compose
from collector.notify.repository import Candidate
from collector.notify.rules import MOST_UNKNOWN_ATTEMPTS, Pace, QuietHours, unknown_pause
from collector.notify.schemas import from_json
from wire.clock import Clock
from wire.messages import TICKS_PER_SECOND

PREVIEW = "preview"
_NO_CHANNEL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A message on its way."""

    id: int
    text: str
    reference: str
    was_unknown: bool


class Dispatcher:
    """Sends what is due, one message a step; one dispatcher a database."""

    def __init__(self, database: Database, clock: Clock, channels: Mapping[str, Channel], quiet: QuietHours) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._quiet = quiet
        self._pace = Pace()
        self._has_looked_back = False
        self._refused_by: str | None = None

    def step(self) -> bool:
        """Send the next message; tell whether one was handled, so that the next may follow at once."""
        self._look_back()
        candidate = self._next()
        if candidate is None:
            return False
        if candidate.channel != PREVIEW and not self._wait_for_pace():
            return False
        with self._database.transaction() as session:
            outgoing = self._take(session, candidate)
        if outgoing is not None:
            outcome = self._send(candidate, outgoing)
            with self._database.transaction() as session:
                self._settle(session, outgoing, outcome)
        return True

    def _look_back(self) -> None:
        """Release what a crash left on its way, and give up what is no longer worth sending."""
        now = self._clock.now()
        with self._database.reading() as session:
            has_orphans = not self._has_looked_back and repository.has_orphans(session)
            has_expired = repository.has_expired(session, now)
        if has_orphans or has_expired:
            with self._database.transaction() as session:
                if has_orphans:
                    repository.release_orphans(session, now)
                repository.expire(session, now)
        self._has_looked_back = True

    def _next(self) -> Candidate | None:
        """Return the first message whose chat may be written to now."""
        now, ticks = self._clock.now(), self._clock.boot_ticks()
        with self._database.reading() as session:
            due = repository.due(session, now, self._quiet.allowed(now))
        return next((one for one in due if one.channel == PREVIEW or self._pace.free_at(one.address) <= ticks), None)

    def _wait_for_pace(self) -> bool:
        """Wait for the next place in the stream; False when the carrier wants a longer pause."""
        ticks = self._pace.any_free_at - self._clock.boot_ticks()
        if ticks > TICKS_PER_SECOND:
            return False
        self._clock.wait(max(0, ticks) / TICKS_PER_SECOND)
        return True

    def _take(self, session: Session, candidate: Candidate) -> _Outgoing | None:
        entry = repository.lock(session, candidate.id)
        if entry is None or not self._is_owed(session, entry):
            return None
        was_unknown = entry.state == NotificationState.UNKNOWN
        contact = session.get_one(Contact, entry.contact_id)
        if contact.blocked_at is not None and candidate.channel != PREVIEW:
            self._give_up(entry, "The guardian has blocked our messages.", was_unknown=was_unknown)
            return None
        now = self._clock.now()
        kind, facts = NotificationKind(entry.kind), from_json(entry.facts)
        entry.text = compose(facts, kind, entry.reference, contact.language, now, self._quiet.zone)
        entry.state = NotificationState.SENDING
        entry.attempts += 1
        return _Outgoing(entry.id, entry.text, entry.reference, was_unknown)

    def _is_owed(self, session: Session, entry: Notification) -> bool:
        """Look again: a superseded decision owes nothing, and what was never told needs no correction."""
        if repository.is_superseded(session, entry):
            self._drop(entry, "The decision was superseded.")
            return False
        notice = session.get(Notification, entry.corrects_id) if entry.corrects_id else None
        if notice is None or notice.state in {NotificationState.SENT, NotificationState.UNKNOWN}:
            return True
        if from_json(entry.facts).mark not in {Mark.LATE, Mark.ABSENT}:
            self._drop(entry, "The notice it corrects was never delivered.")
            return False
        entry.kind, entry.corrects_id = from_json(entry.facts).mark, None
        return True

    def _send(self, candidate: Candidate, outgoing: _Outgoing) -> Outcome:
        channel = self._channels.get(candidate.channel)
        if channel is None:
            return RetryLater(_NO_CHANNEL_SECONDS, f"No channel named {candidate.channel} is set up.")
        try:
            outcome = channel.send(candidate.address, outgoing.text, outgoing.reference)
        except BaseException:
            self._has_looked_back = False
            raise
        if candidate.channel != PREVIEW:
            self._note(candidate.address, outcome)
        return outcome

    def _note(self, address: str, outcome: Outcome) -> None:
        """Spend the pace; when two chats in a row are put off, hold everything."""
        ticks = self._clock.boot_ticks()
        self._pace.spend(address, ticks)
        if not isinstance(outcome, RetryLater):
            self._refused_by = None
            return
        if self._refused_by not in {None, address}:
            self._pace.hold_all(ticks + round(outcome.seconds * TICKS_PER_SECOND))
        self._refused_by = address

    def _settle(self, session: Session, outgoing: _Outgoing, outcome: Outcome) -> None:
        entry, now = session.get_one(Notification, outgoing.id, with_for_update=True), self._clock.now()
        match outcome:
            case Accepted():
                entry.state, entry.sent_at, entry.last_error = NotificationState.SENT, now, None
            case RetryLater(seconds, reason):
                entry.state = NotificationState.UNKNOWN if outgoing.was_unknown else NotificationState.RETRY
                entry.not_before, entry.last_error = now + timedelta(seconds=seconds), reason
            case Permanent(reason, is_blocked):
                self._give_up(entry, reason, was_unknown=outgoing.was_unknown)
                if is_blocked:
                    session.get_one(Contact, entry.contact_id).blocked_at = now
            case OutcomeUnknown(reason):
                entry.state, entry.last_error = NotificationState.UNKNOWN, reason
                entry.not_before = now + timedelta(seconds=unknown_pause(entry.attempts))
                if entry.attempts >= MOST_UNKNOWN_ATTEMPTS:
                    entry.expires_at = now

    def _drop(self, entry: Notification, reason: str) -> None:
        if entry.state == NotificationState.UNKNOWN:
            entry.expires_at = self._clock.now()
        else:
            entry.state = NotificationState.SUPPRESSED
        entry.last_error = reason

    def _give_up(self, entry: Notification, reason: str, *, was_unknown: bool) -> None:
        """Send no more of it; one that may have arrived keeps saying so, because it may need a correction."""
        entry.last_error = reason
        if was_unknown:
            entry.state, entry.expires_at = NotificationState.UNKNOWN, self._clock.now()
        else:
            entry.state = NotificationState.DEAD
