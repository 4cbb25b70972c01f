"""Makes the README's pictures from the running system: the dashboard while a gate is silent, and a gate as it reads.

`make pictures` plays the morning and photographs it; the pictures are committed, so that a reader need not.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from edge.devices.scene import VIEWS, Held, Scene
from edge.scanner import read_still
from tests.simulation.morning import Morning
from tests.simulation.rehearsal import OPERATOR, Rehearsal
from tests.simulation.script import START, ZONE, Day
from wire.card import is_number

_WARM_UP = timedelta(seconds=25)
"""Real time for programs and browser to come up before 06:40."""
_CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_FONT = Path("collector/documents/fonts/NotoSans-Bold.ttf")
_GREEN, _WHITE = (10, 92, 69), (255, 255, 255)


class Shot(NamedTuple):
    """A page to photograph at a moment."""

    name: str
    minutes: float
    path: str = "/"
    language: str = "en"
    width: int = 1440
    height: int = 900
    is_dark: bool = False


SHOTS = (
    Shot("school-before", 0.3),
    Shot("school-rush-en", 4.5),
    Shot("school-silent-en", 10.0),
    Shot("school-silent-km", 10.5, language="km"),
    Shot("school-silent-phone-km", 11.0, language="km", width=390, height=844),
    Shot("school-undecided-en", 12.5),
    Shot("school-decided-en", 361.5),
    Shot("messages-en", 362.0, path="/schools/1/messages"),
    Shot("messages-phone-km", 362.5, path="/schools/1/messages", language="km", width=390, height=844),
    Shot("school-afternoon-dark-km", 364.0, language="km", is_dark=True),
    Shot("school-afternoon-phone-en", 365.0, width=390, height=844),
)


def main() -> int:
    """Play the morning, photograph it into a folder, and draw the gate."""
    folder = Path("build/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    rehearsal = Rehearsal(Path("build/rehearsal"), print)
    try:
        day = rehearsal.set_up()
        rehearsal.set_clock(datetime.now(UTC) + _WARM_UP)
        rehearsal.start_collector()
        rehearsal.play(day)
        draw_gate(day, folder / "gate.png")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
            _photograph(browser, Morning(rehearsal, day), rehearsal, folder)
        _keep(folder / "school-undecided-en.png", "dashboard.png")
        shutil.copy(folder / "gate.png", "docs/pictures/gate.png")
    finally:
        rehearsal.close()
    return 0


def _photograph(browser: Browser, morning: Morning, rehearsal: Rehearsal, folder: Path) -> None:
    logins = {language: _sign_in(browser, rehearsal, language) for language in ("en", "km")}
    pages = {shot.name: _page(browser, shot, logins[shot.language]) for shot in SHOTS}
    waiting = list(SHOTS)
    while waiting:
        morning.tick()
        if rehearsal.clock.now() >= START + timedelta(minutes=waiting[0].minutes):
            shot = waiting.pop(0)
            page = pages[shot.name]
            page.goto(f"{rehearsal.address}{shot.path}", wait_until="load")
            page.screenshot(path=folder / f"{shot.name}.png")
            page.screenshot(path=folder / f"{shot.name}-full.png", full_page=True)
            print(f"{rehearsal.clock.now().astimezone(ZONE):%H:%M} {shot.name}")
        Event().wait(0.1)


def _keep(picture: Path, name: str) -> None:
    """Put a picture where the README shows it."""
    with Image.open(picture) as image:
        image.convert("RGB").save(Path("docs/pictures") / name, optimize=True)


def _sign_in(browser: Browser, rehearsal: Rehearsal, language: str) -> StorageState:
    page = browser.new_page()
    page.goto(f"{rehearsal.address}/sign-in")
    page.fill("input[name=login_name]", OPERATOR.login_name)
    page.fill("input[name=password]", OPERATOR.password)
    page.click("form[action='/sign-in'] button")
    page.wait_for_selector("main h1")
    page.click(f"button[value={language}]")
    page.wait_for_selector("main h1")
    return page.context.storage_state()


def _page(browser: Browser, shot: Shot, login: StorageState) -> Page:
    return browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.is_dark else "light",
        storage_state=login,
    )


def draw_gate(day: Day, path: Path) -> None:
    """Draw what the front gate's camera sees of the day's first card, with what the kiosk makes of it."""
    tap = next(tap for tap in day.taps if tap.gate == "front" and is_number(tap.text))
    frame = Scene().frame([Held(tap.text, VIEWS["tilted"])])
    texts = read_still(frame)
    if texts != [tap.text]:
        raise RuntimeError("the kiosk's scanner did not read the card in the picture")
    picture = Image.fromarray(frame).convert("RGB").resize((960, 540))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 460, 960, 540), fill=_GREEN)
    draw.ellipse((24, 478, 68, 522), fill=_WHITE)
    draw.line((36, 500, 44, 510, 58, 490), fill=_GREEN, width=5)
    draw.text((88, 482), "Recorded: on the kiosk's disk, then green", fill=_WHITE, font=ImageFont.truetype(_FONT, 28))
    picture.quantize(64).save(path)


if __name__ == "__main__":
    raise SystemExit(main())
