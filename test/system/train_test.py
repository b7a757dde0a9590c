"""`sluice train`: equal data and seed give equal bytes, the examples train, rows come from files or from the journal of a service, an
interrupt leaves nothing, a kill leaves the old bundle or the new one, and what is wrong is said with its place."""
import glob
import hashlib
import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from processes import Process, binary, run, wait_for  # noqa: E402
from scenario import CONFIGURATION, DRAINED, SOAK, STORAGE  # noqa: E402
from training import Training, air, complaints, rooms  # noqa: E402


class Train(Training):
    def test_the_examples_train_and_equal_runs_give_equal_bytes(self):
        env = {"TRAINING": self.write("training.csv", rooms(3000, 1)), "TEST_1": self.write("test1.csv", rooms(1500, 2)),
               "TEST_2": self.write("test2.csv", rooms(1500, 3)), "AIR": self.write("air.csv", air(300, 4, False)),
               "VERDICTS": self.write("verdicts.csv", air(300, 5, True)), "COMPLAINTS": self.write("complaints.csv", complaints(80, 6)),
               "MODELS": self.folder / "models"}
        files = [f for f in glob.glob(os.path.join(ROOT, "config", "models", "*.yaml")) if not f.endswith(".test.yaml")]
        self.assertGreaterEqual(len(files), 3)
        found = {}
        for _ in range(2):
            for file in files:
                done = run([binary(), "train", file], 300, env=env)
                self.assertEqual(0, done.returncode, done.stderr)
                for line in map(json.loads, done.stdout.splitlines()):
                    found.setdefault(line["model"], []).append(line)
        for name, (first, second) in found.items():
            with self.subTest(name):
                self.assertEqual(first["hash"], second["hash"])
                self.assertEqual(first["hash"], self.bundle_hash(first["bundle"]))
                metrics = dict(first["metrics"])
                del metrics["train"]  # what it was not trained on judges it: folds and test rows
                self.assertTrue(metrics)
                for part, figures in metrics.items():
                    figure = figures.get("accuracy", figures.get("r2"))
                    self.assertGreater(figure["mean"] if part == "cross_validation" else figure, 0.9, part)
        self.assertEqual(sorted(found), sorted(os.listdir(self.folder / "models")))  # and nothing beside them

    def test_a_bar_is_for_a_terminal_elsewhere_a_line_says_each_stage(self):
        path = self.write("rooms.csv", rooms(500, 1))
        config = self.write("models.yaml", "models:\n" + self.entry("a", "boosted_trees: {}", path, "Occupancy", ["Light"], "    cross_validation: 2\n"))
        command = [binary(), "train", config]
        self.assertEqual("a: reading\na: fold 1 of 2\na: fold 2 of 2\na: training\n", run(command, 60, cwd=str(self.folder)).stderr)
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=str(self.folder)) as process:
            os.close(theirs)
            shown = b""
            try:
                while part := os.read(ours, 65536):
                    shown += part
            except OSError:  # how a terminal says that nobody has it open any more
                pass
            self.assertEqual(0, process.wait(60))
        os.close(ours)
        self.assertIn(b"\r\x1b[K[###", shown)
        self.assertIn(b"] 50% a: training", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-80:])  # and is gone at the end

    def bundle_hash(self, path):
        """SHA-256 of the description of a whole bundle: its files are those it means."""
        def of(name):
            with open(os.path.join(path, name), "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
        with open(os.path.join(path, "bundle.json"), encoding="utf-8") as file:
            bundle = json.load(file)
        for part in ("model", "samples"):
            self.assertEqual(bundle[part]["sha256"], of(bundle[part]["file"]), part)
        return of("bundle.json")

    def test_an_interrupt_ends_a_training_at_once_and_leaves_the_old_bundle_alone(self):
        path = self.write("complaints.csv", complaints(3000, 7))
        quick = {"words": ("text: { dimensions: 4 }", ["problema"]), "trees": ("random_forest: { trees: 5, depth: 3 }", ["problema", "assunto"])}
        slow = {"words": ("text: { epochs: 100000 }", ["problema"]), "trees": ("random_forest: { trees: 10000, depth: 30 }", ["problema", "assunto"])}

        def text(kinds):
            return "models:\n" + "".join(self.entry(n, k, path, "grupo_problema", f) for n, (k, f) in kinds.items())
        old = {line["model"]: line for line in self.train(text(quick))[0]}
        for name, number in (("words", signal.SIGINT), ("trees", signal.SIGTERM)):
            with self.subTest(name):
                process = Process([binary(), "train", self.write("models.yaml", text(slow)), name], self.folder, name, cwd=str(self.folder))
                self.addCleanup(process.kill)
                process.start()
                wait_for(lambda p=process, n=name: f"{n}: training\n" in p.stderr(), 30, "the training")
                self.assertEqual(-number, process.stop(10, number), process.tail())
                self.assertEqual("", process.stdout())
        self.assertEqual(["trees", "words"], sorted(os.listdir(self.folder / "models")))
        for name, line in old.items():
            self.assertEqual(line["hash"], self.bundle_hash(self.folder / f"models/{name}"))

    def test_a_kill_leaves_the_old_bundle_or_the_new_one(self):
        path, rng = self.write("rooms.csv", rooms(500, 1)), random.Random(8)

        def text(seed):
            return "models:\n" + self.entry("a", "random_forest: { trees: 20 }", path, "Occupancy", ["Light", "CO2"], f"    seed: {seed}\n")
        begin = time.monotonic()
        hashes = [self.train(text(seed))[0][0]["hash"] for seed in (1, 2)]
        limit = (time.monotonic() - begin) / 2
        self.assertEqual(2, len(set(hashes)))
        seen, number = [hashes[1]], (200 if SOAK else 30)
        for _ in range(number):
            seed = 1 if seen[-1] == hashes[1] else 2  # whoever gets to the end changes the bundle
            process = Process([binary(), "train", self.write("models.yaml", text(seed)), "--quiet"], self.folder, "a", cwd=str(self.folder))
            process.start()
            try:
                process.popen.wait(limit * rng.uniform(0.8, 1.2))
                limit *= 0.9  # it ended: the next kill comes earlier, so that most come while the bundle is written
            except subprocess.TimeoutExpired:
                limit *= 1.1
            process.kill()
            seen.append(self.bundle_hash(self.folder / "models/a"))
        changes = sum(a != b for a, b in zip(seen, seen[1:]))
        self.report(kills=number, changes=changes)
        self.assertLessEqual(set(seen), set(hashes))
        self.assertGreater(changes, 0)  # kills on both sides of the exchange
        self.assertLess(changes, number)

    def test_rows_come_from_the_journal_of_a_service(self):
        rng = random.Random(5)
        lines = []
        for i in range(600):
            light = rng.uniform(0, 500)
            lines.append(json.dumps({"time": 1740816000000 + i * 1000, "light": light, "room": "a", "occupied": light > 250}))
        self.write("room-1.jsonl", "\n".join(lines) + "\n")
        text = f"""service: {{ name: rooms, data_dir: {self.folder / "data"}, durability: process, journal: {{ retain: 1h }} }}
sources:
  rooms:
    file: {{ path: "{self.folder / "room-{device}.jsonl"}" }}
    decode: {{ json: {{ time: $.time }}, future: off }}
pipelines:
  rooms:
    from: rooms
    steps: [derive: {{ half: light / 2 }}]
    to: out
sinks:
  out: {{ file: {{ path: "{self.folder / "out.jsonl"}" }} }}
models:
  journal:
    decision_tree: {{ depth: 2 }}
    data: {{ pipeline: rooms }}
    label: occupied
    features: [half]
    test: {{ by: time }}
  lines:
    decision_tree: {{ depth: 2 }}
    data: {{ files: "{self.folder / "out.jsonl"}", time: time }}
    label: occupied
    features: [half]
    test: {{ by: time }}
"""
        service = Process([binary(), "run", self.write("models.yaml", text)], self.folder, "sluice")
        self.addCleanup(service.kill)
        service.start()
        self.assertEqual(DRAINED, service.wait(60), service.tail())
        trained, _ = self.train(text)
        self.assertEqual({"train": 480, "test": 120}, trained[0]["rows"])
        self.assertGreater(trained[0]["metrics"]["test"]["accuracy"], 0.98)
        self.assertEqual(trained[0]["metrics"], trained[1]["metrics"])  # the file sink wrote what the journal gives

    def test_what_is_wrong_is_said_with_its_place(self):
        path = self.write("rooms.csv", "light,occupied\n1,0\n2,1\n")
        _, errors = self.train("models:\n  a:\n    logistic_regresion: {}\n", code=CONFIGURATION)
        self.assertIn('models.yaml:3:5: error: unknown key in models.a, did you mean "logistic_regression"?', errors)
        self.assertEqual(1, errors.count("unknown key"), errors)
        self.assertNotIn("has no kind", errors)
        cases = [
            ("models:\n" + self.entry("a", "decision_tree: { depth: 99 }", path, "occupied", ["light"]), "models.yaml:3:29: error: decision_tree.depth is out of bounds"),
            ("models:\n" + self.entry("a", "decision_tree: {}", path, "light", ["light"]), "models.yaml:6:16: error: the label is a feature"),
            ("models:\n" + self.entry("a", "decision_tree: {}", path, "ocupied", ["light"]),
             'models.yaml:5:12: error: models.a.label: the data has no values of such a column, did you mean "occupied"?'),
            ("models:\n  a:\n    decision_tree: {}\n    data: { pipeline: rooms }\n    label: a\n    features: b\n", "models.yaml:4:23: error: unknown pipeline"),
            ("service: {}\n", "error: there are no "),
        ]
        for text, wanted in cases:
            with self.subTest(wanted):
                _, errors = self.train(text, code=CONFIGURATION)
                self.assertIn(wanted, errors)
        _, errors = self.train("models:\n" + self.entry("a", "decision_tree: {}", path + "x", "occupied", ["light"]), code=STORAGE)
        self.assertIn("models.yaml:2:3: error: model a is not trained: " + path + "x cannot be read", errors)
        _, errors = self.train("models:\n" + self.entry("a", "decision_tree: {}", path, "occupied", ["light"]), "b", code=CONFIGURATION)
        self.assertIn('there is no such model (got "b", want one of a)', errors)
        unset = "models:\n" + "".join(self.entry(n, "decision_tree: {}", f, "occupied", ["light"]) for n, f in (("a", path), ("b", "${NOWHERE}")))
        self.assertEqual(["a"], [line["model"] for line in self.train(unset, "a")[0]])  # nobody asked for the other one
        for names in (["b"], []):
            _, errors = self.train(unset, *names, code=CONFIGURATION)
            self.assertIn("models.yaml:9:20: error: a variable without value decides what is computed", errors)
        self.write("models.yaml", "models:\n" + self.entry("a", "decision_tree: {}", path, "occupied", ["light"]))
        done = run([binary(), "run", self.folder / "models.yaml"], 20, cwd=str(self.folder / "."))
        self.assertEqual(CONFIGURATION, done.returncode)
        self.assertIn("sluice train trains models", done.stderr)


if __name__ == "__main__":
    unittest.main()
