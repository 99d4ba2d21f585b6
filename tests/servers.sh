#!/bin/sh
# Sees that the programs the tests need are here: installs them on Debian as root, else says what to install.
set -eu

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # Debian keeps mosquitto in /usr/sbin

missing=""
command -v mosquitto >/dev/null || missing="$missing mosquitto"
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing="$missing chromium"
[ -n "$(fc-list :lang=ko 2>/dev/null)" ] || missing="$missing fonts-noto-cjk" # the console is looked at in Korean
missing="${missing# }"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need $missing: install it (on Debian: sudo apt-get install $missing) and run them again." >&2
    exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # one word for each package
fetch() { apt-get install --yes --quiet --no-install-recommends $missing; }

# The package lists of an image are often missing or old.
if ! fetch; then
    apt-get update --quiet
    fetch
fi
