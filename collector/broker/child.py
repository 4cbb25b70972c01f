"""The embedded broker's own process, because its library cannot be stopped inside one.

The kernel kills it with the thread that started it, so that a killed collector leaves no orphan on the port; the
library's own watch on a pipe takes more than a second, in which the next start would find the port taken.
"""

import ctypes
import logging
import os
import signal
import sys

from iotcore.iotcore import IotCoreBroker

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the TOML file that is the first argument, for the parent whose process id is the second."""
    config_path, parent = sys.argv[1], int(sys.argv[2])
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        return
    # rumqttd reports each routed packet as an error of its tracing spans.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    IotCoreBroker(config_path=config_path).run_forever()


if __name__ == "__main__":
    main()
