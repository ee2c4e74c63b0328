#!/bin/sh
# Sets up the wizard in an environment of its own and opens it:  ./install.sh [COMMAND...]
#
#   ./install.sh                         set up or update where needed, then open the wizard
#   ./install.sh check --json            the same door for every command; standard output is the command's alone
#   ./install.sh --install-only          set up or update, start nothing
#   ./install.sh --wheelhouse DIR        take the packages from DIR, use no network
#   ./install.sh --make-wheelhouse DIR   fill DIR for such a machine (all supported Pythons, x86_64 and aarch64)
#   ./install.sh --uninstall             remove all of it but the sessions
#
# Where: as root /opt/cometchat-wizard with the command in /usr/local/bin, else $XDG_DATA_HOME and ~/.local/bin.
# COMETCHAT_WIZARD_PREFIX and COMETCHAT_WIZARD_BIN name other directories, COMETCHAT_WIZARD_PYTHON another Python.
# Exit codes: 2 something is missing or refused, 7 disk full, not writable or busy; else the wizard's own.
set -u
# Functions that bash hands on from whoever started it must not stand in for programs.
unset -f apt-get cat cd chmod cksum command cp cut date dpkg-deb echo env exec find getent grep head id ln ls mkdir mktemp \
    printf pwd read readlink rm rmdir sed sha256sum sort tail test tr umask xargs

say() { printf '%s\n' "$*" >&2; }
fail() { # CODE SENTENCE...
    code=$1
    shift
    say "install.sh: $*"
    exit "$code"
}

# ---------------------------------------------------------------------------------------------------- where

own_help() { # its own options; the wizard's follow where it is set up, and nothing is set up for asking
    sed -n '2,14s/^# \{0,1\}//p' "$here/install.sh" >&2
}

