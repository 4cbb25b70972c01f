"""Sets a school up and runs its programs, exactly as people would: files, console scripts, a browser.

A `Rehearsal` owns one folder with everything in it: settings, databases, logs. It knows how to start, kill and stop
each program; what happens when is its caller's matter.
"""

import csv
import json
import re
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tests.simulation import school
from tests.simulation.network import Link
from tests.simulation.programs import Program, free_port, run
from tests.simulation.register import Register
from tests.simulation.script import Cards, Day, old_card_student, simulation, write_day, write_scenes
from tests.simulation.teacher import Teacher
from wire.clock import Simulation

LOGIN_NAME, PASSWORD = "sreymom", "rice-and-fish-1"
OPERATOR, OPERATOR_PASSWORD = "dara", "lotus-pond-2"
_SETTING_UP = timedelta(seconds=300)
_GREEN = {"accepted", "unknown", "revoked", "out_of_hours"}
