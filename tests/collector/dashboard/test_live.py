"""Open pages hear of changes, not too often, and never hold up a shutdown."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from collector.auth.service import audit
from collector.dashboard import live
from collector.dashboard.live import LiveFeed
from collector.db import Database
from collector.models import Base
from tests.collector.dashboard.seed import Morning, local
from tests.collector.dashboard.visitor import Visitor


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    own = Database(f"sqlite:///{tmp_path / 'collector.sqlite'}")
    own.create_tables(Base.metadata)
    yield own
    own.close()


@pytest.fixture
def feed(database: Database) -> Iterator[LiveFeed]:
    own = LiveFeed(database)
    own.start()
    yield own
    own.close()
    own.join()


def _commit(database: Database) -> None:
    with database.transaction() as session:
        audit(session, None, "TEST", "nothing", local("06:40"))


async def _until_change(changes: AsyncIterator[bool]) -> int:
    """Return how many quiet seconds passed before a change."""
    ticks = 0
    async for is_change in changes:
        if is_change:
            return ticks
        ticks += 1
    return -1


def _listen(act: Callable[[], None], feed: LiveFeed, changes: int) -> float:
    """Listen, act once listening, wait for so many changes; return the seconds that took."""

    async def run() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        stream = feed.changes()
        first = asyncio.ensure_future(_until_change(stream))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(act)
        await first
        for _ in range(changes - 1):
            await _until_change(stream)
        return loop.time() - began

    return asyncio.run(asyncio.wait_for(run(), 15))


def test_a_commit_reaches_an_open_page(database: Database, feed: LiveFeed) -> None:
    assert _listen(lambda: _commit(database), feed, 1) < 5


def test_a_hundred_commits_are_one_change(database: Database, feed: LiveFeed) -> None:
    def act() -> None:
        for _ in range(20):
            _commit(database)

    async def run() -> list[bool]:
        heard: list[bool] = []
        stream = feed.changes()
        task = asyncio.ensure_future(anext(aiter(stream)))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(act)
        heard.append(await task)
        heard += [await anext(aiter(stream)) for _ in range(2)]
        return heard

    assert asyncio.run(asyncio.wait_for(run(), 15)).count(True) <= 2


def test_closing_ends_every_stream_at_once(feed: LiveFeed) -> None:
    async def run() -> int:
        async def watch() -> int:
            return sum([1 async for _ in feed.changes()])

        pages = [asyncio.ensure_future(watch()) for _ in range(3)]
        await asyncio.sleep(0.05)
        feed.close()
        return len(await asyncio.gather(*pages))

    assert asyncio.run(asyncio.wait_for(run(), 5)) == 3


def test_pages_that_went_away_are_forgotten(feed: LiveFeed) -> None:
    async def run() -> None:
        stream = feed.changes()
        await anext(aiter(stream))
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())

    assert len(feed._listeners) == 0


def test_a_stream_ends_by_itself_so_that_a_login_that_ended_is_noticed(
    feed: LiveFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.0)

    async def run() -> list[bool]:
        return [each async for each in feed.changes()]

    assert asyncio.run(asyncio.wait_for(run(), 5)) == []


def test_the_stream_tells_the_clock_and_each_change(morning: Morning, address: str) -> None:
    heard: list[str] = []
    with Visitor(address) as visitor:
        visitor.sign_in("operator")
        cookies = visitor.http.cookies
        with httpx.stream("GET", f"{address}/schools/1/live", cookies=cookies, timeout=10) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                heard.append(line)
                if line == "event: clock" and heard.count("event: clock") == 1:
                    _commit(morning.database)
                if line == "event: change":
                    break

    assert "data: 06:37:00" in heard


def test_a_stream_of_another_school_is_refused(address: str) -> None:
    with Visitor(address) as visitor:
        visitor.sign_in("teacher")

        assert visitor.see("/schools/2/live").status_code == 404
