# SPDX-License-Identifier: Apache-2.0
import csv
import importlib.util
import pathlib
import tempfile
import unittest

JOB = pathlib.Path(__file__).resolve().parents[1] / '__main__.py'
SPEC = importlib.util.spec_from_file_location('split', JOB)
split = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(split)

TABLE = ('# a comment\n'
         'AQ\t-9000+00000\tAntarctica/South_Pole\n'
         'GB\t+513030-0000731\tEurope/London\n'
         'CN\t+3114+12128\tAsia/Shanghai\tBeijing Time\n')


class Split(unittest.TestCase):
    def test_rejects_what_is_no_coordinate(self):
        for text in ('', '+5130', '5130-00007', '+51x0-00007', '+5130-0007'):
            with self.subTest(text), self.assertRaises(ValueError):
                split.point(text)

    def test_rejects_a_short_row_and_names_its_line(self):
        with self.assertRaisesRegex(ValueError, 'line 2'):
            list(split.records(['# c\n', 'GB\t+5130-00007\n']))

    def test_a_place_is_on_the_unit_sphere(self):
        x, y, z = split.point('-9000+00000')
        self.assertAlmostEqual(z, -1)
        self.assertAlmostEqual(x * x + y * y + z * z, 1)

    def test_seconds_count(self):
        self.assertAlmostEqual(split.degrees('-', '000', '07', '30'), -0.125)

    def test_the_region_is_the_first_part_of_the_name(self):
        regions = [row[-1] for row in split.records(TABLE.splitlines())]
        self.assertEqual(regions, ['Antarctica', 'Europe', 'Asia'])

    def test_no_row_is_lost_and_none_is_in_both_sets(self):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder)
            rows = [f'AQ\t-9000+0{n:02d}00\tAntarctica/Base_{n}\n'
                    for n in range(80)]
            (base / 'zone.tab').write_text(''.join(rows))
            split.main(['--table', str(base / 'zone.tab'),
                        '--train', str(base), '--test', str(base)])
            sets = []
            for name in ('train.csv', 'test.csv'):
                with open(base / name, newline='') as lines:
                    sets.append({row['zone'] for row in csv.DictReader(lines)})
        self.assertEqual(len(sets[0] | sets[1]), 80)
        self.assertFalse(sets[0] & sets[1])


if __name__ == '__main__':
    unittest.main()
