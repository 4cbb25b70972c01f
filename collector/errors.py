"""What can go wrong in the collector, as one tree, so that each edge of the program catches one thing.

    CollectorError
    ├── SettingsError      a setting is missing, misspelt or impossible
    ├── DatabaseError      the database cannot be opened or written
    ├── BrokerError        the broker cannot be started or reached
    ├── DocumentError      a document could not be typeset
    ├── RosterError        a roster row or school file says something impossible
    ├── CardError          a card cannot be issued, opened or printed
    ├── SignInRequired     nobody is signed in (401)
    ├── Forbidden          the one signed in may not do this (403)
    ├── NotFound           there is no such thing in this person's scope (404)
    └── InvalidRequest     a form or a query says something impossible (422)

Every error is one clear sentence that says what and where, and what to do if that is not obvious.
"""


class CollectorError(Exception):
    """Base of all; `status` is the HTTP status a page answers with."""

    status = 500


class SettingsError(CollectorError):
    """A setting is missing, misspelt or impossible."""


class DatabaseError(CollectorError):
    """The database cannot be opened or written."""

    status = 503


class BrokerError(CollectorError):
    """The broker cannot be started or reached."""

    status = 503


class DocumentError(CollectorError):
    """A document could not be typeset."""


class RosterError(CollectorError):
    """A roster row or a school file says something impossible."""

    status = 422


class CardError(CollectorError):
    """A card cannot be issued, opened or printed."""

    status = 422


class SignInRequired(CollectorError):  # noqa: N818 - named for what the person must do
    """Nobody is signed in."""

    status = 401


class Forbidden(CollectorError):  # noqa: N818 - HTTP's own word
    """The one signed in may not do this."""

    status = 403


class NotFound(CollectorError):  # noqa: N818 - HTTP's own word
    """There is no such thing in this person's scope."""

    status = 404


class InvalidRequest(CollectorError):  # noqa: N818 - HTTP's own word
    """A form or a query says something impossible."""

    status = 422
