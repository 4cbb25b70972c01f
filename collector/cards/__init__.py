"""Cards: issued, printed, revoked, and told to the kiosks in gate books."""
