"""When a heartbeat is sent, and that its claim holds: all that occurred by T has a seq of at most N (P4)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clock import KioskClock
from edge.gatebook import GateBookView
from edge.health import Heartbeats, Sight, Tally
from edge.health.heartbeats import claim_delay_ticks
from edge.outbox import Outbox
from tests.edge.makers import opened, receipt, tap
from tests.simulation.manual_clock import ManualClock
from wire.clock import to_ticks
from wire.codec import decode_heartbeat, encode_heartbeat
from wire.messages import CheckIn, Lane, SightSpan

UNTIL_CUTOFF = 680
"""Seconds from 06:40; not amid the heartbeats of every two minutes."""
CUTOFF = 6 * 3600 + 40 * 60 + UNTIL_CUTOFF
BOOK = GateBookView(
    frozenset(), hours=((6 * 3600, 8 * 3600),), claim_at=(CUTOFF,), utc_offset_seconds=7 * 3600, revision=4
)


class Ground:
    """A kiosk's health at Monday 06:40, with a camera that gives a frame whenever it is asked."""

    def __init__(self, outbox: Outbox, clock: ManualClock, kiosk_clock: KioskClock, folder: Path) -> None:
        self.clock, self.outbox = clock, outbox
        self.book = BOOK
        self.sight = Sight(outbox, kiosk_clock, Lane.IN, 500)
        self.beats = Heartbeats(
            kiosk_id="kl-front-1", outbox=outbox, clock=kiosk_clock, sight=self.sight, book=lambda: self.book,
            tally=Tally(), folder=folder, version="1",
        )  # fmt: skip

    def live(self, seconds: float, *, sees: bool = True) -> list[int]:
        """Let time pass; return after how many seconds heartbeats were sent."""
        sent = []
        for second in range(1, round(seconds) + 1):
            self.clock.advance(1)
            if sees:
                self.sight.begin(self.clock.boot_ticks())
                self.sight.end(is_whole=True)
            if self.beats.is_due():
                self.beats.make()
                sent.append(second)
        return sent


@pytest.fixture
def ground(outbox: Outbox, clock: ManualClock, kiosk_clock: KioskClock, tmp_path: Path) -> Ground:
    return Ground(outbox, clock, kiosk_clock, tmp_path)


def test_in_gate_hours_one_is_sent_every_two_minutes_else_every_ten(ground: Ground) -> None:
    ground.book = BOOK._replace(claim_at=())
    assert ground.live(400) == [1, 121, 241, 361]

    ground.book = BOOK._replace(claim_at=(), hours=((0, 60),))
    assert ground.live(1300) == [561, 1161]


def test_a_claim_past_the_cutoff_is_sent_within_ten_seconds_of_it(ground: Ground) -> None:
    sent = ground.live(UNTIL_CUTOFF + 30)

    after = [second - UNTIL_CUTOFF for second in sent if second > UNTIL_CUTOFF]
    assert 1 < after[0] <= 10
    assert ground.sight.claim() > 0


def test_a_claim_for_a_moment_waits_until_it_can_cover_it(ground: Ground) -> None:
    ground.live(UNTIL_CUTOFF - 2)
    moment = ground.clock.boot_ticks() + 200
    ground.clock.advance(4)
    assert not ground.beats.is_due()
    ground.clock.advance(5)
    ground.sight.begin(ground.clock.boot_ticks())
    ground.sight.end(is_whole=True)

    assert ground.beats.is_due()
    assert ground.beats.make().claims[0].through >= moment
    assert not ground.beats.is_due()


def test_a_kiosk_that_sees_nothing_still_reports_ten_seconds_after_the_moment(ground: Ground) -> None:
    ground.live(UNTIL_CUTOFF - 2)

    assert ground.live(20, sees=False) == [12]


def test_each_kiosk_has_its_own_delay_below_seven_seconds() -> None:
    delays = {claim_delay_ticks(f"kiosk-{number}") for number in range(200)}

    assert len(delays) > 50
    assert min(delays) >= 150
    assert max(delays) <= 650


def test_the_span_that_a_claim_speaks_of_is_a_row_below_its_n(ground: Ground) -> None:
    ground.live(30)
    beat = ground.beats.make()

    rows = [row for batch in ground.outbox.pending_batches() for row in batch.rows]
    (claim,) = beat.claims
    assert isinstance(rows[-1], SightSpan)
    assert claim.seq == len(rows)
    assert claim.row_boot_id == ground.clock.boot_id()
    assert beat.sighted


