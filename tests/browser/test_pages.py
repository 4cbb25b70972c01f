"""A person looks at a school's morning in a real browser: signs in, sees it change, puts a mark right, reads Khmer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.collector.dashboard.seed import PASSWORD, Morning

pytestmark = pytest.mark.timeout(90)
PHONE = (390, 844)
DESKTOP = (1440, 900)


@dataclass
class Window:
    """A window of the browser that writes down what must not happen in it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def sign_in(self, login_name: str) -> None:
        """Sign in as one of the seed's people."""
        self.page.goto(f"{self.address}/")
        self.page.fill("#login_name", login_name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")
        expect(self.page.locator(".sentence")).to_be_visible()

    def has_no_sideways_scroll(self) -> bool:
        """Tell whether the page fits its width."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    def check(self) -> None:
        """Fail when the browser complained or asked another host for anything."""
        assert self.complaints == []
        assert self.hosts == {urlsplit(self.address).netloc}


@pytest.fixture
def desktop(chromium: Browser, address: str) -> Iterator[Window]:
    context = chromium.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, locale="en-GB")
    yield Window(context.new_page(), address)
    context.close()


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Window]:
    context = chromium.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, is_mobile=True, has_touch=True, locale="km-KH"
    )
    yield Window(context.new_page(), address)
    context.close()


def test_a_morning_changes_on_an_open_page_without_loading_it_again(desktop: Window, morning: Morning) -> None:
    morning.at("06:38")
    desktop.sign_in("operator")
    page = desktop.page
    expect(page.locator(".sentence")).to_have_text("120 students are expected; the gates open at 6:40.")
    page.evaluate("window.isTheSamePage = true")

    morning.at("06:41")
    expect(page.locator(".sentence")).to_contain_text("of 120 expected are in at 6:41", timeout=8000)
    expect(page.locator(".feed li").first).to_be_visible()
    morning.at("06:42")
    expect(page.locator(".gate").first).to_contain_text("Silent since 06:41.", timeout=8000)
    expect(page.locator(".todo")).to_contain_text("Back gate: look at its power")
    expect(page.locator(".say")).to_have_class("say unsure")

    assert page.evaluate("window.isTheSamePage") is True
    desktop.check()


def test_a_teacher_puts_a_mark_right_on_a_phone_in_khmer(phone: Window, morning: Morning) -> None:
    morning.at("06:41")
    student = morning.unseen()
    phone.sign_in("teacher")
    page = phone.page
    expect(page.locator("html")).to_have_attribute("lang", "km")
    assert phone.has_no_sideways_scroll()

    page.click(".class >> nth=0")
    assert phone.has_no_sideways_scroll()
    page.click(f'a[href="/schools/1/students/{student}"]')
    assert phone.has_no_sideways_scroll()
    page.check('input[name="mark"][value="PRESENT"]')
    page.fill('input[name="reason"]', "កំពុងអង្គុយក្នុងថ្នាក់")
    page.click(".put-right button")
    expect(page.locator(".saved")).to_be_visible()
    morning.settle()

    expect(page.locator(".half-day .pill").first).to_have_text("វត្តមាន", timeout=8000)
    expect(page.locator(".because").first).to_contain_text("កំពុងអង្គុយក្នុងថ្នាក់")
    phone.check()


def test_the_language_is_switched_in_place(desktop: Window, morning: Morning) -> None:
    morning.at("06:41")
    desktop.sign_in("operator")
    page = desktop.page

    page.click('.languages button[value="km"]')
    expect(page.locator("html")).to_have_attribute("lang", "km")
    expect(page.locator(".sentence")).to_contain_text("គិតត្រឹមម៉ោង 6:41")
    assert page.evaluate("document.fonts.check('600 16px \"Sala Khmer\"', 'ស្រីល័ក្ខណ៍')")
    assert page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').length") == 1
    desktop.check()


def test_a_page_that_hears_nothing_says_so(desktop: Window, morning: Morning) -> None:
    desktop.page.clock.install()
    desktop.sign_in("operator")
    page = desktop.page
    page.route("**/live", lambda route: route.abort())
    page.reload()
    expect(page.locator(".lost")).to_be_hidden()

    page.clock.run_for(12_000)

    expect(page.locator(".lost")).to_contain_text("This page has had no news since 06:37:00.")


def test_a_keyboard_is_enough(desktop: Window) -> None:
    page = desktop.page
    page.goto(f"{desktop.address}/sign-in")
    page.keyboard.type("operator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".sentence")).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    desktop.check()


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1440])
@pytest.mark.parametrize("language", ["km", "en"])
def test_nothing_leaves_the_page_sideways(desktop: Window, morning: Morning, width: int, language: str) -> None:
    desktop.sign_in("operator")
    desktop.page.click(f'.languages button[value="{language}"]')
    desktop.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/schools/1", "/schools/1/messages", "/schools/1/classes/1", "/schools/1/students/1"):
        desktop.page.goto(desktop.address + path)
        assert desktop.has_no_sideways_scroll(), path
