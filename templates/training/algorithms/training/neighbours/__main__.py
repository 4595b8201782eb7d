# SPDX-License-Identifier: Apache-2.0
"""Train a nearest-neighbour model that tells a place's region.

The model is the training set and the number of neighbours that vote. That
number is chosen here: the one that gets most rows right when each row is
predicted from all the others. Of equally good ones the smallest is taken.
"""
import argparse
import csv
import json
import pathlib
import sys


def load(path):
    """The rows of a set: ((x, y, z), region)."""
    with open(path, encoding='utf-8', newline='') as lines:
        return [((float(row['x']), float(row['y']), float(row['z'])),
                 row['region']) for row in csv.DictReader(lines)]


def closeness(one, other):
    """Greater is nearer: the cosine of the angle between two places."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def vote(labels):
    """The most frequent label; the one seen first wins a tie."""
    counts = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return max(counts, key=counts.get)


def choose(rows, most):
    """How many of the nearest neighbours should vote: (k, rows right)."""
    right = [0] * (most + 1)
    for index, (place, region) in enumerate(rows):
        others = rows[:index] + rows[index + 1:]
        others.sort(key=lambda row: closeness(place, row[0]), reverse=True)
        nearest = [label for _, label in others[:most]]
        for k in range(1, len(nearest) + 1):
            right[k] += vote(nearest[:k]) == region
    best = max(range(1, most + 1), key=lambda k: (right[k], -k))
    return best, right[best]


def main(arguments=None):
    parser = argparse.ArgumentParser(description='train the region model')
    base = pathlib.Path('/opt/ml')
    parser.add_argument('--train', type=pathlib.Path,
                        default=base / 'input/data/train/train.csv')
    parser.add_argument('--model', type=pathlib.Path, default=base / 'model')
    parser.add_argument('--most-neighbours', type=int, default=9)
    options = parser.parse_args(arguments)

    rows = load(options.train)
    if len(rows) <= options.most_neighbours:
        sys.exit(f'neighbours: {len(rows)} rows are too few')
    k, right = choose(rows, options.most_neighbours)
    options.model.mkdir(parents=True, exist_ok=True)
    with open(options.model / 'model.json', 'w', encoding='utf-8') as out:
        json.dump({'neighbours': k, 'rows': rows}, out)
    print(f'neighbours: {k} of them vote; {right} of {len(rows)} rows right '
          'when left out')


if __name__ == '__main__':
    main()
