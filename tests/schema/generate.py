# SPDX-License-Identifier: Apache-2.0
"""Make schemas and values at random, and ask Python's jsonschema about them.

    generate.py SEED COUNT >CASES.json

Writes COUNT groups in the form of the JSON Schema Test Suite, the same for
the same seed. What the two libraries mean differently is not made: fractions
that a double does not hold, and patterns outside what both dialects share.
"""
import json
import random
import sys

from jsonschema import Draft202012Validator

NAMES = ['a', 'b', 'ab', 'c1', '', 'é']
PATTERNS = ['^a', 'b$', '[0-9]', '^.{2}$', 'a|c', '^(a|b)*$', '']
SCALARS = [None, True, False, 0, 1, -1, 2, 3.0, 1.0, 0.5, -2.25, 10, 1e3,
           2**70, -2**70, '', 'a', 'b', 'ab', 'aba', 'é', 'éa', '1', 'null']
TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, things):
        return self.random.choice(things)

    def some(self, things, most):
        count = self.random.randint(0, min(most, len(things)))
        return self.random.sample(things, count)

    def value(self, depth):
        roll = self.random.random()
        if depth <= 0 or roll < 0.4:
            return self.pick(SCALARS)
        if roll < 0.7:
            return [self.value(depth - 1)
                    for _ in range(self.random.randint(0, 4))]
        return {name: self.value(depth - 1) for name in self.some(NAMES, 4)}

    def schemas(self, depth):
        return [self.schema(depth - 1)
                for _ in range(self.random.randint(1, 3))]

    def named(self, names, depth):
        return {name: self.schema(depth - 1) for name in self.some(names, 3)}

    def reference(self, _):
        # The third comes back only through a member, so that it ends.
        return {'$ref': self.pick(['#/$defs/x', '#name', '#/$defs/tree'])}

    def keyword(self, depth):
        """One keyword, or a few that belong together."""
        number = self.pick([0, 1, 2, 3, 0.5, -1, 10, 2**70])
        count = self.random.randint(0, 3)
        leaf = [
            lambda: {'type': self.pick(TYPES)},
            lambda: {'type': self.some(TYPES, 3) or ['null']},
            lambda: {'enum': [self.value(2) for _ in range(3)]},
            lambda: {'const': self.value(2)},
            lambda: {'minimum': number},
            lambda: {'maximum': number},
            lambda: {'exclusiveMinimum': number},
            lambda: {'exclusiveMaximum': number},
            lambda: {'multipleOf': self.pick([1, 2, 0.5, 0.25, 3])},
            lambda: {'minLength': count},
            lambda: {'maxLength': count},
            lambda: {'pattern': self.pick(PATTERNS[:-1])},
            lambda: {'minItems': count},
            lambda: {'maxItems': count},
            lambda: {'uniqueItems': True},
            lambda: {'minProperties': count},
            lambda: {'maxProperties': count},
            lambda: {'required': self.some(NAMES, 2)},
            lambda: {'dependentRequired':
                     {self.pick(NAMES): self.some(NAMES, 2)}},
        ]
        branch = [
            lambda: {'properties': self.named(NAMES, depth)},
            lambda: {'patternProperties': self.named(PATTERNS[:-1], depth)},
            lambda: {'properties': self.named(NAMES, depth),
                     'patternProperties': self.named(PATTERNS[:-1], depth),
                     'additionalProperties': self.schema(depth - 1)},
            lambda: {'propertyNames': self.schema(depth - 1)},
            lambda: {'dependentSchemas': self.named(NAMES, depth)},
            lambda: {'items': self.schema(depth - 1)},
            lambda: {'prefixItems': self.schemas(depth),
                     'items': self.schema(depth - 1)},
            lambda: {'prefixItems': self.schemas(depth)},
            lambda: {'contains': self.schema(depth - 1)},
            lambda: {'contains': self.schema(depth - 1),
                     'minContains': count, 'maxContains': count + 1},
            lambda: {'allOf': self.schemas(depth)},
            lambda: {'anyOf': self.schemas(depth)},
            lambda: {'oneOf': self.schemas(depth)},
            lambda: {'not': self.schema(depth - 1)},
            lambda: {'if': self.schema(depth - 1),
                     'then': self.schema(depth - 1),
                     'else': self.schema(depth - 1)},
            lambda: {'unevaluatedProperties': self.schema(depth - 1)},
            lambda: {'unevaluatedItems': self.schema(depth - 1)},
            lambda: self.reference(depth),
        ]
        if depth <= 0 or self.random.random() < 0.3:
            return self.pick(leaf)()
        return self.pick(branch)()

    def schema(self, depth):
        if self.random.random() < 0.08:
            return self.pick([True, False])
        result = {}
        for _ in range(self.random.randint(1, 3)):
            result.update(self.keyword(depth))
        return result

    def top(self):
        schema = self.schema(3)
        if schema is True or schema is False:
            schema = {'allOf': [schema]}
        schema['$defs'] = {
            'x': {'type': self.pick(TYPES)},
            'y': {'$anchor': 'name', 'maximum': 2, 'maxItems': 2},
            'tree': {'type': ['object', 'array', 'number'],
                     'additionalProperties': {'$ref': '#/$defs/tree'}},
        }
        return schema


def main():
    maker = Maker(int(sys.argv[1]))
    groups = []
    for number in range(int(sys.argv[2])):
        schema = maker.top()
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        tests = []
        for _ in range(6):
            value = maker.value(3)
            tests.append({'description': json.dumps(value),
                          'data': value,
                          'valid': validator.is_valid(value)})
        groups.append({'description': f'{number}: {json.dumps(schema)}',
                       'schema': schema, 'tests': tests})
    json.dump(groups, sys.stdout)


main()
