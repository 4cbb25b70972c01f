"""The channel of schools that are not live and of contacts without a phone: nothing leaves the collector.

The dashboard shows the message as the guardian would have received it, from the notification's own record.
"""

from collector.notify.channel import Accepted, Outcome


class PreviewChannel:
    """Accepts everything and sends nothing."""

    def send(self, address: str, text: str, reference: str) -> Outcome:  # noqa: ARG002 - nothing leaves
        """Accept a message."""
        return Accepted()
