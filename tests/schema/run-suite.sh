#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Hold src/schema to the JSON Schema Test Suite, draft 2020-12, as the source
# package of Python's jsonschema carries it.
#
#   run-suite.sh PROGRAM FOLDER    FOLDER holds the suite's tests/draft2020-12
#
# Of the optional cases, those are run that the draft leaves to the validator
# and sluice answers. Not run: keys that are no keywords (they are errors
# here), other drafts, meta-schemas, and formats that are not checked.
set -eu
program=${1:?usage: run-suite.sh PROGRAM FOLDER}
cases=${2:?usage: run-suite.sh PROGRAM FOLDER}
here=$(cd "$(dirname "$0")" && pwd)

set -- "$cases"/*.json
for name in anchor bignum dynamicRef ecmascript-regex float-overflow id \
	no-schema non-bmp-regex; do
	set -- "$@" "$cases/optional/$name.json"
done
"$program" --left-out "$here/left-out.txt" "$@"

set --
for name in date date-time duration hostname ipv4 ipv6 json-pointer time \
	uuid; do
	set -- "$@" "$cases/optional/format/$name.json"
done
exec "$program" --formats --left-out "$here/left-out.txt" "$@"
