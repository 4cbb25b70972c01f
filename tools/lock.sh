#!/bin/sh
# Write locks/run.txt and locks/dev.txt from pyproject.toml: exact versions and the hashes of every platform.
# The tool that does it lives in a folder that is thrown away; no index address and no path reaches the locks.
set -eu
python=$1
shift
cd "$(dirname "$0")/.."
tools/check-python.sh "$python"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"$python" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

compile() { # compile NAME ARGUMENTS...: one lock
    name=$1
    shift
    [ ! -f "locks/$name.txt" ] || cp "locks/$name.txt" "$room/$name.txt"
    "$room/venv/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header \
        --no-annotate --no-emit-index-url --no-emit-find-links --group build "$@" --output-file "$room/$name.txt" \
        pyproject.toml
    { echo "# Written by 'make lock'; to change it, change pyproject.toml."; grep -v '^#' "$room/$name.txt"; } >"$room/$name.new"
    if grep -n -E '://|^ *-(i|f|-index|-extra|-find)' "$room/$name.new"; then
        echo "locks/$name.txt would name an address: nothing was written." >&2
        exit 1
    fi
    mv "$room/$name.new" "locks/$name.txt"
}

compile run --extra edge --extra collector --extra provisioning "$@"
compile dev --all-extras --constraint locks/run.txt "$@"
