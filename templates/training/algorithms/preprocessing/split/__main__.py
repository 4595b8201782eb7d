# SPDX-License-Identifier: Apache-2.0
"""Turn the time zone table into a training and a test set.

Each row of the table becomes one record: the zone's principal place as a
point on the unit sphere, and the region that its name starts with. A point on
the sphere has no seam at 180 degrees, where longitudes jump.

Which set a row goes to depends on its name alone, so a new row never moves an
old one from the test set to the training set.
"""
import argparse
import csv
import hashlib
import math
import pathlib
import re
import sys

COORDINATES = re.compile(
    r'([+-])(\d\d)(\d\d)(\d\d)?([+-])(\d\d\d)(\d\d)(\d\d)?', re.ASCII)
COLUMNS = ('zone', 'x', 'y', 'z', 'region')


def degrees(sign, whole, minutes, seconds):
    """Degrees as a number, from the parts of an ISO 6709 angle."""
    value = int(whole) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == '-' else value


def point(coordinates):
    """A place in ISO 6709 notation as a point on the unit sphere."""
    match = COORDINATES.fullmatch(coordinates)
    if match is None:
        raise ValueError(f'not ISO 6709 coordinates: {coordinates!r}')
    latitude = math.radians(degrees(*match.group(1, 2, 3, 4)))
    longitude = math.radians(degrees(*match.group(5, 6, 7, 8)))
    return (math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude))


def records(lines):
    """Yield (zone, x, y, z, region) for each row of the table."""
    for number, line in enumerate(lines, start=1):
        line = line.rstrip('\n')
        if not line or line.startswith('#'):
            continue
        fields = line.split('\t')
        if len(fields) < 3 or '/' not in fields[2]:
            raise ValueError(f'line {number}: expected country, coordinates '
                             'and zone, separated by tabs')
        zone = fields[2]
        yield (zone, *point(fields[1]), zone.split('/')[0])


def is_test(zone, share):
    """Whether a zone belongs to the test set; depends on its name only."""
    digest = hashlib.sha256(zone.encode()).digest()
    return int.from_bytes(digest[:4], 'big') / 2**32 < share


def write(folder, name, rows):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, 'w', encoding='utf-8', newline='') as out:
        writer = csv.writer(out, lineterminator='\n')
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def main(arguments=None):
    parser = argparse.ArgumentParser(description='split the time zone table')
    base = pathlib.Path('/opt/ml/processing')
    parser.add_argument('--table', type=pathlib.Path,
                        default=base / 'input/table/zone.tab')
    parser.add_argument('--train', type=pathlib.Path, default=base / 'train')
    parser.add_argument('--test', type=pathlib.Path, default=base / 'test')
    parser.add_argument('--test-share', type=float, default=0.25)
    options = parser.parse_args(arguments)

    train, test = [], []
    with open(options.table, encoding='utf-8') as lines:
        for row in records(lines):
            chosen = test if is_test(row[0], options.test_share) else train
            chosen.append(row)
    if not train or not test:
        sys.exit('split: one of the two sets would be empty')
    write(options.train, 'train.csv', train)
    write(options.test, 'test.csv', test)
    print(f'split: {len(train)} rows to train on, {len(test)} to test on')


if __name__ == '__main__':
    main()
