# PostgreSQL from the distribution, with a cluster of our own.

PORT_VARIABLE=DLQ_PG_PORT
DEFAULT_PORT=35432
PORTS=1
STOP_SIGNAL=INT # "fast": ends the sessions, leaves nothing to recover

# PostgreSQL refuses to run as root. Its programs want a directory that they can return to.
AS_OWNER=(env -C /)
[[ $(id -u) != 0 ]] || AS_OWNER+=(setpriv --reuid=postgres --regid=postgres --init-groups)

install() { [[ -n $(programs) ]] || apt_install postgresql; }

# Debian keeps each version's programs outside of PATH; the newest wins.
programs() {
    local initdb
    initdb=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1) || initdb=$(command -v initdb) || return 0
    dirname "$initdb"
}

configure() {
    settle
    local home
    home=$(home)
    [[ -d $home/data ]] && return
    "${AS_OWNER[@]}" rm -rf "$home/data.new"
    "${AS_OWNER[@]}" "$(programs)/initdb" -D "$home/data.new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >>"$DIR/log" 2>&1
    "${AS_OWNER[@]}" mv "$home/data.new" "$home/data"
}

# The data and the socket live beside the rest, or elsewhere if that is out of reach for the server's user or
# too long for a socket's path.
home() { cat "$DIR/home" 2>/dev/null; }

settle() {
    [[ ! -d $(home) ]] || return 0
    local home=$DIR/cluster
    own "$home"
    if ! "${AS_OWNER[@]}" test -w "$home" || ((${#home} + ${#SOCKET} >= 108)); then
        home=$(mktemp -d)
        own "$home"
    fi
    echo "$home" >"$DIR/home"
}

SOCKET=/.s.PGSQL.65535

own() {
    mkdir -p "$1"
    [[ $(id -u) != 0 ]] || chown postgres: "$1"
}

run() {
    local home
    home=$(home)
    launch "$DIR" "${AS_OWNER[@]}" "$(programs)/postgres" -D "$home/data" -p "$(port)" \
        -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$home" -c wal_level=logical -c max_connections=200
}

answers() { "$(programs)/pg_isready" -q -h 127.0.0.1 -p "$(port)"; }

url() { echo "postgres://postgres@127.0.0.1:$(port)/postgres"; }
