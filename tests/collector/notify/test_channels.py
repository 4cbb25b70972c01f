"""Every way of sending keeps the same promises; Telegram's says truly what became of a message."""

import logging
import socket
from collections.abc import Iterator

import pytest

from collector.notify.channel import Accepted, Channel, OutcomeUnknown, Permanent, RetryLater
from collector.notify.preview import PreviewChannel
from collector.notify.telegram import TelegramChannel
from tests.simulation.telegram_server import TelegramServer

TOKEN = "1:secret"


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def telegram(server: TelegramServer) -> Iterator[TelegramChannel]:
    with TelegramChannel(TOKEN, server.base_url, timeout_seconds=0.5) as channel:
        yield channel


@pytest.fixture(params=["preview", "telegram"])
def channel(request: pytest.FixtureRequest, telegram: TelegramChannel) -> Channel:
    return telegram if request.param == "telegram" else PreviewChannel()


def test_a_message_to_a_willing_guardian_is_accepted(channel: Channel) -> None:
    assert channel.send("1001", "We have not seen Sopheak (8B).", "#B01") == Accepted()


def test_a_message_arrives_word_by_word_and_cannot_be_forwarded(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    telegram.send("1001", "សុភ័ក្ត្រ (៨ខ) មកដល់ #L17", "#L17")

    (message,) = server.delivered
    assert (message.chat, message.text, message.is_protected) == ("1001", "សុភ័ក្ត្រ (៨ខ) មកដល់ #L17", True)


def test_the_bots_token_is_in_no_log(
    telegram: TelegramChannel, server: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        telegram.send("1001", "text", "#1")
        server.go_down(1)
        telegram.send("1002", "text", "#2")

    assert TOKEN not in caplog.text


def test_too_many_to_one_chat_are_put_off_by_what_telegram_asks(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    telegram.send("1001", "first", "#1")

    outcome = telegram.send("1001", "second", "#2")

    assert isinstance(outcome, RetryLater)
    assert outcome.seconds == 1
    assert len(server.delivered) == 1


@pytest.mark.parametrize("fault", ["block", "forget"])
def test_a_guardian_who_blocked_us_or_is_gone_gets_nothing_more(
    telegram: TelegramChannel, server: TelegramServer, fault: str
) -> None:
    getattr(server, fault)("1001")

    outcome = telegram.send("1001", "text", "#1")

    assert isinstance(outcome, Permanent)
    assert outcome.is_blocked


def test_a_gateway_that_fails_leaves_the_outcome_unknown(telegram: TelegramChannel, server: TelegramServer) -> None:
    server.go_down(1)

    assert isinstance(telegram.send("1001", "text", "#1"), OutcomeUnknown)


def test_a_message_that_is_taken_and_never_answered_has_an_unknown_outcome(
    telegram: TelegramChannel, server: TelegramServer
) -> None:
    server.fall_silent(1)

    assert isinstance(telegram.send("1001", "text", "#1"), OutcomeUnknown)
    assert len(server.delivered) == 1


def test_a_message_that_never_left_may_be_sent_again(telegram: TelegramChannel, server: TelegramServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with TelegramChannel(TOKEN, f"http://127.0.0.1:{port}/bot", timeout_seconds=0.5) as nowhere:
        assert isinstance(nowhere.send("1001", "text", "#1"), RetryLater)
