#!/bin/bash
# LLDB 18.1 of Debian 13, whose Python is 3.13: `script import pdb` fails.
#
# LLDB has a built-in module `readline` without any function, so that Python's own doesn't meet its libedit (source/Plugins/
# ScriptInterpreter/Python/PythonReadline.cpp). `rlcompleter` of the standard library takes a readline that can be imported
# for a whole one and calls set_completer: it fails in any LLDB that has the module. Up to Python 3.12 pdb doesn't import it;
# that of 3.13 does, and so whatever imports pdb fails (doctest, and libraries that import that).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=1:18.1.8-18+b1
# An apt that knows Debian 13 only, from where this machine has its packages, and nothing installed.
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' | head -n 1)
[ -n "$archive" ] || { echo "can't be shown here: this machine has no packages of Debian" >&2; exit 2; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >sources.list
cat >apt.conf <<CONFIG
Dir::Etc { sourcelist "$work/sources.list"; sourceparts "/dev/null"; preferencesparts "/dev/null"; };
Dir::State { lists "$work/lists"; status "$work/status"; };
Dir::Cache "$work";
APT::Sandbox::User "root";
CONFIG
mkdir -p lists/partial archives/partial debs
touch status
export APT_CONFIG=$work/apt.conf
apt-get update -qq
# All that it needs but compilers and headers, its C library too.
apt-get install -s -qq --no-install-recommends "lldb-18=$version" "python3-lldb-18=$version" |
    awk '/^Inst/ && $2 !~ /-dev$|^(llvm|clang)-/ { print $2 }' |
    sed "s/^\(python3-\)\?lldb-18\$/&=$version/" >packages
(cd debs && xargs apt-get download -qq <../packages) >downloaded 2>&1 || { tail -n 3 downloaded >&2; exit 2; }
for package in debs/*.deb; do dpkg -x "$package" root; done

lldb() {
    PYTHONHOME=$work/root/usr PYTHONPATH=$work/root/usr/lib/llvm-18/lib/python3.13/site-packages \
        "$(find "$work/root" -name 'ld-linux*.so.*' | head -n 1)" --library-path \
        "$(find "$work/root" -maxdepth 3 -type d -name '*-linux-gnu*' | paste -sd :):$work/root/usr/lib/llvm-18/lib" \
        "$work/root/usr/lib/llvm-18/bin/lldb" "$@"
}
cat >ask.py <<'PYTHON'
import sys
import readline

print("Python", sys.version.split()[0], readline, "has", [name for name in dir(readline) if not name.startswith("_")])
failed = []
for name in ("rlcompleter", "pdb", "doctest"):
    try:
        __import__(name)
        print("import", name, "works")
    except AttributeError as error:
        print("import", name, "fails:", error)
        failed.append(name)
print("BEHAVIOUR", "as found" if failed == ["rlcompleter", "pdb", "doctest"] else "changed")
PYTHON
lldb --version | head -n 1
lldb --no-lldbinit -b -o 'command script import ask.py' >said 2>&1 </dev/null || true
grep '^Python\|^import\|^BEHAVIOUR\|rror' said
grep -q '^BEHAVIOUR as found' said
