"""A real headless Chromium, Debian's own, that may speak to this machine only."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import serving
from tests.collector.dashboard.seed import Morning

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser once for a module; without one its tests are skipped, and counted as skipped.

    Not for the session: playwright keeps an event loop in this thread, and other tests run their own.
    """
    if CHROMIUM is None:
        pytest.skip("there is no chromium here: `apt-get install chromium` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    """A morning that has not begun; the back gate will fall silent at 06:41 and be heard again at 06:54."""
    own = Morning(tmp_path, silent_from="06:41:10", heard_again="06:54")
    yield own
    own.close()


@pytest.fixture
def address(morning: Morning) -> Iterator[str]:
    """Where it is served."""
    with serving(morning) as found:
        yield found
