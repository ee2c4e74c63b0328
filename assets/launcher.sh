#!/bin/sh
# The installed command `cometchat-wizard`: starts the wizard and puts the terminal back in order whatever ends it.
# Read by: install.sh, which copies it into the environment's bin/. Source: ours, 2026-11.
#
# A wizard that is killed leaves the terminal raw, on its second screen, with the mouse reported as typed text.
# So on a terminal it runs as a child, and its parent, which holds nothing that could crash, tidies up.
set -u
unset -f echo exec kill printf readlink stty wait # functions that bash hands on are not the programs
given_path=${PATH:-}
PATH=/usr/sbin:/usr/bin:/sbin:/bin # root runs no readlink and no stty of another's; the wizard looks at its PATH itself

self=$(readlink -f "$0" 2>/dev/null) || self=$0
python=${self%/*}/python
if [ ! -x "$python" ]; then
    echo "cometchat-wizard: the Python that it was installed with is gone; run ./install.sh of the wizard again." >&2
    exit 2
fi

# Piped in (curl | sh), the keyboard is not standard input: take the terminal itself.
if [ $# -eq 0 ] && [ ! -t 0 ] && (: </dev/tty) 2>/dev/null; then
    exec </dev/tty
fi
# -I: neither the caller's PYTHON* nor the working directory decide what is run.
if [ ! -t 0 ]; then
    PATH=$given_path exec "$python" -I -X utf8 -m wizard "$@"
fi

exec 3<&0
saved=$(stty -g <&3 2>/dev/null) || saved=''
caught=''
child=''
trap 'caught=HUP; kill -HUP "$child" 2>/dev/null' HUP
trap 'caught=TERM; kill -TERM "$child" 2>/dev/null' TERM
trap 'caught=${caught:-INT}' INT QUIT # the terminal sends these to the child as well

# A shell starts what it does not wait for at once with Ctrl-C ignored: the child takes that back first.
start='import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
sys.argv[0] = "cometchat-wizard"
from wizard.__main__ import main
sys.exit(main())'
PATH=$given_path "$python" -I -X utf8 -c "$start" "$@" <&3 3<&- &
child=$!

# `wait` comes back early when a signal is trapped; 127 is its word for a child whose end was told already.
code=127
passed_on=''
while :; do
    caught=''
    wait "$child"
    now=$?
    [ "$now" -eq 127 ] || code=$now
    case $caught in
        '') break ;;
        HUP | TERM) passed_on=$caught ;;
    esac
done

trap '' TTOU # a late stty must not stop this process
[ -n "$saved" ] || exit "$code"
after=$(stty -g <&3 2>/dev/null) || after=$saved
stty "$saved" <&3 2>/dev/null
if [ "$after" = "$saved" ] && [ -z "$passed_on" ] && { [ "$code" -le 128 ] || [ "$code" -eq 130 ]; }; then
    exit "$code"
fi
# Keyboard protocol, paste, focus and mouse reports off; cursor and colours back; then the first screen.
(printf '\033[<u\033[?2004l\033[?1004l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1015l\033[?25h\033[0m\033[?1049l\r' \
    >/dev/tty) 2>/dev/null
if [ "$code" -gt 128 ] && [ "$code" -le 192 ]; then
    echo "The wizard was ended by signal $((code - 128)). Answers given so far are saved: start it again to go on." >&2
fi
exit "$code"
