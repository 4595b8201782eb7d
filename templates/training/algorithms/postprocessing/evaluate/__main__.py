# SPDX-License-Identifier: Apache-2.0
"""Measure the region model on the test set.

Writes evaluation.json. The pipeline's condition reads `metrics.accuracy` from
it and registers the model only if it is high enough.
"""
import argparse
import csv
import json
import pathlib
import sys
import tarfile


def load_model(path):
    """The model, from model.json or from SageMaker's model.tar.gz."""
    if path.name.endswith('.tar.gz'):
        with tarfile.open(path) as archive:
            return json.load(archive.extractfile('model.json'))
    return json.loads(path.read_text(encoding='utf-8'))


def predict(model, place):
    """The region that most of the nearest places are in."""
    def closeness(row):
        return sum(a * b for a, b in zip(row[0], place))

    rows = sorted(model['rows'], key=closeness, reverse=True)
    counts = {}
    for _, region in rows[:model['neighbours']]:
        counts[region] = counts.get(region, 0) + 1
    return max(counts, key=counts.get)


def measure(model, rows):
    """Rows in all, rows right, and both for each region."""
    regions = {}
    for row in rows:
        place = (float(row['x']), float(row['y']), float(row['z']))
        count = regions.setdefault(row['region'], {'rows': 0, 'right': 0})
        count['rows'] += 1
        count['right'] += predict(model, place) == row['region']
    total = sum(count['rows'] for count in regions.values())
    right = sum(count['right'] for count in regions.values())
    return {'metrics': {'accuracy': right / total, 'rows': total},
            'regions': dict(sorted(regions.items()))}


def main(arguments=None):
    parser = argparse.ArgumentParser(description='measure the region model')
    base = pathlib.Path('/opt/ml/processing')
    parser.add_argument('--model', type=pathlib.Path,
                        default=base / 'input/model/model.tar.gz')
    parser.add_argument('--test', type=pathlib.Path,
                        default=base / 'input/test/test.csv')
    parser.add_argument('--evaluation', type=pathlib.Path,
                        default=base / 'evaluation')
    options = parser.parse_args(arguments)

    with open(options.test, encoding='utf-8', newline='') as lines:
        rows = list(csv.DictReader(lines))
    if not rows:
        sys.exit('evaluate: the test set is empty')
    result = measure(load_model(options.model), rows)
    options.evaluation.mkdir(parents=True, exist_ok=True)
    out = options.evaluation / 'evaluation.json'
    out.write_text(json.dumps(result, indent=2) + '\n', encoding='utf-8')
    print(f"evaluate: {result['metrics']['accuracy']:.3f} of {len(rows)} "
          'rows right')


if __name__ == '__main__':
    main()
