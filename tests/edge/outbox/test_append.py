"""A row that was appended is on the disk, under a seq without gaps, whatever happens next (P1)."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge.clock import KioskClock
from edge.errors import OutboxBusyError, OutboxError, StorageFullError
from edge.outbox import Outbox, Part, peek
from tests.edge.makers import opened, tag, tags_in, tap
from tests.simulation.manual_clock import ManualClock
from wire.codec import decode_batch, encode_batch
from wire.messages import ClockQuality, Lane, SightSpan

TAPPER = """
import sys
from pathlib import Path
from edge.clock import KioskClock
from edge.outbox import open_outbox
from wire.clock import SystemClock
from wire.messages import CheckIn, Lane, Verdict
clock = KioskClock(SystemClock())
outbox = open_outbox(Path(sys.argv[1]), "board-1", clock.now())
while True:
    reading = clock.reading()
    seq = outbox.append(CheckIn(reading.ticks, bytes(8), Lane.IN, Verdict.KNOWN), reading)
    print(seq, flush=True)
"""


def _rows_of_another_connection(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT life, seq FROM row ORDER BY life, seq").fetchall()


def test_a_row_is_committed_when_append_returns(outbox: Outbox, outbox_path: Path, kiosk_clock: KioskClock) -> None:
    seq = tap(outbox, kiosk_clock, 1)

    assert _rows_of_another_connection(outbox_path) == [(1, seq)]


def test_each_commit_is_synced_to_the_disk(outbox: Outbox) -> None:
    with outbox._file.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_kill_between_append_and_light_loses_nothing(outbox_path: Path, clock: ManualClock) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TAPPER, outbox_path], stdout=subprocess.PIPE, text=True, cwd=outbox_path.parent
    ) as tapper:
        assert tapper.stdout is not None
        told = [int(tapper.stdout.readline()) for _ in range(25)]
        os.kill(tapper.pid, signal.SIGKILL)
        told += [int(line) for line in tapper.stdout]
    outbox = opened(outbox_path, clock)
    stored = [seq for _, seq in _rows_of_another_connection(outbox_path)]
    outbox.close()

    assert stored[: len(told)] == told
    assert len(stored) - len(told) in {0, 1}


def test_seqs_go_on_without_gaps_after_a_restart(
    outbox: Outbox, outbox_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    seqs = [tap(outbox, kiosk_clock, number) for number in range(3)]
    name = outbox.outbox_id
    outbox.close()

    again = opened(outbox_path, clock)
    seqs.append(tap(again, kiosk_clock, 3))
    assert again.outbox_id == name
    again.close()

    assert seqs == [1, 2, 3, 4]


def test_any_borders_decode_to_the_same_rows(outbox: Outbox, clock: ManualClock, kiosk_clock: KioskClock) -> None:
    for number in range(60):
        clock.advance(0.37 * number)
        tap(outbox, kiosk_clock, number)
        if number % 7 == 0:
            reading = kiosk_clock.reading()
            outbox.append(SightSpan(reading.ticks - 30, reading.ticks, Lane.IN), reading)

    def rows(limit: int) -> list[tuple[int, object]]:
        batches = [decode_batch(encode_batch(batch)) for batch in outbox.pending_batches(limit, 1000)]
        return [(batch.first_seq + place, row) for batch in batches for place, row in enumerate(batch.rows)]

    assert rows(100) == rows(7) == rows(1)
    assert len(rows(100)) == outbox.pending


def test_a_batch_ends_where_boot_offset_or_quality_change(
    outbox: Outbox, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    tap(outbox, kiosk_clock, 1)
    clock.step_wall(0.9)
    tap(outbox, kiosk_clock, 2)
    clock.step_wall(30)
    tap(outbox, kiosk_clock, 3)
    clock.trust(ClockQuality.UNTRUSTED)
    tap(outbox, kiosk_clock, 4)
    clock.reboot("second")
    tap(outbox, kiosk_clock, 5)

    batches = outbox.pending_batches()

    assert [(batch.first_seq, batch.last_seq) for batch in batches] == [(1, 2), (3, 3), (4, 4), (5, 5)]
    assert batches[1].wall_offset - batches[0].wall_offset == pytest.approx(3090, abs=2)


def test_live_rows_go_first_then_the_backlog_from_the_oldest(outbox: Outbox, kiosk_clock: KioskClock) -> None:
    for number in range(350):
        tap(outbox, kiosk_clock, number)

    batches = outbox.pending_batches(100, 3, live_after=0)

    assert [(batch.first_seq, batch.last_seq) for batch in batches] == [(251, 350), (1, 100), (101, 200)]


def test_what_is_in_the_air_is_not_cut_again(outbox: Outbox, kiosk_clock: KioskClock) -> None:
    for number in range(30):
        tap(outbox, kiosk_clock, number)
    busy = [Part(outbox.outbox_id, 5, 9), Part(outbox.outbox_id, 21, 30)]

    batches = outbox.pending_batches(10, 8, busy, live_after=0)

    assert [(batch.first_seq, batch.last_seq) for batch in batches] == [(1, 4), (10, 19), (20, 20)]


def test_a_second_process_is_told_that_the_outbox_is_taken(
    outbox: Outbox, outbox_path: Path, clock: ManualClock
) -> None:
    with pytest.raises(OutboxBusyError, match="stop that one first"):
        opened(outbox_path, clock)


def test_the_open_span_becomes_a_row_after_a_crash(
    outbox: Outbox, outbox_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    tap(outbox, kiosk_clock, 1)
    outbox.keep_span(SightSpan(360_000, 361_000, Lane.IN), kiosk_clock.reading())
    outbox.keep_span(SightSpan(360_000, 363_000, Lane.IN), kiosk_clock.reading())
    outbox.close()
    clock.reboot("second")

    again = opened(outbox_path, clock)
    batches = again.pending_batches()
    again.close()

    assert [row for batch in batches for row in batch.rows][1:] == [SightSpan(360_000, 363_000, Lane.IN)]
    assert len({batch.boot_id for batch in batches}) == 1


def test_a_file_of_another_board_keeps_its_rows_and_begins_a_new_life(
    outbox: Outbox, outbox_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    tap(outbox, kiosk_clock, 1)
    first = outbox.outbox_id
    outbox.close()

    moved = opened(outbox_path, clock, board="board-2")
    seq = tap(moved, kiosk_clock, 2)
    batches = moved.pending_batches()
    moved.close()

    assert [(batch.outbox_id == first, batch.first_seq) for batch in batches] == [(True, 1), (False, 1)]
    assert seq == 1
    assert "another board (board-1)" in moved.notes[0]


def test_a_file_that_is_no_database_is_set_aside_and_said_so(outbox_path: Path, clock: ManualClock) -> None:
    outbox_path.write_bytes(b"not a database at all, " * 300)

    outbox = opened(outbox_path, clock)
    outbox.close()

    aside = list(outbox_path.parent.glob("outbox.sqlite.damaged-20250105T234000Z"))
    assert aside[0].read_bytes().startswith(b"not a database")
    assert len(outbox.notes) == 1
    assert "was set aside as outbox.sqlite.damaged-20250105T234000Z" in outbox.notes[0]


def test_a_damaged_page_costs_only_its_own_rows(
    outbox: Outbox, outbox_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    for number in range(800):
        tap(outbox, kiosk_clock, number)
    first = outbox.outbox_id
    outbox.close()
    content = bytearray(outbox_path.read_bytes())
    middle = len(content) // 4096 // 2 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    outbox_path.write_bytes(content)

    again = opened(outbox_path, clock)
    saved = tags_in(again.pending_batches(1000, 1000))
    kept = [life.outbox_id for life in again.backlog().lives]
    again.close()

    assert "is damaged" in again.notes[0]
    assert len(saved) > 600
    assert {tag(0), tag(799)} <= set(saved)
    assert again.notes[0].endswith("tell the technician.")
    assert first in kept


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a tiny disk")
def test_a_full_disk_refuses_the_row_and_uses_no_seq(
    tmp_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], check=True)
    try:
        outbox = opened(disk / "outbox.sqlite", clock)
        stored: list[int] = []
        with pytest.raises(StorageFullError, match="free some space"):
            stored.extend(tap(outbox, kiosk_clock, number) for number in range(100_000))
        assert outbox.pending == len(stored) == len(_rows_of_another_connection(disk / "outbox.sqlite"))
        subprocess.run(["mount", "-o", "remount,size=3m", disk], check=True)
        assert tap(outbox, kiosk_clock, 0) == stored[-1] + 1
        outbox.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_outbox_that_is_not_there_is_asked_for_in_one_sentence(outbox_path: Path) -> None:
    with pytest.raises(OutboxError, match="There is no outbox at"):
        peek(outbox_path)


def test_the_backlog_can_be_read_while_the_kiosk_writes(
    outbox: Outbox, outbox_path: Path, clock: ManualClock, kiosk_clock: KioskClock
) -> None:
    clock.advance(60)
    tap(outbox, kiosk_clock, 1)
    clock.advance(60)
    tap(outbox, kiosk_clock, 2)

    backlog = peek(outbox_path)

    assert backlog == outbox.backlog()
    assert backlog.pending == 2
    assert backlog.oldest_at is not None
    assert (clock.now() - backlog.oldest_at).total_seconds() == 60