def test_a_life_that_was_left_is_claimed_until_it_is_empty_and_then_ended(
    ground: Ground, kiosk_clock: KioskClock
) -> None:
    for number in range(4):
        tap(ground.outbox, kiosk_clock, number)
    first, boot = ground.outbox.outbox_id, ground.clock.boot_id()
    ground.outbox.settle(receipt(first, boot, (1, 1), forked=((4, 4),)), ground.clock.now())
    claims = {claim.outbox_id: claim for claim in ground.beats.make().claims}
    assert (claims[first].seq, claims[first].ended) == (3, False)
    assert claims[ground.outbox.outbox_id].seq == 1

    ground.outbox.settle(receipt(first, boot, (1, 3), revision=2), ground.clock.now())
    claims = {claim.outbox_id: claim for claim in ground.beats.make().claims}
    assert (claims[first].seq, claims[first].ended) == (3, True)
    assert not claims[ground.outbox.outbox_id].ended


def test_a_heartbeat_of_an_empty_outbox_fits_the_wire(ground: Ground) -> None:
    beat = ground.beats.make()

    assert decode_heartbeat(encode_heartbeat(beat)) == beat
    assert (beat.claims[0].seq, beat.claims[0].row_boot_id) == (0, bytes(16))


def test_it_tells_frames_a_real_second(ground: Ground) -> None:
    ground.beats.make()
    ground.live(50)

    assert ground.beats.make().frames_per_second == pytest.approx(1.0, abs=0.05)


Step = tuple[str, float]
STEPS = st.lists(
    st.tuples(st.sampled_from(["frame", "tap", "stall", "claim", "half"]), st.floats(0.01, 20)), max_size=40
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_no_claim_ever_covers_what_is_committed_after_it(
    steps: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    clock = ManualClock()
    folder = tmp_path_factory.mktemp("outbox")
    outbox = opened(folder / "outbox.sqlite", clock)
    ground = Ground(outbox, clock, KioskClock(clock), folder)
    claims: list[tuple[int, int]] = []
    doings: dict[str, Callable[[float], None]] = {
        "frame": lambda seconds: _frame(ground, seconds, taps=False),
        "tap": lambda seconds: _frame(ground, seconds, taps=True),
        "stall": lambda seconds: _stall(ground, seconds),
        "half": lambda seconds: _claim_amid_a_frame(ground, seconds, claims),
        "claim": lambda _: claims.append(_claim(ground)),
    }
    for what, seconds in steps:
        doings[what](seconds)
    rows = [
        (batch.first_seq + place, row)
        for batch in outbox.pending_batches(1000, 1000)
        for place, row in enumerate(batch.rows)
    ]
    outbox.close()

    for through, head in claims:
        assert [row.at for seq, row in rows if isinstance(row, CheckIn) and row.at <= through and seq > head] == []


def _frame(ground: Ground, seconds: float, *, taps: bool, amid: Callable[[], None] = lambda: None) -> None:
    ground.clock.advance(seconds)
    captured = ground.clock.boot_ticks()
    ground.clock.advance(seconds / 10)
    if not ground.sight.begin(captured):
        return
    amid()
    if taps:
        reading = KioskClock(ground.clock).reading()._replace(ticks=captured)
        ground.outbox.append(CheckIn(captured, bytes(8), Lane.IN, 0), reading)  # type: ignore[arg-type]
    ground.sight.end(is_whole=True)


def _stall(ground: Ground, seconds: float) -> None:
    since = ground.clock.boot_ticks()
    ground.clock.advance(seconds)
    ground.sight.stalled(since)


def _claim(ground: Ground) -> tuple[int, int]:
    (claim,) = ground.beats.make().claims
    return claim.through, claim.seq


def _claim_amid_a_frame(ground: Ground, seconds: float, claims: list[tuple[int, int]]) -> None:
    _frame(ground, seconds, taps=True, amid=lambda: claims.append(_claim(ground)))


def test_the_clock_of_the_claim_is_that_of_the_rows(ground: Ground) -> None:
    ground.live(5)
    beat = ground.beats.make()

    assert beat.sent + beat.wall_offset == to_ticks(ground.clock.now())
