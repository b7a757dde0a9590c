"""`sluice train`: models of the occupancy and RIoTBench tables and of complaints (real where the shared data is there, else our
own rows) reach what they should, the bytes follow from data and seed, and each model equals what Python's xgboost makes with the
same parameters, where that is installed. Rows also come from the journal of a service."""
import csv
import io
import json
import os
import random
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from processes import Folder, Process, binary, run  # noqa: E402
from scenario import CONFIGURATION, DRAINED, STORAGE, SystemTest  # noqa: E402

SHARED = os.environ.get("SLUICE_SHARED_DATA") or os.path.join(ROOT, "..", "shared", "data")
FEATURES = ["Temperature", "Humidity", "Light", "CO2", "HumidityRatio"]

COMPLAINTS = ["problema", "assunto", "area", "segmento_de_mercado", "como_comprou_contratou", "analise_sentimento", "resumo"]


def rooms(rows, seed, lamp=400.0):
    """Our own week of a room, as the real files are written: a row number that the header does not name."""
    rng = random.Random(seed)
    out = io.StringIO()
    out.write('"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"\n')
    for i in range(rows):
        busy = 8 <= i // 60 % 24 < 18 and rng.random() < 0.9
        light = max(0.0, rng.gauss(lamp, 60) if busy else rng.gauss(20, 30))
        values = [rng.gauss(22 if busy else 20.5, 0.7), rng.gauss(27, 3), light, rng.gauss(800 if busy else 480, 90), rng.gauss(0.004, 0.0005)]
        date = f"2015-02-{4 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00"
        out.write(f'"{i + 1}","{date}",{",".join(format(v, ".6g") for v in values)},{int(busy)}\n')
    return out.getvalue()


def complaints(rows, seed):
    """Our own complaints: the words of a group among words that all of them have."""
    rng = random.Random(seed)
    words = {"cobrança": ["cobrança", "tarifa", "fatura"], "entrega": ["entrega", "atraso", "pacote"], "dados": ["dados", "vazamento", "senha"]}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["grupo_problema", "problema", "assunto"])
    for _ in range(rows):
        group = rng.choice(list(words))
        table.writerow([group, f"a {rng.choice(words[group])} não foi\nresolvida, the {rng.choice(words[group])}", rng.choice(["banco", "loja"])])
    return out.getvalue()


