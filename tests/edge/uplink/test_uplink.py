"""Rows go to the collector over a real broker and are settled by its own word only (P2)."""

import os
import queue
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from collector.broker.embedded import EmbeddedBroker
from collector.settings import BrokerSettings as CollectorsBroker
from edge.clock import KioskClock
from edge.errors import BrokerError
from edge.outbox import Outbox
from edge.settings import BrokerSettings
from edge.uplink import greet
from tests.edge.makers import LEDGER, tag, tags_in, tap
from tests.edge.uplink.collector import PATIENCE_SECONDS, Collector, next_of
from tests.edge.uplink.conftest import KIOSK_ID, Ground
from tests.simulation.manual_clock import ManualClock
from tests.simulation.programs import free_port
from wire.codec import encode_manifest
from wire.messages import Manifest, Receipt, SeqRange
from wire.topics import Down, topic


def become(is_so: Callable[[], bool], clock: ManualClock | None = None, step: float = 0.0) -> None:
    """Wait until something is so, letting `step` seconds of the kiosk's clock pass at each look."""
    for _ in range(int(PATIENCE_SECONDS * 200)):
        if is_so():
            return
        if clock is not None:
            clock.advance(step)
        Event().wait(0.005)
    pytest.fail("it never became so")


def nothing_more(arrived: "queue.Queue[object]") -> bool:
    """Tell whether nothing arrives for a moment."""
    try:
        arrived.get(timeout=0.15)
    except queue.Empty:
        return True
    return False


def connected(ground: Ground, collector: Collector) -> None:
    """Start the uplink and wait for its birth and first heartbeat."""
    ground.uplink.start()
    next_of(collector.statuses, lambda status: status.online)
    next_of(collector.heartbeats)