find_checkout() {
    case ${0##*/} in
        install.sh) ;;
        *) fail 2 "Piped into a shell it installs from nothing, least of all from the directory where that shell stands: unpack the whole release and run ./install.sh in it." ;;
    esac
    here=''
    if [ -f "$0" ]; then
        here=$(readlink -f "$0" 2>/dev/null) || here=$0
        case $here in */*) here=${here%/*} ;; *) here=. ;; esac
    fi
    here=$(cd "${here:-/nonexistent}" 2>/dev/null && pwd -P) || here=''
    if [ -z "$here" ] || [ ! -f "$here/wizard/__init__.py" ] || [ ! -f "$here/requirements.txt" ]; then
        fail 2 "The wizard's files are not beside this script: unpack the whole release and run ./install.sh in it."
    fi
}

name_places() {
    if [ -n "${COMETCHAT_WIZARD_PREFIX:-}" ]; then
        prefix=$COMETCHAT_WIZARD_PREFIX
    elif [ "$is_root" = yes ]; then
        prefix=/opt/cometchat-wizard
    else
        prefix=${XDG_DATA_HOME:-${HOME:?install.sh: HOME is not set}/.local/share}/cometchat-wizard
    fi
    if [ -n "${COMETCHAT_WIZARD_BIN:-}" ]; then
        bin=$COMETCHAT_WIZARD_BIN
    elif [ "$is_root" = yes ]; then
        bin=/usr/local/bin
    else
        bin=${HOME:?install.sh: HOME is not set}/.local/bin
    fi
    command_link=$bin/cometchat-wizard
    newline='
'
    for place in "$prefix" "$bin"; do
        case $place in
            *:* | *"$newline"*) fail 2 "The directory $place has a colon or a line break in its name: set COMETCHAT_WIZARD_PREFIX to another." ;;
            /*) ;;
            *) fail 2 "The directory $place must be named from the root (/...)." ;;
        esac
    done
}

refuse_foreign_prefix() {
    if [ -L "$prefix" ]; then
        fail 2 "$prefix is a link, so nothing is run from it or written to it: remove it, or set COMETCHAT_WIZARD_PREFIX to another directory."
    fi
    for place in "$prefix" "$bin"; do
        why=$(weak_spot "$place" "$own")
        case $why in *' is not there, and others could make it') why='' ;; esac # looked at again once it is made
        [ -z "$why" ] || fail 2 "$why, so nothing is run from it or written to it: set COMETCHAT_WIZARD_PREFIX and COMETCHAT_WIZARD_BIN to other directories, or take that right away."
    done
    [ -e "$prefix" ] || return 0
    [ -d "$prefix" ] || fail 2 "$prefix is no directory: move it away and run ./install.sh again."
}

refuse_foreign_installation() { # as root: nothing of it is run that others could have changed
    [ "$is_root" = yes ] && [ -e "$prefix/current" ] || return 0
    why=$(weak_spot "$prefix/current/bin/python" "$own")
    [ -n "$why" ] || why=$(weak_file "$own" "$prefix/current/bin" "$prefix/current/lib")
    [ -z "$why" ] || fail 2 "$why, so nothing of the installation in $prefix is run as root: give it back to root, or remove $prefix, and run ./install.sh again."
}

# ------------------------------------------------------------------------------- what others could change or decide

own_environment() { # as root: no program, file or setting counts that another user decides about (sudo -E, sudo env, su)
    given_path=${PATH:-}
    user_id=$(PATH=/usr/bin:/bin:/usr/sbin:/sbin && id -u 2>/dev/null)
    [ -n "$user_id" ] || fail 2 'There is no program id in /usr/bin or /bin: this system lacks its basic programs (coreutils).'
    own=" 0 $user_id "
    is_root=no
    [ "$user_id" -eq 0 ] || return 0
    is_root=yes
    PATH=/usr/sbin:/usr/bin:/sbin:/bin
    export PATH
    for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
        case $name in
            PATH | PWD | OLDPWD | SHLVL | _ | PPID | UID | EUID | SHELLOPTS | BASHOPTS) ;; # the shell's own
            COMETCHAT_WIZARD_* | SUDO_UID | SUDO_GID | SUDO_USER | SUDO_COMMAND | SSH_CLIENT | SSH_CONNECTION | SSH_TTY) ;;
            TERM | COLORTERM | COLUMNS | LINES | NO_COLOR | LANG | LANGUAGE | LC_* | TZ | USER | LOGNAME | TMUX | TMUX_PANE | STY) ;;
            *_proxy | ALL_PROXY | FTP_PROXY | HTTPS_PROXY | HTTP_PROXY | NO_PROXY | XDG_SESSION_ID) ;;
            PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_PROXY | PIP_TRUSTED_HOST | PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES) ;;
            HOME | TMPDIR | XDG_STATE_HOME | PIP_CONFIG_FILE | PIP_FIND_LINKS | PIP_CERT | PIP_CLIENT_CERT | SSL_CERT_FILE | \
                SSL_CERT_DIR | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE) # where root alone can change what they name
                value=''
                eval "value=\$$name"
                [ -z "$(weak_spot "$value" ' 0 ')" ] || unset "$name" ;;
            *) unset "$name" ;;
        esac
    done
    [ -n "${HOME:-}" ] || HOME=/root
    export HOME
}

# Prints what others than the owners could change or exchange at a path or on the way to it, as a clause; nothing where
# they can't. OWNERS: numbers with a space around each. Its body is a subshell: what it sets is its own.
weak_spot() ( # PATH OWNERS
    set -f
    case $1 in
        /*) ;;
        *) echo "$1 is not named from the root"; exit ;;
    esac
    way=''
    rest=$1/
    links=0
    is_open=no # whether others can make what is not there
    weak_entry / "$2" && exit
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        rest=${rest#*/}
        case $part in
            '' | .) continue ;;
            ..) way=${way%/*}; continue ;;
        esac
        way=$way/$part
        if [ ! -L "$way" ] && [ ! -e "$way" ]; then
            [ "$is_open" = no ] || echo "$way is not there, and others could make it"
            exit
        fi
        weak_entry "$way" "$2" && exit
        [ -L "$way" ] || continue
        links=$((links + 1))
        [ "$links" -le 40 ] || { echo "$way is a loop of links"; exit; }
        target=$(readlink "$way")
        case $target in /*) way='' ;; *) way=${way%/*} ;; esac
        rest=$target/$rest
    done
)

weak_entry() { # PATH OWNERS: 0 with the clause where others could change this one; sets is_open
    # shellcheck disable=SC2012,SC2046 # numbers in fixed columns, to be split; stat has no portable form
    set -- "$1" "$2" $(LC_ALL=C ls -ldn "$1" 2>/dev/null)
    case $2 in *" ${5:-none} "*) ;; *) echo "$1 belongs to another user ($(owner_name "$1"))"; return 0 ;; esac
    is_open=no
    case $3 in
        l*) return 1 ;;
        d????????[tT]*) is_open=yes; return 1 ;; # sticky: what is there is its owner's
        ????????w*) echo "$1 can be written by every user"; return 0 ;;
        ?????w????+*) echo "$1 can be written by others (its access control list)"; return 0 ;;
        ?????w*) is_group_known "$6" "$2" || { echo "$1 can be written by the group with the number $6"; return 0; } ;;
    esac
    return 1
}

owner_name() { # PATH
    # shellcheck disable=SC2012 # a name in a fixed column
    ls -ld "$1" 2>/dev/null | { read -r _ _ name _ && echo "$name"; }
}

is_group_known() { # GROUP OWNERS: nobody but the owners is in it (Debian's /usr/local may be root:staff, and staff is empty)
    [ "$1" != 0 ] || return 0
    group_line=$(getent group "$1" 2>/dev/null || grep "^[^:]*:[^:]*:$1:" /etc/group 2>/dev/null)
    [ -n "$group_line" ] || return 1
    for member in $(printf '%s' "${group_line##*:}" | tr , ' '); do
        case $2 in *" $(id -u "$member" 2>/dev/null || echo none) "*) ;; *) return 1 ;; esac
    done
    { getent passwd 2>/dev/null || cat /etc/passwd; } | while IFS=: read -r _ _ member group _; do
        [ "$group" = "$1" ] || continue
        case $2 in *" $member "*) ;; *) exit 1 ;; esac
    done
}

# Prints the same for the first file in these directories that others than the owners could change; links are left out.
weak_file() ( # OWNERS PATH...
    set -f
    owners=$1
    shift
    by_owner='-user 0'
    for number in $owners; do by_owner="$by_owner -o -user $number"; done
    groups='-name .'
    while :; do
        # shellcheck disable=SC2086 # lists of plain words
        found=$(find "$@" ! -type l \( ! \( $by_owner \) -o -perm -0002 -o -perm -0020 ! \( $groups \) \) \
            -print 2>/dev/null | head -n 1)
        [ -n "$found" ] || exit
        weak_entry "$found" "$owners" && exit
        [ "$is_open" = no ] || { echo "$found can be written by every user"; exit; }
        # shellcheck disable=SC2012 # as above
        group=$(ls -ldn "$found" 2>/dev/null | { read -r _ _ _ group _ && echo "$group"; })
        [ -n "$group" ] || exit
        groups="$groups -o -group $group"
    done
)

refuse_foreign_checkout() { # as root: what is copied and run must be root's, or theirs who became root through sudo
    [ "$is_root" = yes ] || return 0
    owners=$own
    case ${SUDO_UID:-} in '' | *[!0-9]*) ;; *) owners="$own$SUDO_UID " ;; esac
    why=$(weak_spot "$here" "$owners")
    [ -n "$why" ] || why=$(weak_file "$owners" "$here/wizard" "$here/assets" "$here/requirements.txt" "$here/requirements-pip.txt" "$here/install.sh")
    if [ -z "$why" ]; then
        why=$(find "$here/wizard" "$here/assets" "$here/requirements.txt" "$here/requirements-pip.txt" ! -type f ! -type d -print | head -n 1)
        [ -z "$why" ] || why="$why is no plain file"
    fi
    [ -z "$why" ] || fail 2 "$why, so another user could decide what root installs: unpack the release anew in a directory of root's (as root: tar --no-same-owner), and run ./install.sh there."
}

# --------------------------------------------------------------------------------------------------- Python

python_fits() { # PYTHON: runs, is 3.10 to 3.14 (what the pinned wheels are for), and has what an installation needs
    apart "$1" -I -c 'import sys; (3, 10) <= sys.version_info[:2] < (3, 15) or sys.exit(1)
import ssl, venv, zlib' </dev/null >/dev/null 2>&1
}

apart() { # COMMAND...: as root not in a directory that somebody else may have prepared (pyenv reads .python-version)
    ([ "$is_root" = no ] || cd / || exit 1; exec "$@")
}

# Prints what others could change of a Python that root is about to run: the file, what it leads to, where it takes its
# modules from.
weak_python() { # PYTHON
    [ "$is_root" = yes ] || return 0
    file=$(readlink -f "$1" 2>/dev/null) || file=$1
    # A file pyvenv.cfg beside it or above it says where the modules are; those of a Python in DIR/bin are in DIR/lib.
    for directory in "${1%/*}" "${file%/*}"; do
        for place in "$1" "$directory/pyvenv.cfg" "$directory/../pyvenv.cfg" "$directory"/../lib/python3* "$directory"/../lib64/python3*; do
            [ -e "$place" ] || continue
            why=$(weak_spot "$place" "$own")
            [ -n "$why" ] || [ ! -d "$place" ] || why=$(weak_file "$own" "$place/")
            [ -z "$why" ] || { echo "$why"; return; }
        done
    done
    # -S: no .pth file and no sitecustomize of a directory is run before it was looked at.
    apart "$1" -I -S -c 'import os, site, sys
prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
print(*filter(os.path.exists, [*sys.path, *site.getsitepackages(list(prefixes))]), sep="\n")' </dev/null 2>/dev/null |
        while IFS= read -r place; do
            why=$(weak_spot "$place" "$own")
            [ -n "$why" ] || [ ! -d "$place" ] || why=$(weak_file "$own" "$place/")
            [ -z "$why" ] || { echo "$why"; return; }
        done
}

find_python() {
    if [ -n "${COMETCHAT_WIZARD_PYTHON:-}" ]; then
        python=$COMETCHAT_WIZARD_PYTHON
        case $python in */*) ;; *) python=$(PATH=$given_path command -v "$python") || python=$COMETCHAT_WIZARD_PYTHON ;; esac
        why=$(weak_python "$python")
        [ -z "$why" ] || fail 2 "COMETCHAT_WIZARD_PYTHON=$COMETCHAT_WIZARD_PYTHON is not run as root, since $why: name a Python that is root's alone, or unset it."
        python_fits "$python" ||
            fail 2 "COMETCHAT_WIZARD_PYTHON=$COMETCHAT_WIZARD_PYTHON is no Python of 3.10 to 3.14 with venv, ssl and zlib: name another or unset it."
        return
    fi
    seen=''
    passed_over=''
    for name in python3.14 python3.13 python3.12 python3.11 python3.10 python3 python; do
        rest=$given_path:
        while [ -n "$rest" ]; do # every directory, since a pyenv shim may stand before a Python that runs
            candidate=${rest%%:*}/$name
            rest=${rest#*:}
            [ -f "$candidate" ] && [ -x "$candidate" ] || continue
            why=$(weak_python "$candidate")
            if [ -n "$why" ]; then
                [ -n "$passed_over" ] || passed_over=" ($candidate is not run as root, since $why)"
                continue
            fi
            if python_fits "$candidate"; then
                python=$candidate
                return
            fi
            [ -n "$seen" ] || seen=$(apart "$candidate" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' </dev/null 2>/dev/null)
        done
    done
    fail 2 "$(python_advice)"
}

os_release() { # KEY
    sed -n "s/^$1=//p" "${COMETCHAT_WIZARD_OS_RELEASE:-/etc/os-release}" 2>/dev/null | head -n 1 | tr -cd 'A-Za-z0-9._-'
}

python_advice() { # one sentence, with this system's package
    system=$(os_release ID)
    version=$(os_release VERSION_ID)
    found='No Python of 3.10 to 3.14 with venv, ssl and zlib was found'
    [ -z "$seen" ] || found="$found (here is $seen)"
    found=$found$passed_over
    as_root=''
    [ "$is_root" = yes ] || as_root='sudo '
    case $system-${version%%.*} in
        ubuntu-20) how="Ubuntu 20.04 has none in its archive, so bring one beside the system's, with pyenv or as a build under /usr/local" ;;
        ubuntu-1?) how="Ubuntu $version has none in its archive and is not among the supported releases: use 22.04 or 24.04" ;;
        debian-9 | debian-10 | debian-11) how="Debian $version has none in its archive, so bring one beside the system's, with pyenv or as a build under /usr/local" ;;
        ubuntu-* | debian-* | linuxmint-* | pop-*) how="install the package python3 (${as_root}apt-get install python3)" ;;
        rhel-[89] | rocky-[89] | almalinux-[89] | ol-[89] | centos-[89]) how="install the package python3.12 (${as_root}dnf install python3.12)" ;;
        rhel-* | rocky-* | almalinux-* | ol-* | centos-* | fedora-*) how="install the package python3 (${as_root}dnf install python3)" ;;
        amzn-*) how="install the package python3.11 (${as_root}dnf install python3.11)" ;;
        *) how="install one from this system's packages (often python3.12 or python3)" ;;
    esac
    echo "$found: $how, then run ./install.sh again."
}

