# step NAME COMMAND…: runs it, and says how long it took.
step() {
    local name=$1 begun=$SECONDS
    shift
    say "== $name"
    "$@" || die "$name failed after $((SECONDS - begun)) s"
    say "== $name: $((SECONDS - begun)) s"
}
