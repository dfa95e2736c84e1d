#!/bin/sh
# Run tests as a user without any rights: `nobody`, in a copy of the checkout that is theirs.
#
#   unprivileged.sh [ARGUMENTS OF PYTEST]
#
# Root starts it. The copy keeps its .venv and its build folder for the next time; to begin anew, remove it.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

USER_ID=65534
COPY=${TMPDIR:-/tmp}/ptatlas-unprivileged

fail() { printf 'unprivileged: %s\n' "$*" >&2; exit 1; }

# No group of root's, no right that a program could get by being started, and a home of their own.
as_nobody() {
    setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --no-new-privs \
        env -u SUDO_USER HOME="$COPY/home" USER=nobody LOGNAME=nobody TMPDIR="$COPY/tmp" "$@"
}

[ "$(id -u)" -eq 0 ] || fail "only root can become somebody else; any other user runs make test"
[ -d "$COPY" ] || mkdir -m 700 "$COPY"
[ ! -L "$COPY" ] || fail "$COPY is a link"
find "$COPY" -mindepth 1 -maxdepth 1 ! -name .venv ! -name build -exec rm -rf {} +
mkdir "$COPY/home" "$COPY/tmp"
# What git knows or would take, as it is now, and none of what is ignored.
git ls-files -z --cached --others --exclude-standard |
    tar --create --null --ignore-failed-read --files-from - | tar --extract --directory "$COPY"
chown -R "$USER_ID:$USER_ID" "$COPY"
cd "$COPY"
as_nobody scripts/setup.sh
as_nobody .venv/bin/python -m compileall -q core gdbext lldbext ptatlas tests
as_nobody .venv/bin/python -m pytest "$@"
