# Who listens where. An open port may belong to anybody: a connection that succeeds proves nothing.

# The sockets that listen on a port, by inode.
listeners() {
    awk -v port=":$(printf %04X "$1")\$" '$4 == "0A" && $2 ~ port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# listens PID PORT: whether one of them belongs to the process.
listens() {
    local inode
    for inode in $(listeners "$2"); do
        [[ -z $(find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null) ]] || return 0
    done
    return 1
}

# free PORT COUNT: whether nobody listens on PORT and the COUNT - 1 ports behind it.
free() {
    local port
    for ((port = $1; port < $1 + $2; port++)); do
        [[ -z $(listeners "$port") ]] || return 1
    done
}

# reachable HOST PORT: whether somebody accepts a connection there.
reachable() { timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null; }
