"""What the rest of the program knows of the person who is signed in."""

from dataclasses import dataclass

from collector.models import Role


@dataclass(frozen=True)
class Principal:
    """The staff member behind a request."""

    staff_id: int
    name: str
    role: Role
    school_id: int | None
    class_id: int | None
    language: str
    csrf_token: str
    secret_sha256: bytes

    def may_resolve(self, school_id: int | None) -> bool:
        """Tell whether this person may settle an alarm of a school's kiosk, or of one that no school knows."""
        if school_id is None:
            return self.role is Role.OFFICER
        return self.role is Role.OPERATOR and self.school_id == school_id

    def may_put_right(self, school_id: int, class_id: int) -> bool:
        """Tell whether this person may change a mark: operators in their school, teachers in their class."""
        if self.role is Role.OPERATOR:
            return self.school_id == school_id
        return self.role is Role.TEACHER and self.school_id == school_id and self.class_id == class_id
