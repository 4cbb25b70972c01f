"""The one door to Telegram: sends a text by python-telegram-bot and says what became of it.

The library is asynchronous, the collector is not: one event loop lives here and runs only while a message is sent.
What Telegram surely refused, and what never reached it, may be sent again; all else may have been delivered.
"""

import asyncio
import logging
import warnings
from typing import Self

import httpx
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from collector.notify.channel import Accepted, Outcome, OutcomeUnknown, Permanent, RetryLater

_NETWORK_SECONDS = 5.0
_SETTINGS_SECONDS = 300.0
"""After an answer that only a person can change: a wrong token, a second program with the same one."""
_WITH_TOKEN = ("httpx", "httpcore")
"""Loggers that write addresses, of which the bot's token is a part."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class TelegramChannel:
    """Sends by one bot; `timeout_seconds` are real seconds that Telegram may take to answer."""

    def __init__(self, token: str, base_url: str, timeout_seconds: float = 10.0) -> None:
        for name in _WITH_TOKEN:
            logging.getLogger(name).setLevel(logging.WARNING)
        request = HTTPXRequest(
            connection_pool_size=4,
            read_timeout=timeout_seconds,
            write_timeout=timeout_seconds,
            connect_timeout=timeout_seconds,
        )
        self._bot = Bot(token, base_url=base_url, request=request, get_updates_request=request)
        self._request = request
        self._runner = asyncio.Runner()

    def send(self, address: str, text: str, reference: str) -> Outcome:  # noqa: ARG002 - it is in the text
        """Send to a chat; the text cannot be forwarded, because it names a child."""
        with warnings.catch_warnings():
            # Telegram's "too many requests" makes the library warn of a change in its own error.
            warnings.simplefilter("ignore", PTBDeprecationWarning)
            try:
                self._runner.run(self._bot.send_message(chat_id=address, text=text, protect_content=True))
            except TelegramError as error:
                return _outcome(error)
        return Accepted()

    def close(self) -> None:
        """Close the connections and the loop."""
        self._runner.run(self._request.shutdown())
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _outcome(error: TelegramError) -> Outcome:
    match error:
        case RetryAfter():
            return RetryLater(_seconds(error), "Telegram asks us to slow down.")
        case Forbidden() | BadRequest() | ChatMigrated():
            is_gone = isinstance(error, Forbidden) or "chat not found" in error.message.lower()
            return Permanent(error.message, is_blocked=is_gone)
        case InvalidToken() | Conflict():
            return RetryLater(_SETTINGS_SECONDS, "Telegram does not know this bot's token, or another program uses it.")
        case NetworkError() if isinstance(error.__cause__, _NOT_SENT):
            return RetryLater(_NETWORK_SECONDS, "Telegram cannot be reached.")
        case _:
            return OutcomeUnknown(error.message or "Telegram did not answer.")


def _seconds(error: RetryAfter) -> float:
    """Return the pause that Telegram asks for, whichever of its two types the library gives it."""
    pause = error.retry_after
    return float(pause if isinstance(pause, int | float) else pause.total_seconds())
