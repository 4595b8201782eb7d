#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare every Signature Version 4 vector with what botocore computes.

Prints TAP. With --update, writes the expected files instead.
"""

import hashlib
import hmac
import pathlib
import sys
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

STAGES = ("canonical", "signed-headers", "string-to-sign", "key",
          "signature", "authorization")


def read_request(path):
    """The words of a request file; query and header as lists of pairs."""
    words = {"query": [], "header": []}
    for line in path.read_text().splitlines():
        word, _, value = line.partition(" ")
        if word in ("query", "header"):
            name, _, text = value.partition("=")
            words[word].append((urllib.parse.unquote(name),
                                urllib.parse.unquote(text)))
        else:
            words[word] = value
    return words


def make_request(words, body):
    headers = HTTPHeaders()
    for name, value in words["header"]:
        headers[name] = value
    host = headers["Host"].strip()
    request = AWSRequest(method=words["method"],
                         url="https://" + host + words["path"], data=body)
    request.headers = headers
    # With params given, botocore encodes and sorts the query itself.
    request.params = words["query"] or None
    request.context["timestamp"] = words["time"]
    return request


def derive_key(words):
    key = ("AWS4" + words["secret"]).encode()
    for part in (words["time"][:8], words["region"], words["service"],
                 "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def compute(case):
    words = read_request(case / "request")
    body_file = case / "body"
    body = body_file.read_bytes() if body_file.exists() else b""
    signer = S3SigV4Auth if words["rule"] == "verbatim" else SigV4Auth
    auth = signer(Credentials(words["key-id"], words["secret"]),
                  words["service"], words["region"])
    request = make_request(words, body)
    # S3 takes the hash from the header, as it always sends one.
    canonical = auth.canonical_request(request)
    to_sign = auth.string_to_sign(request, canonical)
    signature = auth.signature(to_sign, request)
    names = auth.signed_headers(auth.headers_to_sign(request))
    authorization = (
        "AWS4-HMAC-SHA256 Credential=" + auth.scope(request) +
        ", SignedHeaders=" + names + ", Signature=" + signature)
    values = dict(zip(STAGES, (canonical, names, to_sign, derive_key(words),
                               signature, authorization)))
    return {stage: value.encode() for stage, value in values.items()}


def main():
    here = pathlib.Path(__file__).resolve().parent
    cases = sorted(path.parent for path in here.glob("*/request"))
    update = "--update" in sys.argv[1:]
    failed = 0
    if not update:
        print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        wrong = []
        for stage, value in compute(case).items():
            file = case / stage
            if update:
                file.write_bytes(value)
            elif not file.exists() or file.read_bytes() != value:
                wrong.append(stage)
        if update:
            continue
        print(f"{'not ok' if wrong else 'ok'} {number} - {case.name}" +
              (": " + ", ".join(wrong) if wrong else ""))
        failed += bool(wrong)
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
