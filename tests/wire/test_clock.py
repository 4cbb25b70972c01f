"""The clock that all programs are given: the machine's, and one that makes a morning last ninety seconds."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Timer
from time import monotonic

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.clock import Jump, SimulatedClock, Simulation, SystemClock, from_ticks, make_clock, to_ticks
from wire.messages import ClockQuality

PHNOM_PENH = timezone(timedelta(hours=7))
START = datetime(2026, 1, 5, 6, 40, tzinfo=PHNOM_PENH)
NOON = Jump(START.replace(hour=7, minute=0), START.replace(hour=12, minute=40))


def simulated(real_seconds_ago: float, speed: float = 20.0, jumps: tuple[Jump, ...] = ()) -> SimulatedClock:
    started_at = datetime.now(UTC) - timedelta(seconds=real_seconds_ago)
    return SimulatedClock(Simulation(START, started_at, speed, jumps))


def shows(clock: SimulatedClock, expected: datetime) -> bool:
    return timedelta(0) <= clock.now() - expected < timedelta(seconds=60)


def test_a_simulated_clock_runs_at_its_speed_from_its_start() -> None:
    assert shows(simulated(0), START)
    assert shows(simulated(30), START + timedelta(minutes=10))


def test_a_process_that_comes_back_has_the_time_of_those_that_stayed() -> None:
    started_at = datetime.now(UTC) - timedelta(seconds=30)
    stayed, back = (SimulatedClock(Simulation(START, started_at, 20.0)) for _ in range(2))
    assert abs(stayed.now() - back.now()) < timedelta(seconds=2)
    assert abs(stayed.boot_ticks() - back.boot_ticks()) < 200


def test_simulated_time_is_utc() -> None:
    assert simulated(0).now().utcoffset() == timedelta(0)


def test_a_jump_leaves_a_stretch_out_and_the_boot_clock_jumps_with_it() -> None:
    before, after = simulated(50, jumps=(NOON,)), simulated(70, jumps=(NOON,))
    assert shows(before, START + timedelta(seconds=1000))
    assert shows(after, NOON.to + timedelta(seconds=200))
    assert after.boot_ticks() - before.boot_ticks() == pytest.approx((5 * 3600 + 40 * 60 + 400) * 100, abs=2000)


def test_jumps_follow_one_another() -> None:
    jumps = (NOON, Jump(START.replace(hour=13, minute=0), START.replace(hour=16, minute=0)))
    assert shows(simulated(60 + 60 + 3, jumps=jumps), START.replace(hour=16, minute=1))


def test_boot_ticks_never_go_back_across_a_jump() -> None:
    clock = simulated(0, speed=100_000.0, jumps=(NOON,))
    seen = [clock.boot_ticks()]
    while clock.now() < NOON.to + timedelta(minutes=1):
        seen.append(clock.boot_ticks())
    assert seen == sorted(seen)
    assert len(set(seen)) > 10


def test_boot_ticks_of_a_simulated_boot_began_an_hour_before() -> None:
    assert simulated(0).boot_ticks() == pytest.approx(3600 * 100, abs=2000)


def test_simulated_time_counts_as_synchronised() -> None:
    clock = simulated(0)
    assert (clock.quality(), clock.error_ms()) == (ClockQuality.NTP, 10)


def test_a_wait_is_in_simulated_seconds() -> None:
    clock, began, real = simulated(0, speed=1000.0), START, monotonic()
    assert not clock.wait(100)
    assert clock.now() >= began + timedelta(seconds=100)
    assert 0.09 < monotonic() - real < 2


def test_a_wait_over_a_jump_ends_when_the_clock_says_so() -> None:
    clock, real = simulated(0, speed=20_000.0, jumps=(NOON,)), monotonic()
    clock.wait(6 * 3600 + 60)
    assert clock.now() >= START + timedelta(hours=6, minutes=1)
    assert monotonic() - real < 0.6, "six hours, of which 5:40 are jumped, are 63 ms at 20,000x"


def test_a_wait_that_would_end_within_a_jump_ends_at_it() -> None:
    clock, real = simulated(0, speed=20_000.0, jumps=(NOON,)), monotonic()
    clock.wait(3 * 3600)
    assert clock.now() >= NOON.to
    assert monotonic() - real < 0.4


def test_a_real_wait_does_not_run_at_the_clocks_speed() -> None:
    real = monotonic()
    simulated(0, speed=1000.0).wait_real(0.05)
    assert monotonic() - real >= 0.05


@pytest.mark.parametrize("clock", [SystemClock(), simulated(0)])
def test_a_set_event_ends_a_wait_at_once(clock: SystemClock) -> None:
    wake = Event()
    timer = Timer(0.02, wake.set)
    timer.start()
    assert clock.wait(10_000, wake)
    timer.join()
    assert clock.wait(0, wake)
    assert not clock.wait(-1)
    clock.wait_real(-1)


def test_the_systems_clock_is_utc_and_its_boot_clock_only_goes_forward() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    before = clock.boot_ticks()
    clock.wait(0.03)
    assert 3 <= clock.boot_ticks() - before < 500


def test_the_boot_id_is_the_kernels() -> None:
    text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    assert uuid.UUID(bytes=SystemClock().boot_id()) == uuid.UUID(text)


def test_anyone_may_ask_the_kernel_how_good_its_clock_is() -> None:
    clock = SystemClock()
    assert clock.quality() in {ClockQuality.NTP, ClockQuality.UNTRUSTED}
    assert 0 <= clock.error_ms() <= 60_000


def test_settings_without_a_simulation_mean_the_systems_clock() -> None:
    assert type(make_clock(None)) is SystemClock
    assert isinstance(make_clock(Simulation(START, START)), SimulatedClock)


MONDAY = "2026-01-05T06:40:00Z"
GOOD = f"start = {MONDAY}\nstarted_at = {MONDAY}\n"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (f"start = 2026-01-05T06:40:00\nstarted_at = {MONDAY}", r"timezone component - at `\$.start`"),
        (GOOD + "speed = 0.0", "speed of a simulation"),
        (GOOD + "speed = inf", "speed of a simulation"),
        (GOOD + "speed = nan", "speed of a simulation"),
        (GOOD + "pace = 2", "unknown field `pace`"),
        (GOOD + "[[jumps]]\nat = 2026-01-05T07:00:00Z\nto = 2026-01-05T06:50:00Z", "must go forward"),
    ],
)
def test_a_wrong_simulation_is_refused_with_a_reason(wrong: str, reason: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.toml.decode(wrong, type=Simulation)


def test_a_simulation_of_naive_moments_is_refused() -> None:
    with pytest.raises(ValueError, match="offset from UTC"):
        Simulation(START.replace(tzinfo=None), START)


@given(st.integers(-(2**40), 2**42))
def test_ticks_of_unix_time_read_back(ticks: int) -> None:
    assert to_ticks(from_ticks(ticks)) == ticks


def test_ticks_are_ten_milliseconds_of_unix_time() -> None:
    assert from_ticks(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert to_ticks(START) == int(START.timestamp()) * 100
    assert from_ticks(to_ticks(START) + 1) - START == timedelta(milliseconds=10)
