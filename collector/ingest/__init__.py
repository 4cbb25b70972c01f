"""From the broker to validated rows, each stored exactly once, and to the receipts that say so."""
