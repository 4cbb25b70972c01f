"""A class teacher at a browser: signs in, looks at the day, and puts one mark right. Only HTTP, as any browser."""

import re
from typing import Self

import httpx

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Teacher:
    """One signed-in browser."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, follow_redirects=True, timeout=10, headers={"Origin": address})

    def sign_in(self, login_name: str, password: str) -> Self:
        """Sign in; raise when it is refused."""
        form = {"login_name": login_name, "password": password}
        page = self._http.get("/sign-in")
        if found := _CSRF.search(page.text):
            form["csrf"] = found[1]
        answer = self._http.post("/sign-in", data=form)
        answer.raise_for_status()
        if "/sign-in" in str(answer.url):
            raise PermissionError("the teacher was not let in")
        return self

    def today(self, school_id: int) -> dict[str, object]:
        """Return the day's facts as the dashboard gives them to machines."""
        answer = self._http.get(f"/schools/{school_id}/today")
        answer.raise_for_status()
        facts: dict[str, object] = answer.json()
        return facts

    def put_right(self, school_id: int, student_id: int, school_session_id: int, mark: str, reason: str) -> None:
        """Override one mark, with the form of the student's page."""
        page = self._http.get(f"/schools/{school_id}/students/{student_id}")
        page.raise_for_status()
        token = _CSRF.search(page.text)
        form = {
            "student_id": str(student_id),
            "school_session_id": str(school_session_id),
            "mark": mark,
            "reason": reason,
            "csrf": token[1] if token else "",
        }
        self._http.post(f"/schools/{school_id}/overrides", data=form).raise_for_status()

    def close(self) -> None:
        """Close the browser."""
        self._http.close()