# ---------------------------------------------------------------------------------------- what is there, cheaply

sources_sum() { # one word that changes with any file that is installed
    (cd "$here" && find wizard assets requirements.txt install.sh -type f ! -name '*.pyc' | LC_ALL=C sort |
        tr '\n' '\0' | xargs -0 cksum | cksum | tr ' ' -)
}

installed_environment() { # prints its path
    link=$(readlink "$prefix/current" 2>/dev/null) || return 1
    [ -n "$link" ] && echo "$prefix/$link"
}

is_current() {
    environment=$(installed_environment) || return 1
    { read -r old_sum _ old_python <"$environment/stamp"; } 2>/dev/null || return 1
    [ "$old_sum" = "$sum" ] && [ -L "$command_link" ] || return 1
    now_python=$("$environment/bin/python" -I -S -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
    [ "$now_python" = "$old_python" ]
}

# ---------------------------------------------------------------------------------------------- setting it up

explain() { # OUTPUT-OF-WHAT-FAILED WHAT: says what it means and exits
    text=$1
    place=${filled:-$prefix}
    keeps=''
    [ -n "${filled:-}" ] || [ ! -e "$prefix/current" ] || keeps=' The version installed before is untouched and still starts with cometchat-wizard.'
    printf '%s\n' "$text" | LC_ALL=C tr -cd '\11\12\40-\176' | sed -e '/^[[:space:]]*$/d' -e 's#://[^/@ ]*@#://***@#g' \
        -e 's/^/  | /' | tail -n 4 >&2
    case $text in
        *'No space left'* | *'quota exceeded'* | *'Errno 28'*)
            fail 7 "The disk that holds $place is full: free about 100 MB there (df -h) and run ./install.sh again.$keeps" ;;
        *'Read-only file system'* | *'Errno 30'*)
            fail 7 "$place is on a read-only file system: name a directory that can be written (for the installation in COMETCHAT_WIZARD_PREFIX).$keeps" ;;
        *'ermission denied'*)
            fail 7 "$2 was not permitted: run it as a user who may write there, or set COMETCHAT_WIZARD_PREFIX and COMETCHAT_WIZARD_BIN.$keeps" ;;
        *'DO NOT MATCH THE HASHES'* | *'do not match the hashes'*)
            fail 2 "A package is not the one that was pinned, so it was not installed: a mirror or a proxy changed it, or the download broke; try another source or --wheelhouse DIR.$keeps" ;;
    esac
    if [ -n "$wheelhouse" ] && [ "$2" = 'Installing the packages' ]; then
        fail 2 "$named_wheelhouse lacks a package for this machine's Python: fill it again with ./install.sh --make-wheelhouse DIR of this same release where there is a network.$keeps"
    fi
    case $text in
        *'o matching distribution'* | *onnection* | *'etrying'* | *'ame or service'* | *'imed out'* | *'name resolution'*)
            fail 2 "The packages could not be fetched: look at the network and the proxy (HTTPS_PROXY), or fill a directory on another machine with ./install.sh --make-wheelhouse DIR and use --wheelhouse DIR here.$keeps" ;;
    esac
    fail 2 "$2 failed; the lines above say why.$keeps"
}