def test_a_tap_after_a_quiet_spell_is_sent_at_once_and_settled_by_its_receipt(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    connected(ground, collector)
    tap(ground.outbox, kiosk_clock, 1)
    ground.uplink.nudge()

    assert tags_in([next_of(collector.batches)]) == [tag(1)]
    become(lambda: ground.outbox.pending == 0)


def test_the_brokers_acknowledgement_settles_nothing(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    collector.is_answering = False
    connected(ground, collector)
    tap(ground.outbox, kiosk_clock, 1)
    ground.uplink.nudge()
    batch = next_of(collector.batches)
    assert nothing_more(collector.batches)  # type: ignore[arg-type]

    assert ground.outbox.pending == 1
    collector.answer(KIOSK_ID, batch)
    become(lambda: ground.outbox.pending == 0)


def test_taps_that_follow_closely_share_a_batch_after_two_seconds(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    connected(ground, collector)
    tap(ground.outbox, kiosk_clock, 1)
    ground.uplink.nudge()
    next_of(collector.batches)
    become(lambda: ground.outbox.pending == 0)
    for number in (2, 3, 4):
        tap(ground.outbox, kiosk_clock, number)
        ground.uplink.nudge()
    assert nothing_more(collector.batches)  # type: ignore[arg-type]
    clock.advance(1.5)
    become(lambda: not collector.batches.empty(), clock, 0.1)

    assert tags_in([next_of(collector.batches)]) == [tag(2), tag(3), tag(4)]


def test_no_more_than_eight_batches_are_in_flight(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    collector.is_answering = False
    for number in range(1000):
        tap(ground.outbox, kiosk_clock, number)
    connected(ground, collector)

    first = [next_of(collector.batches) for _ in range(8)]
    assert nothing_more(collector.batches)  # type: ignore[arg-type]
    assert (first[0].first_seq, first[0].last_seq) == (901, 1000)
    assert [batch.first_seq for batch in first[1:]] == [1, 101, 201, 301, 401, 501, 601]
    collector.answer(KIOSK_ID, first[1])
    assert next_of(collector.batches).first_seq == 701


def test_a_backlog_is_sent_whole_and_then_claimed(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    for number in range(2500):
        tap(ground.outbox, kiosk_clock, number)
    connected(ground, collector)
    become(lambda: ground.outbox.pending == 0, clock, 0.1)

    assert sorted(tags_in(collector.held)) == [tag(number) for number in range(2500)]
    assert next_of(collector.heartbeats).claims[0].seq == 2500


def test_without_a_receipt_one_batch_is_sent_again_and_then_the_connection_is_made_anew(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock, clock: ManualClock
) -> None:
    collector.is_answering = False
    for number in range(300):
        tap(ground.outbox, kiosk_clock, number)
    connected(ground, collector)
    first = [next_of(collector.batches) for _ in range(3)]
    clock.advance(11)
    assert nothing_more(collector.batches)  # type: ignore[arg-type]
    become(lambda: not collector.batches.empty(), clock, 0.1)

    assert next_of(collector.batches) in first
    assert nothing_more(collector.batches)  # type: ignore[arg-type]
    births = collector.statuses.qsize()
    become(lambda: collector.statuses.qsize() > births, clock, 0.5)
    collector.is_answering = True
    become(lambda: ground.outbox.pending == 0, clock, 0.5)


def test_a_copy_of_an_outbox_sends_its_rows_again_under_a_new_id(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    collector.is_answering = False
    for number in range(5):
        tap(ground.outbox, kiosk_clock, number)
    connected(ground, collector)
    batch = next_of(collector.batches, lambda batch: batch.last_seq == 5)
    collector.say(KIOSK_ID, Receipt(batch.outbox_id, LEDGER, 9, (), (SeqRange(1, 5),)))
    again = next_of(collector.batches, lambda again: again.outbox_id != batch.outbox_id)

    assert again.rows == batch.rows
    assert again.first_seq == 1
    assert next_of(collector.statuses, lambda status: status.outbox_id == again.outbox_id).online
    assert any("is a copy of another" in sentence for sentence in ground.said)


@pytest.mark.parametrize("damage", ["at = at - 1000000000", "body = x'00'"])
def test_a_damaged_row_is_said_and_holds_up_no_other(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock, clock: ManualClock, damage: str
) -> None:
    for number in range(1, 6):
        tap(ground.outbox, kiosk_clock, number)
    with ground.outbox._file.transaction() as connection:
        connection.execute(f"UPDATE row SET {damage} WHERE seq = 4")  # noqa: S608  # a test's own
    connected(ground, collector)
    become(lambda: ground.outbox.pending == 0, clock, 0.1)

    assert sorted(tags_in(collector.held)) == [tag(1), tag(2), tag(3), tag(5)]
    assert len(ground.said) == 1
    assert ground.said[0].startswith("1 of the rows 1 to 5 is damaged and cannot be sent")
    assert ground.uplink.is_alive


def test_a_clock_that_no_message_can_hold_ends_no_uplink(
    ground: Ground, collector: Collector, clock: ManualClock
) -> None:
    beyond_the_wire = 1500 * 366 * 86_400
    clock.step_wall(beyond_the_wire)
    ground.uplink.start()
    become(lambda: bool(ground.said))
    clock.step_wall(-beyond_the_wire)

    assert next_of(collector.statuses, lambda status: status.online).outbox_id == ground.outbox.outbox_id
    assert ground.said[0].startswith("What this kiosk says of itself cannot be sent")


def test_a_manifest_reaches_the_gate_book(ground: Ground, collector: Collector) -> None:
    manifest = Manifest(3, bytes(32), 100, (tag(1),))
    collector.publish(topic(KIOSK_ID, Down.GATE_BOOK), encode_manifest(manifest), retain=True)
    connected(ground, collector)

    become(lambda: ground.manifests == [manifest])
    collector.publish(topic(KIOSK_ID, Down.GATE_BOOK), b"", retain=True)


def test_a_receipt_that_cannot_be_read_is_said_and_ignored(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    connected(ground, collector)
    collector.publish(topic(KIOSK_ID, Down.RECEIPT), b"\x93garbage")
    become(lambda: len(ground.said) == 1)

    tap(ground.outbox, kiosk_clock, 1)
    ground.uplink.nudge()
    become(lambda: ground.outbox.pending == 0)
    assert "cannot be read" in ground.said[0]


def test_a_clean_stop_says_offline_after_a_last_claim(
    ground: Ground, collector: Collector, kiosk_clock: KioskClock
) -> None:
    connected(ground, collector)
    seq = tap(ground.outbox, kiosk_clock, 1)
    ground.uplink.stop()

    assert next_of(collector.statuses, lambda status: not status.online).outbox_id == ground.outbox.outbox_id
    assert collector.heartbeats.get(timeout=PATIENCE_SECONDS).claims[0].seq == seq


def test_a_broker_that_is_away_is_said_once_and_taps_are_kept(
    outbox: Outbox, kiosk_clock: KioskClock, tmp_path: Path, clock: ManualClock
) -> None:
    port = free_port()
    ground = Ground(outbox, kiosk_clock, port, tmp_path)
    ground.uplink.start()
    tap(outbox, kiosk_clock, 1)
    become(lambda: len(ground.said) == 1)
    with EmbeddedBroker(CollectorsBroker(port=port), tmp_path / "broker"):
        collector = Collector(port)
        become(lambda: outbox.pending == 0, clock, 0.1)
        ground.uplink.stop()
        collector.close()

    assert ground.said[0].startswith(f"The broker at 127.0.0.1:{port} cannot be reached (Connection refused)")
    assert ground.said[1:] == [f"The broker at 127.0.0.1:{port} answers again."]


def test_a_broker_that_is_killed_costs_no_row(
    outbox: Outbox, kiosk_clock: KioskClock, tmp_path: Path, clock: ManualClock
) -> None:
    port = free_port()
    with EmbeddedBroker(CollectorsBroker(port=port), tmp_path / "broker") as broker:
        collector, ground = Collector(port), Ground(outbox, kiosk_clock, port, tmp_path)
        collector.is_answering = False
        connected(ground, collector)
        tap(outbox, kiosk_clock, 1)
        ground.uplink.nudge()
        first = next_of(collector.batches)
        assert broker.process_id is not None
        os.kill(broker.process_id, signal.SIGKILL)
        collector.close()
        become(lambda: greets(port))
        collector = Collector(port)
        become(lambda: not collector.batches.empty(), clock, 0.1)
        again = next_of(collector.batches)
        become(lambda: outbox.pending == 0, clock, 0.1)
        ground.uplink.stop()
        collector.close()

    assert again == first


def greets(port: int) -> bool:
    """Tell whether the broker answers."""
    try:
        greet(BrokerSettings("127.0.0.1", port), "greeter")
    except BrokerError:
        return False
    return True
