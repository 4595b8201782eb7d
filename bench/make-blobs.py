# SPDX-License-Identifier: Apache-2.0
"""Write a stream for git fast-import: blobs as machine-learning repositories
have them, which are code, notebooks with pictures and logs in their outputs,
and JSON. Every run writes the same.

    make-blobs.py COUNT
"""
import base64
import json
import random
import sys

WORDS = """model train data batch loss epoch path config value index layer
step input output bucket client request feature label score node pipeline
register metric array frame column group create update
""".split()
# What scanners look for, about as often as people write it.
RARE = "token key secret access auth password api credential".split()


def name(rng):
    return "_".join(rng.choice(RARE if rng.random() < 0.02 else WORDS)
                    for _ in range(rng.randint(1, 3)))


def found(rng):
    """What looks like a token: there must be something to find."""
    letters = "".join(rng.choices("abcdefghijkLMNOPQRSTU0123456789", k=36))
    return f'{name(rng)}_token = "ghp_{letters}"'


def code(rng):
    lines = ["import numpy as np", ""]
    for _ in range(rng.randint(3, 30)):
        lines.append(f"def {name(rng)}({name(rng)}, {name(rng)}=None):")
        for _ in range(rng.randint(2, 9)):
            lines.append(f"    {name(rng)} = {name(rng)}.{name(rng)}"
                         f"({name(rng)}={rng.random():.6f})")
        if rng.random() < 0.005:
            lines.append(f"    {found(rng)}")
        lines += [f"    return {name(rng)}", "", ""]
    return "\n".join(lines)


def picture(rng):
    data = rng.randbytes(rng.randint(2000, 30000))
    return {"output_type": "display_data", "metadata": {},
            "data": {"image/png": base64.encodebytes(data).decode()}}


def log(rng):
    return {"output_type": "stream", "name": "stdout", "text": [
        f"epoch {i}: loss={rng.random():.6f} {name(rng)}={rng.random():.4f}\n"
        for i in range(rng.randint(5, 60))]}


def notebook(rng):
    cells = [{"cell_type": "code", "execution_count": i, "metadata": {},
              "source": code(rng).splitlines(True)[:25],
              "outputs": [rng.choice((picture, log, log))(rng)]}
             for i in range(rng.randint(2, 12))]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4,
                       "nbformat_minor": 5}, indent=1)


def table(rng):
    return json.dumps([{"id": "%032x" % rng.getrandbits(128),
                        name(rng): rng.random(),
                        "uri": f"s3://bucket/{name(rng)}/"
                               f"{rng.getrandbits(40):x}",
                        name(rng): [rng.randint(0, 999) for _ in range(9)]}
                       for _ in range(rng.randint(5, 150))], indent=2)


def main():
    rng = random.Random(1)
    out = sys.stdout.buffer
    for _ in range(int(sys.argv[1])):
        kind = rng.choices((code, notebook, table), (5, 2, 3))[0]
        text = kind(rng).encode()
        out.write(b"blob\ndata %d\n%s\n" % (len(text), text))


main()