make_directory() { # DIR: notes in $created what was not there, deepest first
    [ -d "$1" ] && return 0
    case $1 in */*) make_directory "${1%/*}" || return 1 ;; esac
    why=$(mkdir "$1" 2>&1) || explain "$why" "Making the directory $1"
    created="$1$newline$created"
}

take_lock() { # held by file descriptor 9, so the kernel lets go of it whatever happens
    { exec 9>>"$prefix/.lock"; } 2>/dev/null || explain "Permission denied" "Writing to $prefix"
    "$python" -I -c 'import fcntl, os
fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
os.truncate(9, 0); os.write(9, b"%d\n" % os.getppid())' 2>/dev/null ||
        fail 7 "Another ./install.sh (process $(head -n 1 "$prefix/.lock" 2>/dev/null)) is at work in $prefix: wait until it has ended, then run this again."
}

# Prints the pips that may be at hand, best first; each is tried.
pips_at_hand='import glob, importlib.util, os, sys, sysconfig
places = [sys.argv[1]] if sys.argv[1] else []
ensurepip = importlib.util.find_spec("ensurepip")
if ensurepip and ensurepip.origin:
    places.append(os.path.join(os.path.dirname(ensurepip.origin), "_bundled"))
places += [sysconfig.get_config_var("WHEEL_PKG_DIR") or "", "/usr/share/python%d.%d-wheels" % sys.version_info[:2]]
places.append("/usr/share/python-wheels")
for place in filter(None, places):
    for wheel in sorted(glob.glob(os.path.join(place, "pip-*.whl")), reverse=True):
        print(wheel)'

try_pip() { # WHEEL or DIRECTORY of pip; a wheel is unpacked, since run as it is it would be compiled at every call
    pip=$1
    if [ ! -d "$1" ]; then
        rm -rf "$scratch/pip"
        "$python" -I -m zipfile -e "$1" "$scratch/pip" </dev/null >/dev/null 2>&1 || return 1
        pip=$scratch/pip/pip
    fi
    "$builder" -I "$pip" --version </dev/null >/dev/null 2>&1
}

keep_wheelhouse() { # as root: a copy of one that others could change between the look at a package and its use
    [ "$is_root" = yes ] && [ -n "$(weak_spot "$wheelhouse" "$own")$(weak_file "$own" "$wheelhouse")" ] || return 0
    output=$(mkdir "$scratch/wheelhouse" 2>&1) || explain "$output" 'Copying the packages'
    for file in "$wheelhouse"/*.whl; do
        [ -f "$file" ] || continue
        output=$(cp "$file" "$scratch/wheelhouse/" 2>&1) || explain "$output" 'Copying the packages'
    done
    wheelhouse=$scratch/wheelhouse
}

find_pip() { # builder: the Python that pip is to install for
    pip=''
    [ -z "$wheelhouse" ] || keep_wheelhouse
    list=$("$python" -I -c "$pips_at_hand" "$wheelhouse" 2>/dev/null)
    while IFS= read -r candidate; do
        [ -n "$candidate" ] || continue
        case $candidate in
            "${wheelhouse:-/nonexistent}"/*) # what comes from elsewhere is run only if it is the pinned one
                digest=$(sha256sum "$candidate" 2>/dev/null | cut -d ' ' -f 1)
                grep -qF "sha256:${digest:-none}" "$here/requirements-pip.txt" || continue ;;
        esac
        try_pip "$candidate" && return
    done <<LIST
$list
LIST
    # The system's own pip, run by the environment's Python (pip --python is not in 22.0 and older).
    candidate=$("$python" -I -c 'import os, pip; print(os.path.dirname(pip.__file__))' 2>/dev/null)
    [ -n "$candidate" ] && try_pip "$candidate" && return
    if [ -z "$wheelhouse" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
        say 'No pip is at hand: unpacking the one of python3-pip-whl in a temporary directory (nothing is installed).'
        (cd "$scratch" && apt-get download -qq python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .) </dev/null >/dev/null 2>&1
        for candidate in "$scratch"/usr/share/python-wheels/pip-*.whl; do
            [ -f "$candidate" ] && try_pip "$candidate" && return
        done
    fi
    fail 2 "Python is here but no pip to install the packages with: install the package python3-venv (Debian, Ubuntu) or python3.12-pip (Red Hat), or use --wheelhouse DIR, then run ./install.sh again."
}

run_pip() { # ARGUMENTS...
    (
        unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_NO_BINARY PIP_REQUIRE_VIRTUALENV PIP_CONSTRAINT PIP_PYTHON PIP_LOG
        PIP_ROOT_USER_ACTION=ignore exec "$builder" -I "$pip" --disable-pip-version-check --no-input --no-cache-dir \
            --quiet --retries 2 "$@" </dev/null 2>&1
    )
}

install_packages() {
    packages_sum=$(cksum <"$here/requirements.txt" | tr ' ' -)
    old=$(installed_environment) || old=/nonexistent
    old_site=$old/lib/python$python_version/site-packages
    if { read -r _ old_packages old_python <"$old/stamp"; } 2>/dev/null && [ "$old_packages" = "$packages_sum" ] &&
        [ "$old_python" = "$python_version" ] && [ -d "$old_site" ]; then
        output=$(cp -Rp "$old_site/." "$site/" 2>&1) || explain "$output" 'Copying the packages of the version before'
        return # the same packages: an update needs no network
    fi
    find_pip
    if [ -n "$wheelhouse" ]; then
        set -- --isolated install --no-index --find-links "$wheelhouse"
    else
        say 'Fetching the pinned packages (4 MB)...'
        set -- install
    fi
    output=$(run_pip "$@" --no-compile --no-warn-script-location --require-hashes --only-binary :all: --no-deps \
        --requirement "$here/requirements.txt") || explain "$output" 'Installing the packages'
}

# Copies the wizard and compiles all of it: without compiled files every start costs three times as much.
lay_wizard='import compileall, os, shutil, sys
here, site = sys.argv[1:]
skip = shutil.ignore_patterns("__pycache__", "*.pyc", "_assets")
package = os.path.join(site, "wizard")
shutil.rmtree(package, ignore_errors=True)
shutil.copytree(os.path.join(here, "wizard"), package, ignore=skip)
shutil.copytree(os.path.join(here, "assets"), os.path.join(package, "_assets"), ignore=skip)
compileall.compile_dir(site, quiet=2, workers=min(4, os.cpu_count() or 1))'

build_environment() {
    name=$(date -u +%Y%m%d%H%M%S)-$$
    environment=$prefix/envs/$name
    building=$environment
    real=$("$python" -I -c 'import os, sys; print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))')
    why=$(weak_python "$real")
    [ -z "$why" ] || fail 2 "$python is not run as root, since $why: name another Python in COMETCHAT_WIZARD_PYTHON."
    python_version=$("$real" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])') || explain '' 'Starting Python'
    site=$environment/lib/python$python_version/site-packages
    output=$("$real" -I -m venv --without-pip "$environment" 2>&1) || explain "$output" 'Making an environment for the wizard'
    builder=$environment/bin/python
    install_packages
    output=$("$builder" -I -c "$lay_wizard" "$here" "$site" 2>&1) || explain "$output" 'Copying the wizard'
    output=$(cp "$here/assets/launcher.sh" "$environment/bin/cometchat-wizard" 2>&1 &&
        chmod 755 "$environment/bin/cometchat-wizard" 2>&1) || explain "$output" 'Writing the command'
    output=$("$builder" -I -c 'import textual, psutil, distro, plumbum, yaml, wizard' 2>&1) ||
        explain "$output" 'Trying the new environment'
    # Where root gets an installation of its own from, when a user's needs one: read by wizard/machine/rootcommand.py.
    output=$( (printf '%s\n' "$here" "$named_wheelhouse" >"$environment/source" &&
        echo "$sum $packages_sum $python_version" >"$environment/stamp") 2>&1) || explain "$output" 'Writing the stamp'
    "$builder" -I -c 'import os, sys
link, target = sys.argv[1:]
try:
    os.unlink(link + ".new")
except FileNotFoundError:
    pass
os.symlink(target, link + ".new")
os.replace(link + ".new", link)' "$prefix/current" "envs/$name" || explain '' 'Switching to the new version'
    building=''
}

in_use_by() { # DIR: prints a process that runs from it. Any user can give a process any name: its program and its owner count
    for process in /proc/[0-9]*; do
        program=$({ tr '\0' '\n' <"$process/cmdline"; } 2>/dev/null | head -n 1)
        case $program in "$1"/*) ;; *) continue ;; esac
        running=$(readlink "$process/exe" 2>/dev/null)
        [ "${running% (deleted)}" = "$(readlink -f "$program")" ] || continue
        is_run_by_us "$process" || continue
        # In a container the same name is another directory.
        # shellcheck disable=SC2012 # an inode's number
        [ "$(ls -di "$process/root$1" 2>/dev/null | { read -r inode _ && echo "$inode"; })" = \
            "$(ls -di "$1" | { read -r inode _ && echo "$inode"; })" ] || continue
        echo "${process#/proc/}"
        return
    done
}

is_run_by_us() { # PROCESS: by all four of its user ids, since a program with the setuid bit has several
    # shellcheck disable=SC2046 # numbers, to be split
    set -- $(sed -n 's/^Uid://p' "$1/status" 2>/dev/null)
    [ $# -eq 4 ] || return 1
    for number in "$@"; do
        case $own in *" $number "*) ;; *) return 1 ;; esac
    done
}

remove_old_environments() { # not the one before, nor one that a runner still works from
    for directory in "$prefix"/envs/*/; do
        directory=${directory%/}
        [ "$directory" != "$environment" ] && [ "$directory" != "$old" ] || continue
        [ -z "$(in_use_by "$directory")" ] && rm -rf "$directory"
    done
}

