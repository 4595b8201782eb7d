# SPDX-License-Identifier: Apache-2.0
"""Say by the exit status whether pinned packages are all there.

    pinned.py REQUIREMENTS
"""
import importlib.metadata
import sys


def is_there(line):
    name, version = line.split('==')
    try:
        return importlib.metadata.version(name) == version
    except importlib.metadata.PackageNotFoundError:
        return False


with open(sys.argv[1], encoding='utf-8') as lines:
    pins = [line.strip() for line in lines]
sys.exit(not all(is_there(pin) for pin in pins
                 if pin and not pin.startswith('#')))
