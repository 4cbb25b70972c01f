"""What holds for every test: no word leaves this machine, and Hypothesis is not judged by a busy machine's speed.

In CI it draws the same examples each time, so that a change is judged and not its luck; people's runs keep exploring.
"""

import os
import sys
from ipaddress import ip_address

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("house-ci", settings.get_profile("house"), derandomize=True, database=None)
settings.load_profile("house-ci" if os.environ.get("CI") else "house")


def _is_loopback(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_other_hosts(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse a connection or datagram to any host but this one; paths of local sockets are welcome."""
    if event not in {"socket.connect", "socket.sendto"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise PermissionError(f"a test may speak to this machine only, not to {address[0]}")


sys.addaudithook(_refuse_other_hosts)