command_is_ours() { [ "$(readlink "$command_link" 2>/dev/null)" = "$prefix/current/bin/cometchat-wizard" ]; }

refuse_foreign_command() {
    if { [ -e "$command_link" ] || [ -L "$command_link" ]; } && ! command_is_ours; then
        fail 2 "$command_link is there already and is not this installation's: move it away and run ./install.sh again."
    fi
}

link_command() {
    ! command_is_ours || return 0
    output=$(ln -s "$prefix/current/bin/cometchat-wizard" "$command_link" 2>&1) || explain "$output" "Writing $command_link"
    case :$given_path: in
        *":$bin:"*) ;;
        *) say "The command is $command_link; $bin is not on your PATH yet: add it, or call it by this name." ;;
    esac
}

write_marker() { # what --uninstall trusts: whose this directory is, and which directories were made for it
    [ ! -f "$prefix/.cometchat-wizard" ] || created=$created$(cat "$prefix/.cometchat-wizard")$newline
    printf '%s' "$created" >"$prefix/.cometchat-wizard"
}

set_up() {
    created=''
    building=''
    refuse_foreign_checkout
    find_python
    if [ -d "$prefix" ] && [ ! -f "$prefix/.cometchat-wizard" ] && [ -n "$(ls -A "$prefix")" ]; then
        fail 2 "$prefix holds other files: move them away, or set COMETCHAT_WIZARD_PREFIX to another directory."
    fi
    refuse_foreign_command
    trap 'tidy_up' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    scratch=$(mktemp -d 2>/dev/null) || fail 7 "No temporary file can be written: is the disk of ${TMPDIR:-/tmp} full, or read-only?"
    make_directory "$prefix"
    make_directory "$bin"
    refuse_foreign_prefix
    write_marker
    take_lock
    if is_current; then # another start was faster
        release
        return
    fi
    if [ -e "$prefix/current" ]; then say "Updating the wizard in $prefix..."; else say "Setting up the wizard in $prefix..."; fi
    make_directory "$prefix/envs"
    for directory in "$prefix"/envs/*/; do # half-built ones; nobody else builds while we hold the lock
        [ -f "${directory}stamp" ] || rm -rf "$directory"
    done
    build_environment
    created=''
    link_command
    write_marker
    remove_old_environments
    release
}

tidy_up() {
    [ -z "$building" ] || rm -rf "$building"
    rm -rf "${scratch:-/nonexistent}"
    if [ ! -e "$prefix/current" ] && [ -n "$created" ]; then # nothing came of it: leave nothing
        rm -f "$prefix/.cometchat-wizard" "$prefix/.lock"
        printf '%s' "$created" | remove_if_empty
    fi
}

release() {
    trap - EXIT HUP INT TERM
    rm -rf "$scratch"
    exec 9>&-
}

remove_if_empty() {
    rmdir "$prefix/envs" 2>/dev/null
    while IFS= read -r directory; do rmdir "$directory" 2>/dev/null; done
}

# ------------------------------------------------------------------------------------------- the other doors

uninstall() {
    if [ ! -e "$prefix" ] && [ ! -L "$prefix" ]; then
        say "Nothing is installed in $prefix."
    else
        refuse_foreign_prefix
        [ -f "$prefix/.cometchat-wizard" ] || fail 2 "$prefix was not made by this script, so it is left alone: remove it by hand if you are sure."
        holder=$(in_use_by "$prefix")
        [ -z "$holder" ] || fail 7 "A wizard from $prefix is still running (process $holder): leave it or let its run end, then run --uninstall again."
        made=$(cat "$prefix/.cometchat-wizard")
        if command_is_ours; then
            output=$(rm -f "$command_link" 2>&1) || explain "$output" "Removing $command_link"
        fi
        # The marker goes last: a removal that is cut short can be repeated.
        output=$(rm -rf "$prefix/current" "$prefix/current.new" "$prefix/envs" "$prefix/.lock" 2>&1 &&
            rm -f "$prefix/.cometchat-wizard" 2>&1) || explain "$output" "Removing $prefix"
        printf '%s\n' "$made" | remove_if_empty
        say "Removed the wizard from $prefix."
    fi
    sessions=${COMETCHAT_WIZARD_SESSION:-}
    if [ -z "$sessions" ]; then
        if [ "$is_root" = yes ]; then sessions=/var/lib/cometchat-wizard; else sessions=${XDG_STATE_HOME:-$HOME/.local/state}/cometchat-wizard; fi
    fi
    if [ -e "$sessions" ]; then say "Your sessions with their logs are kept in $sessions."; else say "There are no sessions (they would be in $sessions)."; fi
}

# Prints the pinned requirements that one Python on one architecture needs, without their conditions, and without
# those for any machine that lie there already.
requirements_for='import glob, os, sys
sys.path.insert(0, sys.argv[1])
try:
    from pip._vendor.packaging.markers import Marker
except ImportError:
    from packaging.markers import Marker
version, machine, name, filled = sys.argv[2:6]
where = dict(python_version=version, python_full_version=version + ".1", platform_machine=machine, sys_platform="linux",
             platform_system="Linux", os_name="posix", platform_python_implementation="CPython", implementation_name="cpython")
keep = False
for line in open(name, encoding="utf-8"):
    if not line.startswith((" ", "#")):
        requirement, semicolon, marker = line.rstrip(" \\\n").partition(" ; ")
        wheel = requirement.replace("-", "_").replace("==", "-") + "-*none-any.whl"
        keep = (not semicolon or Marker(marker).evaluate(where)) and not glob.glob(os.path.join(filled, wheel))
        line = requirement + " \\\n"
    if keep and not line.lstrip().startswith("#"):
        print(line, end="")'

make_wheelhouse() { # DIR
    refuse_foreign_checkout
    find_python
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT HUP TERM
    scratch=$(mktemp -d) || fail 7 "No temporary file can be written in ${TMPDIR:-/tmp}."
    output=$(mkdir -p "$1" 2>&1) || explain "$output" "Making the directory $1"
    if [ "$is_root" = yes ]; then # a link laid there in time would be written through
        why=$(weak_spot "$(cd "$1" && pwd -P)" "$owners")
        [ -z "$why" ] || fail 2 "$why, so root writes nothing there: name a directory of root's, or fill it as a user."
    fi
    builder=$python
    find_pip
    output=$(run_pip download --no-deps --require-hashes --only-binary :all: --dest "$1" --requirement "$here/requirements-pip.txt") ||
        explain "$output" 'Fetching pip'
    for version in 3.10 3.11 3.12 3.13 3.14; do
        say "Fetching the packages for Python $version, x86_64 and aarch64..."
        for machine in x86_64 aarch64; do
            "$builder" -I -c "$requirements_for" "${pip%/pip}" "$version" "$machine" "$here/requirements.txt" "$1" >"$scratch/wanted" ||
                fail 2 'This pip is too old to choose packages for other machines: use a newer Python (COMETCHAT_WIZARD_PYTHON).'
            abi=cp$(echo "$version" | tr -d .)
            set -- "$1"
            platforms=''
            for tag in manylinux1 manylinux2010 manylinux2014 manylinux_2_12 manylinux_2_17 manylinux_2_28; do
                platforms="$platforms --platform ${tag}_$machine"
            done
            # shellcheck disable=SC2086 # a list of plain words
            [ ! -s "$scratch/wanted" ] || output=$(run_pip download --no-deps --require-hashes --only-binary :all: --dest "$1" --requirement "$scratch/wanted" \
                --implementation cp --python-version "$version" --abi "$abi" --abi abi3 --abi none $platforms) ||
                explain "$output" "Fetching the packages for Python $version on $machine"
        done
    done
    say "Filled $1. On the machine without a network: ./install.sh --wheelhouse $1"
}

main() {
    # None of these may change what is built or run.
    unset PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTHONDONTWRITEBYTECODE PYTHONOPTIMIZE CDPATH
    own_environment
    old_umask=$(umask)
    wheelhouse=''
    newline='
'
    action=run
    while [ $# -gt 0 ]; do
        case $1 in
            --wheelhouse | --make-wheelhouse)
                [ $# -ge 2 ] && [ -n "$2" ] || fail 2 "$1 needs a directory."
                if [ "$1" = --wheelhouse ]; then wheelhouse=$2; else action=$1 filled=$2; fi
                shift 2 ;;
            --wheelhouse=?*) wheelhouse=${1#*=}; shift ;;
            --make-wheelhouse=?*) action=--make-wheelhouse filled=${1#*=}; shift ;;
            --install-only | --uninstall) action=$1; shift ;;
            --help | -h) action=help; break ;;
            *) break ;; # all the rest is the wizard's
        esac
    done
    find_checkout
    [ "$action" != help ] || own_help
    name_places
    if [ -n "$wheelhouse" ]; then
        wheelhouse=$(cd "$wheelhouse" 2>/dev/null && pwd -P) || fail 2 "The directory given with --wheelhouse is not there or can't be read: name one that --make-wheelhouse filled."
    fi
    named_wheelhouse=$wheelhouse
    umask 022
    case $action in
        --uninstall) uninstall; exit 0 ;;
        --make-wheelhouse) make_wheelhouse "$filled"; exit 0 ;;
    esac
    refuse_foreign_prefix
    refuse_foreign_installation
    sum=$(sources_sum)
    if [ "$action" = help ] && ! is_current; then exit 0; fi
    is_current || set_up
    umask "$old_umask"
    [ "$action" != --install-only ] || { say "The wizard is set up: start it with $command_link."; exit 0; }
    environment=$(installed_environment) || fail 1 'The installation vanished while it was made: run ./install.sh again.'
    exec "$environment/bin/cometchat-wizard" "$@"
}

main "$@"
