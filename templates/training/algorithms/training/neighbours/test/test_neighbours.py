# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json
import pathlib
import tempfile
import unittest

JOB = pathlib.Path(__file__).resolve().parents[1] / '__main__.py'
SPEC = importlib.util.spec_from_file_location('neighbours', JOB)
neighbours = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(neighbours)

HEADER = 'zone,x,y,z,region\n'


class Neighbours(unittest.TestCase):
    def train(self, lines, most=2):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder)
            (base / 'train.csv').write_text(HEADER + ''.join(lines))
            neighbours.main(['--train', str(base / 'train.csv'),
                             '--model', folder,
                             '--most-neighbours', str(most)])
            return json.loads((base / 'model.json').read_text())

    def test_too_few_rows_stop_the_job(self):
        with self.assertRaisesRegex(SystemExit, 'too few'):
            self.train(['A/a,1,0,0,A\n'])

    def test_the_first_label_wins_a_tie(self):
        self.assertEqual(neighbours.vote(['A', 'B', 'B', 'A']), 'A')
        self.assertEqual(neighbours.vote(['A', 'B', 'B']), 'B')

    def test_the_same_place_is_nearest(self):
        place = (0.0, 0.6, 0.8)
        self.assertGreater(neighbours.closeness(place, place),
                           neighbours.closeness(place, (0.0, 0.8, 0.6)))

    def test_two_clear_groups_need_one_neighbour(self):
        rows = [f'A/{n},1,0,0,A\n' for n in range(3)]
        rows += [f'B/{n},0,1,0,B\n' for n in range(3)]
        model = self.train(rows)
        self.assertEqual(model['neighbours'], 1)
        self.assertEqual(len(model['rows']), 6)


if __name__ == '__main__':
    unittest.main()
