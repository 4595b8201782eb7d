#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Signature Version 4 vectors agree with botocore. Uses $SL_PYTHON (then
# botocore must be there), else python3 if it has botocore.
python=${SL_PYTHON:-python3}
if [ -z "${SL_PYTHON:-}" ] && ! "$python" -c 'import botocore' 2>/dev/null
then
	echo "1..0 # SKIP python3 has no botocore; set SL_PYTHON to one that has"
	exit 0
fi
exec "$python" -B \
	"${SL_SRCDIR:-.}/tests/vectors/sigv4/check_with_botocore.py"
