# SPDX-License-Identifier: Apache-2.0
"""Hold the TOML reader to Python's tomllib on texts made at random.

    against_tomllib.py PROGRAM SEED COUNT

Half of the texts are damaged. Both must accept the same ones and find the
same values. What sluice refuses on purpose is not made: numbers of other
bases over 64 bits, and exponents of ten digits.
"""
import datetime
import decimal
import json
import random
import subprocess
import sys

try:
    import tomllib
except ImportError:
    print('1..0 # SKIP this Python has no tomllib')
    sys.exit(0)

KEYS = ['a', 'b', 'c', 'a.b', 'a.c', 'b.a.c', '"a"', "'b'", '"x y"', 'é',
        '1', '-', 'a . b', '""', r'"\u00e9"', 'd', 'e', 'f']
STRINGS = ['""', '"a"', "'a'", r'"\t\"\\\n"', r'"\u00e9\U0001F600"', "'\\d'",
           '"""a"""', "'''a\nb'''", '"""\na\\\n   b"""', "'''\n\\d'\n'''",
           '"""a""b"""', "''''a''''", '"""a"""""', '"""\\  \n\n  \t x"""',
           '"é\t"', "'''\r\na\r\n'''", '"# no"']
NUMBERS = ['0', '1', '-1', '+7', '1_000', '0x1F', '0o17', '0b101', '1.5',
           '-0.0', '1e3', '1E-2', '6.02e+23', '1_0.0_1', '9007199254740993',
           '00', '1_', '_1', '1.', '.5', '1e', '0x', '0xg', '0x_1', '1__0',
           '-0x1', '+0', '01.5', '1_e3', '1e0_1', '0b2']
WORDS = ['true', 'false', 'inf', '-inf', 'nan', 'True', 'yes', 'null', '+nan']
TIMES = ['1979-05-27', '07:32:00', '1979-05-27T07:32:00Z', '07:32:00.5',
         '1979-05-27 07:32:00.25+01:30', '1979-02-30', '24:00:00',
         '2000-02-29', '1900-02-29', '1979-05-27t07:32:00z', '1979-05-27 x',
         '1979-05-27T07:32', '0000-01-01', '07:32:60']
BLANKS = ['', ' ', '  ', '\t']
NOISE = ['[', ']', '{', '}', '=', '.', ',', '"', "'", '#', '\\', '\n', '\r',
         ' ', '\0', '\x7f', 'é', '[[', ']]', '"""', "'''", 'a', '1', '_']


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, things):
        return self.random.choice(things)

    def blank(self):
        return self.pick(BLANKS)

    def gap(self):
        return self.pick(['', ' ', '\n', ' # x\n ', '\r\n'])

    def value(self, depth):
        roll = self.random.random()
        if depth and roll < 0.15:
            items = [self.gap() + self.value(depth - 1) + self.gap()
                     for _ in range(self.random.randint(0, 3))]
            return '[' + ','.join(items) + self.pick(['', ',']) + ']'
        if depth and roll < 0.3:
            items = [f'{self.blank()}{self.pick(KEYS)} = '
                     f'{self.value(depth - 1)}{self.blank()}'
                     for _ in range(self.random.randint(0, 3))]
            return '{' + ','.join(items) + '}'
        if roll < 0.6:
            return self.pick(STRINGS)
        if roll < 0.8:
            return self.pick(NUMBERS[:15] if roll < 0.78 else NUMBERS)
        return self.pick(WORDS[:5] if roll < 0.89 else
                         TIMES[:5] if roll < 0.98 else TIMES + WORDS)

    def line(self):
        roll = self.random.random()
        if roll < 0.1:
            return self.pick(['', '# a comment', '\t'])
        if roll < 0.25:
            return f'[{self.blank()}{self.pick(KEYS)}{self.blank()}]'
        if roll < 0.4:
            return f'[[{self.pick(KEYS)}]] # x'
        return f'{self.blank()}{self.pick(KEYS)}{self.blank()}=' \
               f'{self.blank()}{self.value(3)}{self.blank()}'

    def text(self):
        end = self.pick(['\n', '\n', '\r\n'])
        text = end.join(self.line() for _ in range(self.random.randint(0, 7)))
        for _ in range(self.pick([0, 0, 1, 2])):
            at = self.random.randint(0, len(text))
            text = text[:at] + self.pick(NOISE) + \
                text[at + self.random.randint(0, 2):]
        return text


def plain(value):
    """A value of tomllib as one of JSON, with numbers as decimals."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bool) or isinstance(value, str):
        return value
    if isinstance(value, int):
        return decimal.Decimal(value)
    if isinstance(value, decimal.Decimal):
        return value if value.is_finite() else 'special'
    if isinstance(value, (datetime.date, datetime.time)):
        return 'special'
    raise TypeError(type(value))


def same(ours, theirs):
    if theirs == 'special' and isinstance(ours, str):
        return True
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and ours.keys() == theirs.keys() and \
            all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and \
            all(map(same, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def expected(text):
    try:
        return plain(tomllib.loads(text, parse_float=decimal.Decimal))
    except (tomllib.TOMLDecodeError, ValueError):
        return None


def main():
    program, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    maker = Maker(seed)
    texts = [maker.text() for _ in range(count)]
    wire = b''.join(b'%d\n%s' % (len(raw), raw)
                    for raw in (text.encode() for text in texts))
    out = subprocess.run([program], input=wire, stdout=subprocess.PIPE,
                         check=True).stdout.decode().splitlines()
    wrong = read = 0
    for text, line in zip(texts, out, strict=True):
        theirs = expected(text)
        read += theirs is not None
        if line.startswith('error: '):
            good = theirs is None
        else:
            ours = json.loads(line, parse_int=decimal.Decimal,
                              parse_float=decimal.Decimal)
            good = theirs is not None and same(ours, theirs)
        if not good:
            wrong += 1
            if wrong <= 5:
                print(f'# {text!r}\n#   sluice:  {line}\n'
                      f'#   tomllib: {theirs}')
    print('1..1')
    print(f'{"not ok" if wrong else "ok"} 1 - {count} texts, {read} of them '
          f'TOML, {wrong} judged otherwise')
    sys.exit(wrong != 0)


main()
