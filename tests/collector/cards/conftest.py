"""A key for cards."""

import pytest

from collector.cards.sealing import Sealer


@pytest.fixture
def sealer() -> Sealer:
    """Seals with a key of its own."""
    return Sealer(bytes(range(32)))