class Train(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def write(self, name, text):
        with open(self.folder / name, "w", encoding="utf-8") as file:
            file.write(text)
        return self.folder / name

    def occupancy(self):
        """Paths of the training file and the two test files; True iff they are the real ones."""
        real = [os.path.join(SHARED, "occupancy", name) for name in ("datatraining.txt", "datatest.txt", "datatest2.txt")]
        if all(os.path.exists(path) for path in real):
            return real, True
        return [self.write("train.csv", rooms(4000, 1)), self.write("test1.csv", rooms(1500, 2)), self.write("test2.csv", rooms(3000, 3))], False

    def train(self, text, *names, code=0):
        config = self.write("models.yaml", text)
        done = run([binary(), "train", config, *names, "--quiet"], 300, cwd=str(self.folder / "."))
        self.assertEqual(code, done.returncode, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def entry(self, name, kind, files, label, features, more=""):
        return f"  {name}:\n    {kind}\n    data: {{ files: {json.dumps(files)} }}\n    label: {label}\n" \
               f"    features: {json.dumps(features)}\n{more}"

    def test_occupancy_reaches_its_figures_and_equals_pythons_xgboost(self):
        (training, *tests), real = self.occupancy()
        kinds = {"logistic": "logistic_regression: { l2: 0.01 }", "tree": "decision_tree: { depth: 4 }", "forest": "random_forest: { depth: 4 }",
                 "deep": "boosted_trees: { depth: 4, learning_rate: 0.1 }", "flat": "boosted_trees: { depth: 2, rounds: 50 }",
                 "stopped": "boosted_trees: { depth: 4, stop_after: 10 }"}
        dark = [f for f in FEATURES if f != "Light"]
        more = f"    test: {{ files: {json.dumps(tests)} }}\n"
        text = "models:\n" + "".join(self.entry(n, k, training, "Occupancy", FEATURES, more) for n, k in kinds.items())
        text += self.entry("dark", kinds["deep"], training, "Occupancy", dark, more)
        lines, _ = self.train(text)
        self.assertEqual([*kinds, "dark"], [line["model"] for line in lines])
        figures = {line["model"]: [round(line["metrics"][t]["accuracy"], 4) for t in tests] for line in lines}
        drift = {line["model"]: {f: round(v, 2) for f, v in line["drift"][tests[1]].items()} for line in lines}
        self.report(real=real, accuracy=figures, drift=drift["dark"])
        # What XGBoost and scikit-learn gave elsewhere; of the single tree scikit-learn's own with the same depth.
        least = {"logistic": (0.978, 0.992), "tree": (0.954, 0.942), "forest": (0.948, 0.966), "deep": (0.942, 0.953), "flat": (0.953, 0.970)}
        for name, wanted in least.items():
            for got, want in zip(figures[name], wanted):
                self.assertGreaterEqual(got, want if real else 0.9, name)
        if real:  # a model without the lamp fails in another week, and the drift says why
            self.assertLess(figures["dark"][1], 0.7)
            self.assertGreater(max(drift["dark"].values()), 1.0)
        self.compare_with_python(training, tests, lines)

    def made(self, line, name):
        return os.path.join(self.folder / line["bundle"], name)

    def compare_with_python(self, training, tests, lines):
        """Every probability of every row, from the parameters that the bundle says."""
        try:
            import numpy
            import xgboost
        except ImportError:
            self.report(python_xgboost="is not installed: models of it are compared in test/predict/predictor_test.cpp")
            return
        for line in lines:
            with self.subTest(line["model"]):
                with open(self.made(line, "bundle.json"), encoding="utf-8") as file:
                    bundle = json.load(file)
                names = [f["name"] for f in bundle["features"]]
                center, scale = (numpy.array([f[k] for f in bundle["features"]]) for k in ("center", "scale"))

                def matrix(path):
                    with open(path, encoding="utf-8") as file:
                        header, *rows = list(csv.reader(file))
                    at = [header.index(name) + 1 for name in names]
                    table = numpy.array([[float(row[i]) for i in at] for row in rows])
                    labels = [int(row[-1]) for row in rows]
                    return xgboost.DMatrix(((table - center) / scale).astype(numpy.float32), label=labels)

                parameters = dict(bundle["model"]["parameters"])
                rounds = parameters.pop("rounds")
                ours = xgboost.Booster(model_file=self.made(line, "model.json"))
                data = matrix(training)
                if line["model"] != "stopped":  # that one left the validation rows out
                    theirs = xgboost.train(parameters, data, rounds)
                    for path in [training, *tests]:
                        self.assertLessEqual(abs(theirs.predict(matrix(path)) - ours.predict(matrix(path))).max(), 1e-6)
                for path in tests:
                    judged = ((ours.predict(matrix(path)) > 0.5) == matrix(path).get_label()).mean()
                    self.assertAlmostEqual(line["metrics"][path]["accuracy"], judged, places=9)

    def arff(self, name, rows):
        """A table of RIoTBench as CSV, or our own rows."""
        path = os.path.join(SHARED, "riotbench", name)
        if not os.path.exists(path):
            return self.write(name + ".csv", rows), False
        with open(path, encoding="utf-8") as file:
            text = file.read()
        columns = re.findall(r"^@ATTRIBUTE\s+(\S+)", text, re.MULTILINE)
        data = text.split("@DATA", 1)[1].strip()
        return self.write(name + ".csv", ",".join(columns) + "\n" + data + "\n"), True

    def test_tables_of_riotbench(self):
        rng = random.Random(4)
        air = [(rng.uniform(0, 35), rng.uniform(20, 90), rng.uniform(0, 1500), rng.uniform(100, 3000)) for _ in range(400)]
        head = "Temp,Humid,Light,Dust,airquality"
        body = [(*row, 10 + row[3] / 100 + rng.gauss(0, 2)) for row in air]
        own = head + "\n" + "".join(",".join(f"{v:.2f}" for v in row) + "\n" for row in body)
        classes = head + ",result\n" + "".join(",".join(f"{v:.2f}" for v in row) + f",{'Bad' if row[4] > 25 else 'Good'}\n" for row in body)
        features = ["Temp", "Humid", "Light", "Dust"]
        regression, real = self.arff("linearregression.arff", own)
        decision, _ = self.arff("DecisionTreeClassify-SYS.arff", classes)
        text = "models:\n" + self.entry("air", "linear_regression: { rounds: 500, l2: 0 }", regression, "airquality", features,
                                        "    test: { share: 0 }\n    cross_validation: 10\n")
        text += self.entry("result", "decision_tree: { depth: 6 }", decision, "result", [*features, "airquality"],
                           "    test: { share: 0 }\n    cross_validation: 10\n")
        air, result = self.train(text)[0]
        self.assertEqual({"Bad", "Good"}, {c["name"] for c in result["metrics"]["train"]["classes"]})
        self.report(real=real, rows=[air["rows"]["train"], result["rows"]["train"]], air=air["metrics"]["train"],
                    air_folds=air["metrics"]["cross_validation"], result=result["metrics"]["train"]["accuracy"],
                    result_folds=result["metrics"]["cross_validation"])
        self.assertGreater(result["metrics"]["train"]["accuracy"], 0.6)

    def test_complaints_are_classified_by_their_words(self):
        path = os.path.join(SHARED, "complaints", "resultado_analise_amostra.csv")
        features, real = COMPLAINTS, os.path.exists(path)
        if not real:
            features, path = features[:2], self.write("own.csv", complaints(80, 6))
        text = "models:\n" + self.entry("complaints", "text: { stop_words: [portuguese, english], epochs: 500, word_runs: 1 }", path,
                                        "grupo_problema", features, "    test: { share: 0 }\n    cross_validation: 5\n")
        (line,), _ = self.train(text)
        folds, train = line["metrics"]["cross_validation"], line["metrics"]["train"]
        largest = max(c["rows"] for c in train["classes"]) / train["rows"]
        self.report(real=real, rows=train["rows"], seconds=line["seconds"], largest_class=largest, folds=folds, train=train["accuracy"])
        self.assertEqual(1, train["accuracy"])
        self.assertGreater(folds["accuracy"]["mean"], largest)  # better than always saying the most frequent one
        with open(self.made(line, "samples.jsonl"), encoding="utf-8") as file:
            for sample in map(json.loads, file):
                self.assertEqual(len(train["classes"]), len(sample["outputs"]))
                self.assertAlmostEqual(1, sum(sample["outputs"]), places=5)

    def test_equal_runs_give_equal_bytes_and_the_example_trains(self):
        (training, *tests), _ = self.occupancy()
        hashes = []
        for _ in range(2):
            done = run([binary(), "train", os.path.join(ROOT, "config", "models", "occupancy.yaml")], 300, env={
                "TRAINING": training, "TEST_1": tests[0], "TEST_2": tests[1], "MODELS": self.folder / "models"})
            self.assertEqual(0, done.returncode, done.stderr)
            hashes.append([json.loads(line)["hash"] for line in done.stdout.splitlines()])
            self.assertIn("logistic: fold 5 of 5\n", done.stderr)
        self.assertEqual(3, len(hashes[0]))
        self.assertEqual(hashes[0], hashes[1])
        self.assertEqual(["boosted", "forest", "logistic"], sorted(os.listdir(self.folder / "models")))

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
        cases = [
            ("models:\n  a:\n    logistic_regresion: {}\n", "models.yaml:3:5: error: unknown "),
            ("models:\n" + self.entry("a", "decision_tree: { depth: 99 }", path, "occupied", ["light"]), "models.yaml:3:29: error: decision_tree.depth is out of bounds"),
            ("models:\n" + self.entry("a", "decision_tree: {}", path, "light", ["light"]), "models.yaml:6:16: error: the label is a feature"),
            ("models:\n" + self.entry("a", "decision_tree: {}", path, "ocupied", ["light"]),
             'models.yaml:5:12: error: models.a.label: the data has no such column, did you mean "occupied"?'),
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
        done = run([binary(), "run", self.folder / "models.yaml"], 20, cwd=str(self.folder / "."))
        self.assertEqual(CONFIGURATION, done.returncode)
        self.assertIn("sluice train trains models", done.stderr)


if __name__ == "__main__":
    unittest.main()
