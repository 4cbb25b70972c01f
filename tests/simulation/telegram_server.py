"""Telegram's Bot API on loopback, as far as a sender meets it: real HTTP, and Telegram's own limits.

It enforces 30 messages a second in all and one a second to a chat, in real seconds, answers 429 beyond them and
remembers that it had to. Chats can block the bot; the server can be down, or take a message and never answer.
"""

import json
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs

MOST_A_SECOND = 30
_MOST_PATIENT_SECONDS = 15.0


@dataclass
class Delivered:
    """A message in a chat."""

    chat: str
    text: str
    at: float
    """Real seconds, monotonic."""
    is_protected: bool


@dataclass
class _World:
    """What is true of Telegram now; guarded by `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    delivered: list[Delivered] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    blocked: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    down: int = 0
    silent: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)
    recent: deque[float] = field(default_factory=deque)
    last_to: dict[str, float] = field(default_factory=dict)


class TelegramServer:
    """`with TelegramServer() as server:` then send to `server.base_url`."""

    def __init__(self) -> None:
        self._world = _World()
        self._world.may_answer.set()
        self._server = _Server(self._world)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        """What stands before the token."""
        return f"http://127.0.0.1:{self._server.server_port}/bot"

    @property
    def delivered(self) -> list[Delivered]:
        """All messages that reached a chat, in order."""
        with self._world.lock:
            return list(self._world.delivered)

    @property
    def refusals(self) -> Counter[int]:
        """How often it answered with which HTTP status other than 200."""
        with self._world.lock:
            return Counter(self._world.refusals)

    def block(self, chat: str) -> None:
        """Let a person block the bot."""
        self._world.blocked.add(chat)

    def forget(self, chat: str) -> None:
        """Let a chat not exist."""
        self._world.unknown.add(chat)

    def go_down(self, requests: int) -> None:
        """Answer the next requests with 502 and a page of HTML."""
        self._world.down = requests

    def fall_silent(self, requests: int) -> None:
        """Deliver the next messages and never answer."""
        self._world.silent = requests

    def take_its_time(self) -> None:
        """Deliver messages from now on, but answer only after `answer_at_last`."""
        self._world.may_answer.clear()

    def answer_at_last(self) -> None:
        """Answer all that wait, and everybody from now on."""
        self._world.may_answer.set()

    def close(self) -> None:
        """End the server."""
        self.answer_at_last()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _judge(world: _World, chat: str, now: float) -> tuple[int, dict[str, object]] | None:
    """Return the refusal that a message earns, if any."""
    if chat in world.blocked:
        return 403, {"description": "Forbidden: bot was blocked by the user"}
    if chat in world.unknown:
        return 400, {"description": "Bad Request: chat not found"}
    while world.recent and world.recent[0] <= now - 1:
        world.recent.popleft()
    if len(world.recent) >= MOST_A_SECOND or now - world.last_to.get(chat, -1e9) < 1:
        return 429, {"description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}
    return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, world: _World) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.world = world


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        form = {key: values[0] for key, values in parse_qs(self.rfile.read(length).decode()).items()}
        with self.server.world.lock:
            if self.server.world.down:
                self.server.world.down -= 1
                self._answer(502, b"<html>Bad Gateway</html>", "text/html")
                return
            refusal = self._take(form)
            if self.server.world.silent:
                self.server.world.silent -= 1
                self.close_connection = True
                return
        self.server.world.may_answer.wait(_MOST_PATIENT_SECONDS)
        self._reply(form, refusal)

    def _take(self, form: dict[str, str]) -> tuple[int, dict[str, object]] | None:
        now, chat = time.monotonic(), form["chat_id"]
        refusal = _judge(self.server.world, chat, now)
        if refusal is None:
            self.server.world.recent.append(now)
            self.server.world.last_to[chat] = now
            is_protected = form.get("protect_content", "").lower() == "true"
            self.server.world.delivered.append(Delivered(chat, form["text"], now, is_protected))
        return refusal

    def _reply(self, form: dict[str, str], refusal: tuple[int, dict[str, object]] | None) -> None:
        if refusal is not None:
            status, fault = refusal
            self._answer(status, json.dumps({"ok": False, "error_code": status, **fault}).encode())
            return
        chat = {"id": int(form["chat_id"]), "type": "private"}
        message = {"message_id": 1, "date": 1_736_120_000, "chat": chat, "text": form["text"]}
        self._answer(200, json.dumps({"ok": True, "result": message}).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        if status != 200:
            self.server.world.refusals[status] += 1
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
