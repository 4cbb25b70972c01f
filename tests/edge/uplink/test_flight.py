"""What is sent again and when: nobody is flooded, and one bad batch holds up no other."""

from itertools import pairwise

import pytest

from edge.outbox import Part
from edge.uplink.flight import Flight
from edge.uplink.pace import Pace

OUTBOX = b"o" * 16
A, B, C = Part(OUTBOX, 1, 100), Part(OUTBOX, 101, 200), Part(OUTBOX, 201, 300)
SECOND = 100


@pytest.fixture
def flight() -> Flight:
    return Flight(Pace(), jitter=lambda: 1.0)


def send(flight: Flight, now: int, *parts: Part) -> None:
    for part in parts:
        flight.note_sent(part, now * SECOND)


def sent_again(flight: Flight, now: int) -> list[Part]:
    """Send again what is due; return it."""
    flight.note_time(now * SECOND)
    parts = []
    while (part := flight.next_again()) is not None:
        send(flight, now, part)
        parts.append(part)
    return parts


def test_the_window_holds_eight(flight: Flight) -> None:
    for place in range(8):
        assert flight.room == 8 - place
        send(flight, 0, Part(OUTBOX, place, place))

    assert flight.room == 0


def test_after_15_seconds_without_a_word_one_probe_goes_out_instead_of_the_window(flight: Flight) -> None:
    send(flight, 0, A, B, C)

    assert sent_again(flight, 14) == []
    assert sent_again(flight, 15) == [A]
    assert flight.room == 0
    assert set(flight.parts) == {A, B, C}


def test_the_time_out_doubles_up_to_15_minutes(flight: Flight) -> None:
    row = Part(OUTBOX, 1, 1)
    send(flight, 0, row)
    moments = [now for now in range(1, 6000) if sent_again(flight, now)]

    gaps = [later - earlier for earlier, later in zip([0, *moments], moments, strict=False)]
    assert gaps[:7] == [15, 30, 60, 120, 240, 480, 900]
    assert set(gaps[7:]) == {900}


def test_a_receipt_opens_the_window_again(flight: Flight) -> None:
    send(flight, 0, A, B, C)
    sent_again(flight, 15)
    flight.note_answer(16 * SECOND)
    flight.drop(A)

    assert not flight.is_probing
    assert sent_again(flight, 16) == [B, C]
    assert flight.room == 6


def test_a_batch_that_alone_is_never_answered_is_halved_after_three_sends(flight: Flight) -> None:
    send(flight, 0, A)
    seen = [A]
    for now in range(1, 1200):
        flight.note_answer(now * SECOND)
        seen += sent_again(flight, now)
        assert not flight.is_probing

    assert seen[:3] == [A, A, A]
    assert seen[3:5] == [Part(OUTBOX, 1, 50), Part(OUTBOX, 51, 100)]
    assert A not in seen[3:]


def test_a_single_row_is_never_halved(flight: Flight) -> None:
    row = Part(OUTBOX, 7, 7)
    send(flight, 0, row)
    again = [part for now in range(1, 5000) for part in sent_again(flight, now)]

    assert set(again) == {row}


def test_20_seconds_of_silence_give_the_connection_up(flight: Flight) -> None:
    send(flight, 0, A)
    sent_again(flight, 15)

    assert not flight.is_silent(19 * SECOND)
    assert flight.is_silent(20 * SECOND)


def test_silence_is_counted_from_the_first_unanswered_publish(flight: Flight) -> None:
    send(flight, 0, A)
    flight.note_answer(5 * SECOND)
    send(flight, 30, B)

    assert not flight.is_silent(49 * SECOND)
    assert flight.is_silent(50 * SECOND)


def test_a_collector_that_is_away_is_asked_less_and_less_often(flight: Flight) -> None:
    send(flight, 0, A)
    reconnects = []
    for now in range(1, 4000):
        sent_again(flight, now)
        if flight.is_silent(now * SECOND):
            reconnects.append(now)
            flight.note_reconnect()

    gaps = [later - earlier for earlier, later in pairwise(reconnects)]
    assert reconnects[0] == 20
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 900


def test_a_reconnect_takes_back_all_that_was_sent(flight: Flight) -> None:
    send(flight, 0, A, B)
    flight.note_reconnect()

    assert sent_again(flight, 1) == [A, B]
