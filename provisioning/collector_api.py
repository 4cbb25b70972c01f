"""The only place that knows how the collector is spoken to: HTTP, a login, and a token with every write.

A password goes over https, or over http to this machine only. What the collector refuses is told in its own words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from provisioning.errors import CollectorAway, NotLetIn, Refused, UsageError

_TIMEOUT_SECONDS = 15.0
_CSRF_HEADER = "X-CSRF-Token"
_T = TypeVar("_T")


class Place(msgspec.Struct, frozen=True):
    """A gate of a school."""

    code: str
    name_en: str


class School(msgspec.Struct, frozen=True):
    """A school as the collector tells of it."""

    id: int
    code: str
    name_en: str
    gates: tuple[Place, ...]


class KioskEntry(msgspec.Struct, frozen=True):
    """A kiosk as the collector knows it; moments as ISO texts."""

    id: str
    gate: str
    lane: str
    is_online: bool
    heard_at: str | None = None
    retired_at: str | None = None


class _Fault(msgspec.Struct, frozen=True):
    error: str


class Collector:
    """A signed-in technician at one collector; made by `signed_in`."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._token: str | None = None

    def school(self, code: str) -> School:
        """Return a school of the one signed in; raise Refused when there is none."""
        answer = self._ask("GET", f"/schools/by-code/{quote(code, safe='')}")
        self._token = answer.headers.get(_CSRF_HEADER)
        return _read(answer, School)

    def kiosks(self, school: School) -> list[KioskEntry]:
        """Return the kiosks of a school, retired ones too."""
        return _read(self._ask("GET", f"/schools/{school.id}/kiosks"), list[KioskEntry])

    def commission(self, school: School, kiosk_id: str, gate: str, lane: str) -> KioskEntry:
        """Put a kiosk at a gate; the same again changes nothing. Raise Refused."""
        facts = {"kiosk_id": kiosk_id, "gate": gate, "lane": lane}
        return _read(self._ask("POST", f"/schools/{school.id}/kiosks", facts), KioskEntry)

    def sign_in(self, login_name: str, password: str) -> None:
        """Sign in; raise NotLetIn."""
        answer = self._send("POST", "/sign-in", data={"login_name": login_name, "password": password})
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise NotLetIn(f"{login_name} was tried too often: wait a few minutes, then try once more.")
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            raise NotLetIn(f"The collector does not let {login_name} in: the name or the password is wrong.")
        if answer.status_code != HTTPStatus.SEE_OTHER or not answer.cookies:
            raise _strange(answer)

    def sign_out(self) -> None:
        """End the login; one that was never given a token ends by itself."""
        if self._token is not None:
            self._send("POST", "/sign-out", headers={_CSRF_HEADER: self._token})

    def _ask(self, method: str, path: str, facts: dict[str, str] | None = None) -> httpx.Response:
        headers = {_CSRF_HEADER: self._token} if self._token is not None else {}
        answer = self._send(method, path, json=facts, headers=headers)
        if answer.is_success:
            return answer
        raise Refused(f"The collector refuses: {_read(answer, _Fault).error}")

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 - passed through
        try:
            return self._http.request(method, path, **what)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise CollectorAway(
                f"The collector at {self._http.base_url} does not answer ({reason}): is it running, and is the "
                "address right?"
            ) from error


@contextmanager
def signed_in(address: str, login_name: str, password: str) -> Iterator[Collector]:
    """Sign in at a collector; yield it, and sign out at the end."""
    check_address(address)
    headers = {"Accept": "application/json"}
    with httpx.Client(base_url=address, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False) as http:
        collector = Collector(http)
        collector.sign_in(login_name, password)
        try:
            yield collector
        finally:
            collector.sign_out()


def check_address(address: str) -> None:
    """Raise UsageError unless this is a collector's address to which a password may be sent."""
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise UsageError(f"{address!r} is no address of a collector: write it as https://HOST or https://HOST:PORT.")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise UsageError(f"{address} would carry the password for everybody to read: use https.")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _read(answer: httpx.Response, form: type[_T]) -> _T:
    try:
        return msgspec.json.decode(answer.content, type=form)
    except msgspec.MsgspecError as error:
        raise _strange(answer) from error


def _strange(answer: httpx.Response) -> CollectorAway:
    return CollectorAway(f"What answers at {answer.url} with status {answer.status_code} is no collector of ours.")
