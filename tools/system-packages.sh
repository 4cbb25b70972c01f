#!/bin/sh
# Install the named Debian packages that are missing where we may, and say what to type where we may not.
set -eu

is_there() {
    case $1 in
        chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
        libzbar0) ls /usr/lib/*/libzbar.so.0 /usr/lib/libzbar.so.0 /usr/local/lib/libzbar.so.0 2>/dev/null | grep . ;;
        *) dpkg-query --show "$1" ;;
    esac >/dev/null 2>&1
}

missing=
for package in "$@"; do
    is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing on this machine:$missing. Type 'sudo apt-get install --yes$missing' and try again." >&2
    exit 2
fi
echo "Installing from apt:$missing ..." >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2 >&2
# shellcheck disable=SC2086 # a list of names
apt-get install --quiet=2 --yes --no-install-recommends $missing >&2
