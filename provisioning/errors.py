"""What can end the technician's work, each in one sentence that says what to do.

ProvisioningError
├── UsageError          what was typed cannot be (exit status 2)
├── CollectorAway       the collector cannot be reached, or something else answers in its place
├── NotLetIn            name or password is wrong, or too often tried
└── Refused             the collector says no, with its own sentence
"""


class ProvisioningError(Exception):
    """Base of all; its text is for the person at the terminal."""

    exit_status = 1


class UsageError(ProvisioningError, ValueError):
    """What was typed cannot be."""

    exit_status = 2


class CollectorAway(ProvisioningError, ConnectionError):  # noqa: N818 - named for what happened
    """The collector cannot be reached, or something else answers in its place."""


class NotLetIn(ProvisioningError, PermissionError):  # noqa: N818 - as above
    """Name or password is wrong, or too often tried."""


class Refused(ProvisioningError):  # noqa: N818 - as above
    """The collector says no."""
