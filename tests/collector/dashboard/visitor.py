"""A person at a browser without a screen: real HTTP against the served pages."""

import re
from typing import Self

import httpx

from tests.collector.dashboard.seed import PASSWORD

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Visitor:
    """One browser; signed in or not."""

    def __init__(self, address: str, language: str = "en") -> None:
        headers = {"Accept": "text/html", "Accept-Language": language}
        self.http = httpx.Client(base_url=address, follow_redirects=True, timeout=10, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def sign_in(self, login_name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in as one of the seed's people."""
        return self.http.post("/sign-in", data={"login_name": login_name, "password": password})

    def see(self, path: str) -> httpx.Response:
        """Open a page."""
        return self.http.get(path)

    def send(self, path: str, **fields: object) -> httpx.Response:
        """Send a form with the token of the page that the person looks at."""
        token = _CSRF.search(self.see("/").text)
        form = {"csrf": token[1] if token else "", **{name: str(value) for name, value in fields.items()}}
        return self.http.post(path, data=form)
