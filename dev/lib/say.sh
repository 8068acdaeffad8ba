# Telling what happens. Progress goes to stderr: stdout belongs to what was asked for.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}
