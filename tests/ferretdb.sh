#!/bin/sh
# Builds FerretDB with its SQLite back end from the Go module proxy, and runs the store's contract tests and the
# journeys on it. Usage: tests/ferretdb.sh [PYTHON], from anywhere; needs `go`, and the proxy for the first build only.
#
# FerretDB 1 reads, compares and writes a replacement or a counter in separate steps, so two gateway processes can both
# win under one version, or be given one number. Within one process the door never sends two writes of a document at
# once. The tests of two processes on one database are therefore left out here: run one gateway process on FerretDB 1.
set -eu

version=v1.24.0
root=$(cd "$(dirname "$0")/.." && pwd)
python=${1:-$root/.venv/bin/python}
build=$root/.tools/ferretdb
module=github.com/FerretDB/FerretDB

command -v go >/dev/null || { echo "ferretdb: no go on this machine; nothing was run" >&2; exit 1; }

if [ ! -x "$build/ferretdb-$version" ]; then
    echo "ferretdb: building $version, about a minute" >&2
    mkdir -p "$build/module"
    cd "$build/module"
    printf 'module build\n\ngo 1.22\n\nrequire %s %s\n' "$module" "$version" > go.mod
    # the proxy's archive lacks the file that FerretDB reads its own version from
    source=$(go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    rm -rf "$build/source"
    cp -R "$source" "$build/source"
    chmod -R u+w "$build/source"
    echo "$version" > "$build/source/build/version/version.txt"
    go mod edit -replace "$module=$build/source"
    GOFLAGS=-mod=mod go build -tags ferretdb_no_postgresql,ferretdb_no_mysql -o "$build/ferretdb-$version" "$module/cmd/ferretdb"
    cd "$root"
fi

data=$(mktemp -d)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
DO_NOT_TRACK=1 "$build/ferretdb-$version" --handler=sqlite --sqlite-url="file:$data/" --state-dir="$data" \
    --listen-addr="127.0.0.1:$port" --debug-addr=- --telemetry=disable --log-level=ERROR >"$data/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$data"' EXIT INT TERM

HOTLINE_TEST_MONGO_URL="mongodb://127.0.0.1:$port/"
export HOTLINE_TEST_MONGO_URL
tries=0
until "$python" -c 'import os, pymongo; pymongo.MongoClient(os.environ["HOTLINE_TEST_MONGO_URL"], serverSelectionTimeoutMS=500).admin.command("ping")' 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || { echo "ferretdb: it does not answer:" >&2; cat "$data/log" >&2; exit 1; }
    sleep 0.2
done

cd "$root"
set -- tests/contracts
[ -d tests/journeys ] && set -- "$@" tests/journeys
"$python" -m pytest "$@" \
    --deselect tests/contracts/test_concurrency.py::test_a_counter_gives_each_number_once \
    --deselect tests/contracts/test_concurrency.py::test_replacing_under_a_version_loses_no_change \
    --deselect tests/contracts/test_concurrency.py::test_both_doors_at_once_on_the_same_versions \
    --deselect tests/contracts/test_concurrency.py::test_both_doors_at_once_on_the_same_versions_of_many
