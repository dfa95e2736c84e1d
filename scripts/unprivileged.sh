#!/bin/sh
# Run tests as a user without any rights: `nobody`, in a copy of the checkout that is theirs.
#
#   unprivileged.sh [ARGUMENTS OF PYTEST]
#
# Root starts it, when `make setup` has installed what the tests need. The copy, with a home and a temporary folder
# beside it, is in a folder of the temporary folder; its .venv and its build folder, with other debuggers, stay for
# the next time. Whatever is done in it is done by nobody: nothing that they could leave there leads root elsewhere.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

USER_ID=65534
ROOM=${TMPDIR:-/tmp}/ptatlas-unprivileged

fail() { printf 'unprivileged: %s\n' "$*" >&2; exit 1; }

# No group of root's, no right that a program could get by being started, and a home of their own.
as_nobody() {
    setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --no-new-privs \
        env -u SUDO_USER -C "$ROOM/$WHERE" HOME="$ROOM/home" USER=nobody LOGNAME=nobody TMPDIR="$ROOM/tmp" "$@"
}

[ "$(id -u)" -eq 0 ] || fail "only root can become somebody else; any other user runs make test"
if [ ! -e "$ROOM" ]; then
    mkdir -m 700 "$ROOM"
    chown -h "$USER_ID:$USER_ID" "$ROOM"
fi
[ ! -L "$ROOM" ] && [ "$(stat -c %u "$ROOM")" -eq "$USER_ID" ] || fail "$ROOM is somebody else's"
WHERE=.
# Tests leave folders that nobody may look into.
as_nobody chmod -R u+rwX .
as_nobody rm -rf home tmp
as_nobody mkdir -p home tmp checkout
WHERE=checkout
as_nobody find . -mindepth 1 -maxdepth 1 ! -name .venv ! -name build -exec rm -rf {} +
# What git knows or would take, as it is now, and none of what is ignored.
git ls-files -z --cached --others --exclude-standard |
    tar --create --null --ignore-failed-read --files-from - |
    as_nobody tar --extract --no-same-owner
as_nobody scripts/setup.sh
as_nobody .venv/bin/python -m compileall -q core gdbext lldbext ptatlas tests
as_nobody .venv/bin/python -m pytest "$@"
