"""One error for everything that is not what the wire allows, so that a receiver has one thing to catch."""


class WireError(ValueError):
    """Bytes or text that are no valid card, topic or message.

    `reason` is one clause for people, without any of the sender's content in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
