# MariaDB from the distribution, with data of our own. MySQL's clients and ours cannot tell it from MySQL's server.

VARIABLE=DLQ_TEST_MYSQL_URL
PORT_VARIABLE=DLQ_MYSQL_PORT
DEFAULT_PORT=33306
PORTS=1
STOP_SIGNAL=TERM # ends the sessions, writes back what is in memory

# MariaDB refuses to run as root.
AS_OWNER=()
[[ $(id -u) != 0 ]] || AS_OWNER=(--user=mysql)

install() { need mariadbd mariadb-server; }

configure() {
    settle
    local home
    home=$(home)
    [[ -d $home/data ]] && return
    rm -rf "$home/data.new"
    mariadb-install-db --no-defaults "${AS_OWNER[@]}" --datadir="$home/data.new" \
        --auth-root-authentication-method=normal --skip-test-db >>"$DIR/log" 2>&1
    welcome >"$home/welcome.sql"
    mv "$home/data.new" "$home/data"
}

# Who tests may be: one who may do everything with databases of this name, and nothing with the server, so that what
# stops ordinary users stops him, too.
welcome() {
    cat <<-'END'
		CREATE USER IF NOT EXISTS 'dlq'@'127.0.0.1' IDENTIFIED BY 'dlq';
		GRANT ALL ON `dlq%`.* TO 'dlq'@'127.0.0.1';
		CREATE DATABASE IF NOT EXISTS dlq;
	END
}

# The data and the socket live beside the rest, or elsewhere if that is out of reach for the server's user or too long
# for a socket's path.
home() { cat "$DIR/home" 2>/dev/null; }

settle() {
    [[ ! -d $(home) ]] || return 0
    local home=$DIR/server
    own "$home"
    if ! within_reach "$home" || ((${#home} + ${#SOCKET} >= 108)); then
        home=$(mktemp -d)
        own "$home"
    fi
    echo "$home" >"$DIR/home"
}

SOCKET=/socket

own() {
    mkdir -p "$1"
    [[ $(id -u) != 0 ]] || chown mysql: "$1"
}

within_reach() {
    [[ $(id -u) != 0 ]] || setpriv --reuid=mysql --regid=mysql --init-groups test -w "$1"
}

run() {
    local home
    home=$(home)
    launch "$DIR" mariadbd --no-defaults "${AS_OWNER[@]}" --datadir="$home/data" --init-file="$home/welcome.sql" \
        --port="$(port)" --bind-address=127.0.0.1 --socket="$home$SOCKET" --skip-log-bin \
        --max-connections=300 --max-allowed-packet=64M
}

answers() { mariadb-admin --no-defaults --silent -h 127.0.0.1 -P "$(port)" -udlq -pdlq ping >/dev/null 2>&1; }

url() { echo "mysql://dlq:dlq@127.0.0.1:$(port)/dlq"; }
