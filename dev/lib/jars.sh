# Servers that come from Maven.

# jars NAME: the jars that tests/services/NAME/pom.xml names, into the libs of the service that was entered. They are
# fetched anew only when the file has changed.
jars() {
    local pom=tests/services/$1/pom.xml sum
    sum=$(sha256sum <"$pom")
    [[ $(cat "$DIR/libs/.done" 2>/dev/null) == "$sum" ]] && return
    say "$1: fetching the jars"
    rm -rf "$DIR/libs"
    mvn -q -B -f "$pom" dependency:copy-dependencies -DoutputDirectory="$DIR/libs" -DincludeScope=runtime >&2
    echo "$sum" >"$DIR/libs/.done"
}
