# The servers that a script needs, for as long as it runs.

# with_servers NAME…: starts them and names them to what follows. Who had one running keeps it.
with_servers() {
    local server addresses
    started=()
    trap 'stop_started' EXIT
    for server; do
        dev/services status "$server" >/dev/null || started+=("$server")
        step "$server" dev/services up "$server"
    done
    addresses=$(dev/services env "$@")
    eval "$addresses"
}

stop_started() { ((${#started[@]} == 0)) || dev/services down "${started[@]}"; }
