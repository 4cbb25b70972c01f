"""The outbox against a model of it: whatever happens in whatever order, each row is somewhere exactly once."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.clock import KioskClock
from edge.outbox import Outbox
from tests.edge.makers import opened, receipt, tag, tap
from tests.simulation.manual_clock import ManualClock
from wire.messages import CheckIn


class OutboxModel(RuleBasedStateMachine):
    """Rows as a list of lives; each row is its card's number, its boot and whether it is settled."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self._clock = ManualClock()
        self._kiosk_clock = KioskClock(self._clock)
        self._outbox: Outbox = opened(self._folder / "o.sqlite", self._clock)
        self._boots = self._revision = self._numbers = 0
        self._names = [self._outbox.outbox_id]
        self._lives: list[dict[int, tuple[int, bytes, bool]]] = [{}]

    def teardown(self) -> None:
        self._outbox.close()
        shutil.rmtree(self._folder)

    @rule(seconds=st.floats(0, 100))
    def tap(self, seconds: float) -> None:
        self._clock.advance(seconds)
        seq = tap(self._outbox, self._kiosk_clock, self._numbers)
        assert seq == max(self._lives[-1], default=0) + 1
        self._lives[-1][seq] = (self._numbers, self._clock.boot_id(), False)
        self._numbers += 1

    @rule(reboots=st.booleans())
    def restart(self, *, reboots: bool) -> None:
        self._outbox.close()
        if reboots:
            self._boots += 1
            self._clock.reboot(f"boot {self._boots}")
        self._outbox = opened(self._folder / "o.sqlite", self._clock)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        life = data.draw(st.integers(0, len(self._lives) - 1))
        rows = self._lives[life]
        first = data.draw(st.integers(1, max(rows, default=1)))
        last = data.draw(st.integers(first, max(rows, default=1) + 2))
        boot = data.draw(st.sampled_from(sorted({boot for _, boot, _ in rows.values()}) or [self._clock.boot_id()]))
        self._revision += 1
        self._outbox.settle(receipt(self._names[life], boot, (first, last), revision=self._revision), self._clock.now())
        for seq, (number, row_boot, _) in rows.items():
            if first <= seq <= last and row_boot == boot:
                rows[seq] = (number, row_boot, True)

    @rule(data=st.data())
    def fork(self, data: st.DataObject) -> None:
        life = data.draw(st.integers(0, len(self._lives) - 1))
        rows = self._lives[life]
        pending = [seq for seq, (_, _, settled) in sorted(rows.items()) if not settled]
        if not pending or (life == len(self._lives) - 1 and pending != sorted(rows)[-len(pending) :]):
            return
        self._revision += 1
        self._outbox.settle(
            receipt(self._names[life], bytes(16), forked=((pending[0], pending[-1]),), revision=self._revision),
            self._clock.now(),
        )
        if life == len(self._lives) - 1:
            self._lives.append({})
            self._names.append(self._outbox.outbox_id)
        target = self._lives[-1]
        for seq in pending:
            target[max(target, default=0) + 1] = rows.pop(seq)

    @invariant()
    def pending_rows_are_those_of_the_model(self) -> None:
        found = {
            (batch.outbox_id, batch.first_seq + place, batch.boot_id, row.tag)
            for batch in self._outbox.pending_batches(7, 1000)
            for place, row in enumerate(batch.rows)
            if isinstance(row, CheckIn)
        }
        expected = {
            (name, seq, boot, tag(number))
            for name, rows in zip(self._names, self._lives, strict=True)
            for seq, (number, boot, settled) in rows.items()
            if not settled
        }
        assert found == expected
        assert self._outbox.pending == len(expected)


OutboxModel.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_each_row_is_somewhere_exactly_once = OutboxModel.TestCase
