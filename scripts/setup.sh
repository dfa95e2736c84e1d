#!/bin/sh
# Install what this machine lacks and make the checkout's virtual environment.
#
#   setup.sh ready   for ptatlas itself and its demo: a debugger, a C compiler, the libraries
#   setup.sh         for working on it: all that its tests and checks need, too
#   setup.sh matrix  for `make matrix`: compilers for other architectures, too
#
# Does nothing, quickly, when the tools are there and .venv was made from the
# present pyproject.toml, by the present script, at the present place.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

LEVEL=${1:-all}
VENV=.venv
# Newest first; a machine can hold only one python3-lldb-*, so any that works will do.
LLDBS="lldb-19 lldb lldb-22 lldb-21 lldb-20 lldb-18 lldb-17 lldb-16 lldb-15 lldb-14"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- what there is -----------------------------------------------------------

fingerprint() { { pwd -P; cat pyproject.toml scripts/setup.sh; } | cksum; }

stamp() { echo "$VENV/.ptatlas-$1"; }

stamped() { [ -f "$(stamp "$1")" ] && [ "$(cat "$(stamp "$1")")" = "$(fingerprint)" ]; }

up_to_date() {
    "$VENV/bin/python" -c '' 2>/dev/null && have cc || return 1
    case $LEVEL in
        ready) { stamped ready || stamped all; } && { have gdb || some_lldb_command; } ;;
        *) stamped all && have gdb && have gdbserver && some_lldb_command && have chromium &&
            have chromedriver && have gdb-multiarch && have qemu-ppc && have valgrind && have strace ;;
    esac
}

# Debian's names of the machines of tests/matrix/test_targets.py, and their C libraries'.
CROSS="i686-linux-gnu:i386 aarch64-linux-gnu:arm64 arm-linux-gnueabihf:armhf s390x-linux-gnu:s390x riscv64-linux-gnu:riscv64"

missing_compilers() {
    for pair in $CROSS; do
        have "${pair%:*}-gcc" || echo "gcc-${pair%:*} libc6-dev-${pair#*:}-cross"
    done
}

some_lldb_command() { for lldb in $LLDBS; do have "$lldb" && return 0; done; return 1; }

# The ensurepip module is what Debian keeps apart, in python3-venv.
python_works() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1; }

find_python() {
    for python in python3 /usr/bin/python3; do
        python_works "$python" && { echo "$python"; return 0; }
    done
    return 1
}

gdb_works() { gdb -q -nx -batch -ex 'python print(6 * 7)' 2>/dev/null </dev/null | grep -qx 42; }

lldb_works() {
    for lldb in $LLDBS; do
        have "$lldb" && "$lldb" --no-lldbinit -b -o 'script print(6 * 7)' 2>/dev/null </dev/null | grep -qx 42 &&
            return 0
    done
    return 1
}

compiles() { echo "$1" | cc -x c -fsyntax-only - >/dev/null 2>&1; }

# --- what is missing, as Debian's package names -------------------------------

lldb_packages() {
    # An installed module decides, because another version's would push it out.
    number=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'python3-lldb-*' 2>/dev/null |
        sed -n 's/^python3-lldb-\([0-9]*\) installed$/\1/p' | head -n 1)
    echo "lldb-${number:-19} python3-lldb-${number:-19}"
}

missing_packages() {
    find_python >/dev/null || echo python3 python3-venv
    have cc || echo gcc
    compiles '#include <stdlib.h>' || echo libc6-dev
    case $LEVEL in
        ready) gdb_works || lldb_works || echo gdb ;;
        *) missing_for_tests ;;
    esac
}

missing_for_tests() {
    gdb_works || echo gdb
    have gdbserver || echo gdbserver
    lldb_works || lldb_packages
    # A browser, in which the tests look at the page of pt-maps --html.
    have chromium || echo chromium
    have chromedriver || echo chromium-driver
    have gdb-multiarch || echo gdb-multiarch
    have qemu-ppc || echo qemu-user
    have valgrind || echo valgrind
    have strace || echo strace
    # Intel's decoder, which the image tests compare with, exists for x86 only, as do some cross compilers.
    case $(uname -m) in
        x86_64)
            compiles '#include <intel-pt.h>' || echo libipt-dev
            have powerpc-linux-gnu-gcc || echo gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
            ;;
    esac
}

# --- making it so -------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    have apt-get || fail "please install (Debian's names): $*, then run this again"
    [ "$(id -u)" -eq 0 ] || have sudo || fail "please install as root: apt-get install $*"
    say "installing with apt-get: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

install_tools() {
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # package names, one word each
    install_packages $missing
    missing=$(missing_packages | tr '\n' ' ')
    [ -z "$missing" ] || fail "installed, and yet these do not work: $missing"
}

make_venv() {
    rm -f "$(stamp "$LEVEL")"
    if ! recorded_here; then
        python=$(find_python)
        say "making $VENV with $("$python" --version)"
        "$python" -m venv --clear "$VENV"
        pwd -P >"$VENV/.ptatlas-home"
    fi
    case $LEVEL in
        ready)
            say "installing into $VENV: $(libraries)"
            # shellcheck disable=SC2046  # one word each
            "$VENV/bin/python" -m pip install -q --disable-pip-version-check $(libraries)
            ;;
        *)
            say "installing ptatlas and its development tools into $VENV"
            "$VENV/bin/python" -m pip install -q --disable-pip-version-check -e '.[dev]'
            ;;
    esac
    # GDB's Python keeps no bytecode, and would compile the plugin anew in each session.
    "$VENV/bin/python" -m compileall -q core gdbext lldbext
    fingerprint >"$(stamp "$LEVEL")"
}

# What pyproject.toml says that ptatlas needs to run, and nothing that has to be built.
libraries() { sed -n 's/^dependencies = \[\(.*\)\]$/\1/p' pyproject.toml | tr -d '",'; }

# A virtual environment holds absolute paths: one that was moved is of no use.
recorded_here() {
    [ -f "$VENV/.ptatlas-home" ] && [ "$(cat "$VENV/.ptatlas-home")" = "$(pwd -P)" ] &&
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1
}

case $LEVEL in ready | all | matrix) ;; *) fail "there is no level '$LEVEL': ready, all or matrix" ;; esac
if [ "$LEVEL" = matrix ]; then
    missing=$(missing_compilers | tr '\n' ' ')
    # shellcheck disable=SC2086  # package names, one word each
    [ -z "$missing" ] || install_packages $missing
    exit 0
fi
if up_to_date; then exit 0; fi
install_tools
make_venv
say "ready"
