#!/bin/sh
# Say in one sentence what is wrong with the Python that was named, before anything is made with it.
set -eu
python=$1

fail() {
    echo "$1" >&2
    exit 2
}

command -v "$python" >/dev/null 2>&1 ||
    fail "There is no '$python' here: install Python 3.11 or newer, or name one: make run PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "SalaGate needs Python 3.11 or newer, and '$python' is $("$python" -V 2>&1): name a newer one: make run PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "'$python' cannot make virtual environments: install its venv package (on Debian: apt install python3-venv) and try again."
