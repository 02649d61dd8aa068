# shellcheck shell=sh
# What bin/run, bin/check, bin/test and bench/run share: a Python, and .venv with what a lock file lists.
# Sourced with $root, the project's folder, set.

# use FOLDER [MODULE]: the environment that `need` fills and $python runs in; without the module it is broken.
use() {
    venv=${root:?}/$1
    module=${2:-django}
    python=$venv/bin/python
    installed=$venv/bookplate-installed   # the lock files that it satisfies, written when all is there
    installing=$venv/bookplate-installing # pip's words, there until it is done: found later, it was cut off
}
use .venv

# Another project's settings must not leak into this one.
unset PYTHONHOME PYTHONPATH DJANGO_SETTINGS_MODULE

fail() {
    echo "bin/${0##*/}: $*" >&2
    exit 1
}

# need run|test|bench|calibre-web: the environment has what the lock file of that name in requirements/ lists.
need() {
    is_installed "$1" || install_locked "$1"
}

is_installed() {
    [ -f "$installed" ] && grep -qxF "$(stamp "$1")" "$installed" && imports "$module"
}

stamp() {
    echo "$1 $(cksum <"$root/requirements/$1.txt")"
}

imports() {
    "$python" -Ic "import sys, $1; sys.exit(sys.version_info < (3, 11))" 2>/dev/null
}

install_locked() {
    lasts='about half a minute'
    [ "$1" = run ] || lasts='about two minutes'
    echo "Installing what Bookplate needs ($lasts, once) …"
    is_usable || remake
    rm -f "$installed"
    if ! "$python" -m pip install --disable-pip-version-check --no-input \
        --require-hashes -r "$root/requirements/$1.txt" >"$installing" 2>&1; then
        cat "$installing" >&2
        rm -f "$installing" # pip has put back what it changed
        fail "pip could not install what Bookplate needs; its own words are above, and the next run tries again."
    fi
    stamp "$1" >"$installed"
    case $1 in test | bench) stamp run >>"$installed" ;; esac # these hold the run set
    rm -f "$installing"
}

# Anything cut off, damaged or made by a Python that is gone is made anew; a .venv made by hand is kept.
is_usable() {
    [ ! -e "$installing" ] || return 1
    if [ -e "$installed" ]; then imports "pip,$module"; else imports pip; fi
}

remake() {
    find_python
    rm -rf "$venv"
    mkdir "$venv" || fail "the folder $venv cannot be made."
    : >"$installing"
    "$found" -m venv "$venv" >&2 ||
        fail "$found could not make $venv (on Debian and Ubuntu: apt install python3-venv)."
}

# Sets $found to the first Python that is new enough.
find_python() {
    if [ -n "${BOOKPLATE_PYTHON:-}" ]; then set -- "$BOOKPLATE_PYTHON"; else set -- python3.13 python3.12 python3.11 python3; fi
    seen=
    for found in "$@"; do
        version=$(version_of "$found")
        if is_new "$version"; then return; fi
        [ -z "$version" ] || seen="${seen:+$seen, }$found = $version"
    done
    fail "Bookplate needs Python 3.11 or newer and found ${seen:-none}; install it" \
        "(Debian and Ubuntu: apt install python3 python3-venv) or name it in BOOKPLATE_PYTHON."
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

is_new() {
    case $1 in
    3.[0-9].* | 3.10.*) false ;;
    [3-9].*) true ;;
    *) false ;;
    esac
}

apt_install() {
    as_root=
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
    # shellcheck disable=SC2086 # several words or none
    { [ -z "$as_root" ] || $as_root true 2>/dev/null; } && $as_root apt-get update -q=2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q=2 --no-install-recommends "$@" >/dev/null
}
