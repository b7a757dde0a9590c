"""Texts in the stream: a model of complaints, trained by the command, says of each event to which group it belongs, with the
probability of each group, as the bundle's own samples have it."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from processes import binary, run  # noqa: E402
from training import SHARED, Training, complaints  # noqa: E402

CONFIG = """service: {{ name: desk, data_dir: {data}, durability: process, journal: {{ retain: 1h }} }}
sources:
  desk:
    file: {{ path: "{rows}" }}
    decode: {{ json: {{ time: $.time, device: $.id }} }}
pipelines:
  groups:
    from: desk
    steps:
      - predict: {{ model: {model}, into: group, probabilities: true }}
    to: lines
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""
FEATURES = ["problema", "assunto", "area"]


class PredictText(Training):
    def test_complaints_are_put_into_groups_as_they_come(self):
        path = os.path.join(SHARED, "complaints", "resultado_analise_amostra.csv")
        features, kind = FEATURES, "text: { stop_words: [portuguese, english], epochs: 200, word_runs: 1 }"
        if not os.path.exists(path):
            path = self.write("own.csv", complaints(200, 9))
        trained, _ = self.train("models:\n" + self.entry("groups", kind, [str(path)], "grupo_problema", features, "    into: groups\n"))
        bundle = self.folder / trained[0]["bundle"]
        with open(os.path.join(bundle, "bundle.json"), encoding="utf-8") as file:
            classes = json.load(file)["label"]["classes"]
        with open(os.path.join(bundle, "samples.jsonl"), encoding="utf-8") as file:
            samples = [json.loads(line) for line in file]
        self.assertGreater(len(samples), 5)
        self.assertGreater(len(classes), 1)
        rows = self.write("rows.jsonl", "".join(json.dumps({"time": 1_700_000_000_000 + i, "id": f"c-{i}", **dict(zip(features, s["row"]))})
                                                + "\n" for i, s in enumerate(samples)))
        lines, replayed = self.folder / "lines.jsonl", self.folder / "replayed.jsonl"
        config = self.write("desk.yaml", CONFIG.format(data=self.folder / "data", rows=rows, model=bundle, lines=lines))
        done = run([binary(), "run", config], 60)
        self.assertEqual(0, done.returncode, done.stderr)
        with open(lines, encoding="utf-8") as file:
            results = {line["device"]: line["values"] for line in map(json.loads, file)}
        self.assertEqual(len(samples), len(results))
        for i, sample in enumerate(samples):
            values = results[f"c-{i}"]
            for name, wanted in zip(classes, sample["outputs"]):
                self.assertAlmostEqual(wanted, values[f"group_p_{name}"], delta=1e-6)
            best = max(range(len(classes)), key=lambda c, s=sample: s["outputs"][c])
            self.assertEqual(classes[best], values["group"])
            self.assertAlmostEqual(sample["outputs"][best], values["group_probability"], delta=1e-6)
        done = run([binary(), "journal", "replay", "--data-dir", self.folder / "data", "--config", config, "--out", replayed])
        self.assertEqual(0, done.returncode, done.stderr)
        with open(lines, "rb") as one, open(replayed, "rb") as other:
            self.assertEqual(sorted(one), sorted(other))


if __name__ == "__main__":
    unittest.main(verbosity=2)
