#!/bin/sh
# A crash report without a debugger, of a core file, or of a process by its number.
#
#   examples/crash_report.sh core.1234 [TEXT]
#
# The map is in crash.html and crash.maps.json, what is wrong with the code in crash.code.json, and where TEXT lies in
# crash.text.json.
set -eu
umask 077 # a report holds parts of the program's memory

# Exit status 0: something was found; 1: nothing was, which is an answer too; 2: it can't be told.
answer() { ptatlas "$@" --json || [ $? -eq 1 ]; }

ptatlas maps "$1" --html crash.html
answer maps "$1" >crash.maps.json
answer image "$1" check >crash.code.json
[ $# -lt 2 ] || answer find "$1" "$2" >crash.text.json
