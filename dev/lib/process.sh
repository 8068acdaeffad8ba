# Background processes that are known by more than a number.

# The state and the birth of a process: "S 12345". Pids are used again, a pid with its birth is not.
identity() {
    local fields
    # The name stands in parentheses and may hold spaces: fields count from behind it.
    read -ra fields < <(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
    echo "${fields[0]} ${fields[19]}"
}

# launch DIR COMMAND…: starts COMMAND in the background, in DIR, free of our terminal, output and lock
# (descriptor 9). Writes DIR/pid, DIR/born and DIR/log.
launch() {
    local dir=$1 pid state born
    shift
    # Without `exec` a waiting shell would stay behind and keep the caller's pipes open.
    (cd "$dir" && exec setsid "$@" >>log 2>&1 </dev/null 9>&-) &
    pid=$!
    read -r state born < <(identity "$pid") || born=gone
    echo "$pid" >"$dir/pid"
    echo "$born" >"$dir/born"
}

# alive DIR: whether the process that was launched for DIR lives. One that nobody has reaped does not.
alive() {
    local state born
    [[ -f $1/pid && -f $1/born ]] || return 1
    read -r state born < <(identity "$(<"$1/pid")") || return 1
    [[ $state != Z && $born == "$(<"$1/born")" ]]
}

# gone DIR SECONDS: waits until it has ended.
gone() {
    local deadline=$((SECONDS + $2))
    while alive "$1"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
