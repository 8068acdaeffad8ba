# Getting what is missing from the distribution, without letting any of it start by itself.

# need COMMAND PACKAGE: makes sure that COMMAND can be run.
need() { command -v "$1" >/dev/null || apt_install "$2"; }

apt_install() {
    local packages=$*
    [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null ||
        die "missing: $packages. Install them (Debian: apt-get install $packages) or run this as root once"
    say "installing $packages"
    with_services_kept_down apt_get_install "$@" || die "apt-get could not install $packages"
}

apt_get_install() {
    apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2 </dev/null
}

# Debian starts a freshly installed server unless this file says no; we bring our own ports and data.
POLICY=/usr/sbin/policy-rc.d

with_services_kept_down() (
    if [[ ! -e $POLICY ]]; then
        trap 'rm -f "$POLICY"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$POLICY"
        chmod +x "$POLICY"
    fi
    "$@"
)
