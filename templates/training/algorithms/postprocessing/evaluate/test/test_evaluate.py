# SPDX-License-Identifier: Apache-2.0
import importlib.util
import json
import pathlib
import tarfile
import tempfile
import unittest

JOB = pathlib.Path(__file__).resolve().parents[1] / '__main__.py'
SPEC = importlib.util.spec_from_file_location('evaluate', JOB)
evaluate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(evaluate)

MODEL = {'neighbours': 1, 'rows': [[[1, 0, 0], 'A'], [[0, 1, 0], 'B']]}
HEADER = 'zone,x,y,z,region\n'


class Evaluate(unittest.TestCase):
    def run_job(self, lines, packed=False):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder)
            model = base / 'model.json'
            model.write_text(json.dumps(MODEL))
            if packed:
                with tarfile.open(base / 'model.tar.gz', 'w:gz') as archive:
                    archive.add(model, 'model.json')
                model = base / 'model.tar.gz'
            (base / 'test.csv').write_text(HEADER + lines)
            evaluate.main(['--model', str(model),
                           '--test', str(base / 'test.csv'),
                           '--evaluation', folder])
            return json.loads((base / 'evaluation.json').read_text())

    def test_an_empty_test_set_stops_the_job(self):
        with self.assertRaisesRegex(SystemExit, 'empty'):
            self.run_job('')

    def test_the_nearest_place_decides(self):
        self.assertEqual(evaluate.predict(MODEL, (0.1, 0.9, 0)), 'B')

    def test_half_right_is_half(self):
        result = self.run_job('A/a,1,0,0,A\nB/b,1,0,0,B\n')
        self.assertEqual(result['metrics'], {'accuracy': 0.5, 'rows': 2})
        self.assertEqual(result['regions']['B'], {'rows': 1, 'right': 0})

    def test_reads_the_archive_that_training_leaves(self):
        result = self.run_job('A/a,1,0,0,A\n', packed=True)
        self.assertEqual(result['metrics']['accuracy'], 1)


if __name__ == '__main__':
    unittest.main()
