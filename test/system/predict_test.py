"""The step predict on a real broker: models are exchanged under load and SIGKILLs, and models misbehave. Every prediction
equals what XGBoost's own library says with the model whose MODEL record precedes the event, and `journal replay` gives
the same. SLUICE_SOAK=1: 20 kills."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from models import Xgboost, float32, write_bundle  # noqa: E402
from processes import Folder  # noqa: E402
from scenario import CONFIGURATION, DRAINED, SOAK, Rig, SystemTest, by_device, received, settled  # noqa: E402

CONFIG = """service: {{ name: rooms, data_dir: @DATA_DIR@, durability: process, shards: {shards} }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
{pipelines}
sinks:
{sinks}
"""
PIPELINE = """  {name}:
    from: field
    steps:
      - select: [temperature, humidity]
      - predict: {{ model: {model}, into: warm, timeout: {timeout} }}
    to: {name}
"""
FEATURES, CLASSES = ["temperature", "humidity"], ["no", "yes"]


def model_for(threshold):
    """A classifier that says "yes" above a temperature, and the rows it learned from."""
    rows = [[threshold - 10 + i % 41 / 2, 40 + i % 13] for i in range(500)]
    labels = [1 if row[0] > threshold else 0 for row in rows]
    parameters = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.4, "verbosity": 0}
    return Xgboost(parameters).train(rows, labels, 10), rows


class Swapped:
    """A bundle that is exchanged: every version's model by the number that stands for it in the journal."""

    def __init__(self, path):
        self.path, self.models, self.version = path, {}, 0

    def exchange(self):
        self.version += 1
        model, rows = model_for(18 + self.version % 7)
        name = write_bundle(self.path, model, FEATURES, rows, CLASSES, version=str(self.version))
        self.models[int(name[:16], 16)] = model
        return name


class Predict(SystemTest):
    def folder(self):
        made = Folder()
        self.addCleanup(made.remove)
        return made

    def rig(self, pipelines, shards=0, **options):
        """A rig with a pipeline, and a file, for each (name, bundle, timeout); shards=0: one per core."""
        rig = Rig(self, **options)
        rig.outputs = {name: rig.folder / f"{name}.jsonl" for name, _, _ in pipelines}
        rig.service.configure(CONFIG.format(
            url=rig.broker.url, shards=shards,
            pipelines="".join(PIPELINE.format(name=name, model=bundle.path, timeout=timeout)
                              for name, bundle, timeout in pipelines),
            sinks="".join(f'  {name}: {{ file: {{ path: "{path}" }} }}\n' for name, path in rig.outputs.items())))
        return rig

    def records(self, rig):
        done = rig.sluice("journal", "dump", "--controls", "--data-dir", rig.data_dir)
        self.assertEqual(0, done.returncode, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def expected(self, records, name, bundle):
        """(device, time) -> class and probability, by the models as the journal has them."""
        in_force, waiting, seen, found = None, {}, set(), {}
        for record in records:
            if record.get("control") == "model" and record["name"] == name:
                in_force = record["value"]
            elif "payload" in record:
                payload, device = json.loads(record["payload"]), record["topic"].split("/")[1]
                if (device, payload["seq"]) not in seen:  # a duplicate is none
                    seen.add((device, payload["seq"]))
                    waiting.setdefault(in_force, []).append((device, payload))
        for number, events in waiting.items():
            rows = [[payload["temperature"], payload["humidity"]] for _, payload in events]
            for (device, payload), yes in zip(events, bundle.models[number].predict(rows)):
                no = float32(1 - yes)
                found[device, payload["time"]] = ("yes", yes) if yes > no else ("no", no)
        return found

    def marks(self, records, name):
        """The journal sequences, first to last, that the marks of a pipeline of one shard speak of; the last one last."""
        found = []
        for record in records:
            if record.get("control") == "unavailable":
                pipeline, shard, last = record["name"].split()[:3]
                self.assertEqual((name, "0/1"), (pipeline, shard))
                found.append(range(record["value"], int(last) + 1))
        return found

    def marked(self, records, marks):
        """The (device, time) of events that the marks speak of."""
        found, seen = set(), set()
        for record in records:
            if "payload" in record:
                payload, device = json.loads(record["payload"]), record["topic"].split("/")[1]
                if (device, payload["seq"]) not in seen and any(record["sequence"] in mark for mark in marks):
                    found.add((device, payload["time"]))
                seen.add((device, payload["seq"]))
        return found

    def results(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]  # a kill may have cut the last one
        found = {(line["device"], line["time"]): line["values"] for line in lines}
        self.assertEqual(len(lines), len(found), "each event once")
        return found

    def compare(self, rig, name, bundle, may_flag=False):
        """Every event is there once, with the prediction of the model in force or, if they may, flagged. Returns the
        (device, time) of those that are flagged."""
        expected, got = self.expected(self.records(rig), name, bundle), self.results(rig.outputs[name])
        self.assertEqual(set(expected), set(got))
        flagged = {key for key, values in got.items() if "prediction" in values}
        for key in flagged:
            self.assertEqual({"temperature", "humidity", "prediction"}, set(got[key]))
            self.assertEqual("unavailable", got[key]["prediction"])
        scored = {key: (values["warm"], float32(values["warm_probability"]))
                  for key, values in got.items() if "prediction" not in values}
        self.assertEqual({key: expected[key] for key in scored}, scored)
        if not may_flag:
            self.assertEqual(set(), flagged)
        return flagged

    def replay(self, rig):
        """`journal replay` gives what the runs delivered, per pipeline and device."""
        out = rig.folder / "replayed.jsonl"
        done = rig.sluice("journal", "replay", "--data-dir", rig.data_dir, "--config", rig.service.config_path, "--out", out)
        self.assertEqual(0, done.returncode, done.stderr)
        replayed = {}
        with open(out, "rb") as file:
            for line in file:
                row = json.loads(line)
                replayed.setdefault((row["pipeline"], row["device"]), []).append(line)
        served = {(name, device): lines for name, path in rig.outputs.items() for device, lines in by_device(path).items()}
        self.assertEqual(set(served), set(replayed))
        for key, lines in served.items():
            self.assertEqual(lines, replayed[key], key)

    def test_models_are_exchanged_under_load_and_kills_and_every_event_has_the_one_in_force(self):
        bundle = Swapped(f"{self.folder()}/warm")
        bundle.exchange()
        rig = self.rig([("climate", bundle, "5s")], persistence=True)
        rig.first_start()
        rig.start(ready=True)
        kills = 20 if SOAK else 3
        load = rig.load(step_ms=500, disorder=0.02, duplicates=0.01, seed=5, rate=2500)
        swaps = 0
        for number in range(1, kills + 1):
            load.wait_published(number * 4000 - 2000)
            hash_ = bundle.exchange()
            if number % 3 != 2:  # taken while it runs; else the kill comes first, and the start takes it
                rig.service.wait_status(lambda s, h=hash_: s["components"]["models"]["climate.hash"] == h, 60, "the swap")
                swaps += 1
            load.wait_published(number * 4000)
            rig.service.kill()
            rig.start(ready=True)
        hash_ = bundle.exchange()
        rig.service.wait_status(lambda s: s["components"]["models"]["climate.hash"] == hash_, 60, "the last swap")
        load.stop()
        status = rig.drain()
        self.assert_settled(status)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        self.compare(rig, "climate", bundle)
        self.assertEqual(rig.readings(), status["ledger"]["pipelines"]["climate"]["predicted"])
        self.replay(rig)
        self.report(case="swaps", kills=kills, swaps=swaps + 1, received=received(status),
                    models=len(bundle.models))

    def test_a_model_that_throws_hangs_says_nan_or_finds_no_memory_harms_nobody_else(self):
        for how, batches in (("throws", 3), ("hangs", 2), ("nan", 3), ("memory", 3)):
            with self.subTest(how):
                folder = self.folder()
                bad, good = Swapped(f"{folder}/bad"), Swapped(f"{folder}/good")
                bad.exchange(), good.exchange()
                rig = self.rig([("bad", bad, "200ms"), ("good", good, "5s")], persistence=True)
                rig.first_start()
                rig.start(f"score=bad:{how}:4:{batches}", ready=True)
                load = rig.load(step_ms=500, seed=6, rate=1500)
                flagged = rig.service.wait_status(
                    lambda s: s["ledger"]["pipelines"]["bad"]["unavailable"] > 0, 60, "flagged events")
                if how != "nan":
                    rig.service.wait_status(lambda s: any(s["components"][name]["restarts"] for name in s["components"]
                                                          if name.startswith("predictor.bad.")), 60, "a restart")
                before = flagged["ledger"]["pipelines"]["bad"]["predicted"]
                rig.service.wait_status(lambda s, n=before: s["ledger"]["pipelines"]["bad"]["predicted"] > n + 500, 90,
                                        "predictions again")
                rig.service.kill()  # and a start without the fault goes on
                rig.start(ready=True)
                load.stop()
                status = rig.drain()
                self.assert_settled(status)
                self.assertEqual("ok", status["health"]["level"], status["health"])
                self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
                flagged = len(self.compare(rig, "bad", bad, may_flag=True))
                self.assertEqual(flagged, status["ledger"]["pipelines"]["bad"]["unavailable"])
                self.compare(rig, "good", good)
                self.replay(rig)
                self.report(case=how, flagged=flagged, events=rig.readings())

    def test_a_model_that_never_answers_degrades_health_and_holds_up_no_drain(self):
        folder = self.folder()
        bad, good = Swapped(f"{folder}/bad"), Swapped(f"{folder}/good")
        bad.exchange(), good.exchange()
        rig = self.rig([("bad", bad, "100ms"), ("good", good, "5s")])
        rig.first_start()
        rig.start("score=bad:hangs:1:1000000", ready=True)
        load = rig.load(count=9000, step_ms=500, seed=8, rate=1000)
        status = rig.service.wait_status(
            lambda s: "predictions of bad are unavailable" in s["components"]["models"].get("reason", ""), 60, "degraded health")
        self.assertEqual("degraded", status["health"]["level"], status["health"])
        # Hanging calls are not asked for again and again.
        rig.service.wait_status(lambda s: any("calls of the model hang" in part.get("reason", "") for name, part in
                                              s["components"].items() if name.startswith("predictor.bad.")), 90, "enough threads")
        load.join()
        readings = rig.readings()
        rig.service.wait_status(lambda s: settled(s) and all(p["applied"] >= readings for p in s["ledger"]["pipelines"].values()),
                                60, "everything applied and delivered")
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        self.assertEqual(readings, len(self.compare(rig, "bad", bad, may_flag=True)))
        self.compare(rig, "good", good)
        self.replay(rig)

    def test_a_kill_between_a_mark_and_its_checkpoint_leaves_what_the_mark_says(self):
        bundle = Swapped(f"{self.folder()}/bad")
        bundle.exchange()
        rig = self.rig([("bad", bundle, "5s")], shards=1, persistence=True)
        rig.first_start()
        rig.start("score=bad:throws:1:1000000,crash=before_commit:8")
        load = rig.load(count=8000, step_ms=500, seed=7, rate=1500)
        self.assertEqual(-9, rig.service.wait(60), rig.service.tail())
        marks = self.marks(self.records(rig), "bad")
        # The sink may not have got to it, and then there is no file.
        delivered = set(self.results(rig.outputs["bad"])) if os.path.exists(rig.outputs["bad"]) else set()
        rig.start(ready=True)
        load.join()
        status = rig.drain()
        self.assert_settled(status)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        flagged, records = self.compare(rig, "bad", bundle, may_flag=True), self.records(rig)
        self.assertEqual(marks, self.marks(records, "bad"))  # the second run has a model, and makes none
        self.assertEqual(self.marked(records, marks), flagged)
        waiting = self.marked(records, marks[-1:])
        self.assertTrue(waiting)
        self.assertFalse(waiting & delivered, "its checkpoint was not written")
        self.assertLess(len(flagged), rig.readings())
        self.replay(rig)
        self.report(case="mark and kill", marks=len(marks), flagged=len(flagged), waiting=len(waiting), events=rig.readings())

    def test_a_bad_bundle_is_refused_at_the_start_and_keeps_the_model_while_it_runs(self):
        bundle = Swapped(f"{self.folder()}/warm")
        hash_ = bundle.exchange()
        rig = self.rig([("climate", bundle, "5s")])
        os.rename(f"{bundle.path}/samples.jsonl", f"{bundle.path}/hidden")
        rig.service.start()
        self.assertEqual(CONFIGURATION, rig.service.wait(30))
        self.assertIn(f"pipeline climate: the model cannot be used: cannot read {bundle.path}/samples.jsonl", rig.service.stderr())
        os.rename(f"{bundle.path}/hidden", f"{bundle.path}/samples.jsonl")
        rig.start(ready=True)
        with open(f"{bundle.path}/bundle.json", "a", encoding="utf-8") as file:
            file.write("{")
        status = rig.service.wait_status(lambda s: s["components"]["models"].get("reason"), 30, "a reason")
        self.assertIn(f"{bundle.path}/bundle.json: ", status["components"]["models"]["reason"])
        self.assertEqual("degraded", status["components"]["models"]["health"])
        self.assertEqual(0, status["components"]["models"]["climate.swaps"])
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        rig.start(ready=True)  # the model that was in force is kept
        models = rig.service.wait_status(lambda s: s["components"]["models"].get("reason"), 30, "a reason")["components"]["models"]
        self.assertEqual("degraded", models["health"])
        self.assertIn(f"{bundle.path}/bundle.json: ", models["reason"])
        self.assertEqual(hash_, models["climate.hash"])
        rig.load(count=500, devices=5).join()
        status = rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        self.compare(rig, "climate", bundle)


if __name__ == "__main__":
    unittest.main()
