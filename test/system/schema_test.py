"""`sluice schema` against a validator of JSON Schema: every example fits, broken ones do not."""
import glob
import json
import os
import subprocess
import unittest

import jsonschema
import yaml

ROOT = os.environ["SLUICE_SOURCE_DIR"]
SLUICE = os.environ["SLUICE"]

GOOD = {
    "sources": {"field": {"mqtt": {"url": "mqtt://h", "topics": ["a/{device}"]}, "decode": {"json": {"time": "$.t"}}}},
    "pipelines": {"p": {"from": "field", "to": "out"}},
    "sinks": {"out": {"file": {"path": "out.jsonl"}}},
}


def changed(change):
    made = json.loads(json.dumps(GOOD))
    change(made)
    return made


class Texts(yaml.SafeLoader):
    """As the service reads: dates are texts, and only true and false are booleans (YAML 1.2; off is a word)."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, match) for tag, match in resolvers
            if tag != "tag:yaml.org,2002:timestamp" and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class SchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([SLUICE, "schema"], capture_output=True, check=True, text=True).stdout
        cls.schema = json.loads(text)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(self.schema)

    def test_every_example_fits(self):
        files = [f for f in glob.glob(os.path.join(ROOT, "config", "**", "*.yaml"), recursive=True)]
        files += glob.glob(os.path.join(ROOT, "docs", "**", "*.yaml"), recursive=True)
        files = [f for f in files if not f.endswith(".test.yaml")]
        self.assertTrue(files)
        for file in files:
            with self.subTest(file=os.path.relpath(file, ROOT)), open(file, encoding="utf-8") as text:
                errors = list(self.validator.iter_errors(yaml.load(text, Texts)))
                self.assertEqual([], [e.message + " at " + e.json_path for e in errors])

    def test_what_the_shapes_demand(self):
        self.assertTrue(self.validator.is_valid(GOOD))
        broken = {
            "an unknown section": lambda c: c.update(source={}),
            "an unknown option": lambda c: c["sources"]["field"]["mqtt"].update(urll="mqtt://h"),
            "a missing option": lambda c: c["sources"]["field"]["mqtt"].pop("topics"),
            "a missing url without connection": lambda c: c["sources"]["field"]["mqtt"].pop("url"),
            "two kinds": lambda c: c["sinks"]["out"].update(thingsboard={"url": "mqtt://h", "token": "t"}),
            "no kind": lambda c: c["sinks"].update(out={}),
            "a word that is none": lambda c: c["sources"]["field"]["mqtt"].update(qos=3),
            "a duration without unit": lambda c: c["sources"]["field"]["mqtt"].update(keep_alive=20),
            "a number out of bounds": lambda c: c.update(service={"shards": 65}),
            "an unknown step": lambda c: c["pipelines"]["p"].update(steps=[{"fliter": "a > 1"}]),
            "a list that is a text": lambda c: c["pipelines"]["p"].update(steps="filter"),
            "a parameter of no type": lambda c: c.update(templates={"t": {"parameters": {"a": "nmber"}}}),
        }
        for what, change in broken.items():
            with self.subTest(what=what):
                self.assertFalse(self.validator.is_valid(changed(change)))
        good = {
            "a shared connection": lambda c: (c["sources"]["field"]["mqtt"].pop("url"),
                                              c["sources"]["field"]["mqtt"].update(connection="plant"),
                                              c.update(connections={"plant": {"mqtt": {"url": "mqtt://h"}}})),
            "a variable for a number": lambda c: c.update(service={"shards": "${SHARDS}"}),
            "a duration": lambda c: c["sources"]["field"]["mqtt"].update(keep_alive="1m30s"),
            "a key for anchors": lambda c: c.update({"x-common": {"a": 1}}),
            "a use": lambda c: c.update(templates={"t": {"parameters": {"a": "number"}, "sinks": {}}},
                                        use=[{"t": {"a": 1}}, "t"]),
        }
        for what, change in good.items():
            with self.subTest(what=what):
                self.assertTrue(self.validator.is_valid(changed(change)))

    def test_it_refuses_broken_configurations(self):
        """Shapes only: of the broken configurations of the lint tests those whose keys or values have no right shape."""
        for name in ("unknown_key", "unknown_section", "missing_key", "bad_duration", "kinds", "qos_two", "bad_durability"):
            with self.subTest(name=name), open(os.path.join(ROOT, "test/data/lint", name + ".yaml"), encoding="utf-8") as f:
                self.assertFalse(self.validator.is_valid(yaml.load(f, Texts)))


if __name__ == "__main__":
    unittest.main()
