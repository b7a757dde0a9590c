"""Pipelines that read pipelines, under SIGKILLs: three levels, each exact against a computation of its own from the
acknowledgement log, nothing left in the loops after a drain, and `journal replay` gives the same bytes. 5 kills, with
SLUICE_SOAK=1 30. SLUICE_SEED=N repeats a run's choices."""
import collections
import json
import os
import random
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest, by_device, settled  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))

CONFIG = """service:
  name: chains
  data_dir: @DATA_DIR@
  durability: process
  journal: {{ retain: 1h }}
  shards: 2
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  seconds:
    from: field
    steps:
      - window:
          tumbling: 1s
          watermark_delay: 2s
          allowed_lateness: 0s
          idle: never
          aggregate: {{ temperature: [mean, max], "*": [count] }}
  tens:
    from: seconds
    steps:
      - derive: {{ total: temperature_mean * count }}
      - window:
          tumbling: 10s
          watermark_delay: 0s
          allowed_lateness: 0s
          idle: never
          aggregate: {{ total: [sum], count: {{ sum: readings }}, temperature_max: {{ max: hottest }}, "*": [count] }}
    to: tens
  warm:
    from: tens
    steps:
      - filter: readings > 0
    to: warm
sinks:
  tens: {{ file: {{ path: "{tens}" }} }}
  warm: {{ file: {{ path: "{warm}" }} }}
"""


def windows_of(events, size, delay):
    """(device, start) -> values of the windows that the device's last event has closed."""
    found, highest = collections.defaultdict(list), collections.defaultdict(int)
    for device, at, value in events:
        found[device, at // size * size].append(value)
        highest[device] = max(highest[device], at)
    return {key: values for key, values in found.items() if key[1] + size <= highest[key[0]] - delay}


def expected(acks):
    """What the pipeline `tens` delivers: (device, start) -> (readings, total, hottest, seconds)."""
    readings = {}
    with open(acks, encoding="utf-8") as file:
        for line in file:
            message = json.loads(line)
            payload = json.loads(message["payload"])
            readings[message["topic"].split("/")[1], payload["seq"]] = payload["time"], payload["temperature"]
    events = [(device, at, value) for (device, _), (at, value) in readings.items()]
    seconds = [(device, start + 999, (len(values), sum(values), max(values)))
               for (device, start), values in windows_of(events, 1000, 2000).items()]
    return {key: (sum(n for n, _, _ in values), sum(total for _, total, _ in values), max(top for _, _, top in values),
                  len(values))
            for key, values in windows_of(seconds, 10_000, 0).items()}


class Chains(SystemTest):
    def test_three_levels_are_exact_under_kills(self):
        choose = random.Random(SEED)
        rig = Rig(self)
        tens, warm = rig.folder / "tens.jsonl", rig.folder / "warm.jsonl"
        rig.service.configure(CONFIG.format(url=rig.broker.url, tens=tens, warm=warm))
        rig.first_start()
        kills, per_run = 30 if SOAK else 5, 4000
        watch = JournalWatch(rig.data_dir)
        load = rig.load(devices=100, count=kills * per_run, rate=2500, step_ms=500, disorder=0.05, duplicates=0.01,
                        seed=SEED & 0xffff)
        for _ in range(kills):
            rig.start()
            watch.wait_more(watch.update() + choose.randrange(1500), alive=load.is_alive)
            rig.service.kill()
        rig.start(ready=True)
        readings = rig.readings()

        def through(status):
            ledger = status["ledger"]
            return (settled(status) and all(loop["pending"] == 0 for loop in ledger["loops"].values())
                    and ledger["pipelines"]["seconds"]["applied"] >= readings)

        rig.service.wait_status(through, 120, "everything through the chain")
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        ledger = rig.service.status()["ledger"]
        self.assert_settled({"ledger": ledger})
        self.assertEqual({"seconds", "tens"}, set(ledger["loops"]))
        for name, loop in ledger["loops"].items():
            self.assertEqual(0, loop["pending"], name)
            source, reader = ledger["sources"][name], ledger["pipelines"]["tens" if name == "seconds" else "warm"]
            self.assertEqual(loop["results"], source["decoded"], name)
            self.assertEqual(loop["results"], reader["in"], name)
        self.assertEqual(readings, ledger["pipelines"]["seconds"]["applied"])
        self.assertEqual(0, ledger["pipelines"]["seconds"]["late"])
        self.assertEqual(0, ledger["pipelines"]["tens"]["late"])

        want, got = expected(rig.acks), {}
        with open(tens, encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                key = record["device"], record["start"]
                self.assertNotIn(key, got, "a window came twice")
                self.assertEqual(0, record["revision"])
                got[key] = record["values"]
        self.assertEqual(set(want), set(got))
        for key, (count, total, hottest, seconds) in want.items():
            self.assertEqual((count, hottest, seconds),
                             (got[key]["readings"], got[key]["hottest"], got[key]["count"]), key)
            self.assertAlmostEqual(total, got[key]["total_sum"], delta=1e-9 * abs(total))
        self.assertEqual(len(got), sum(len(lines) for lines in by_device(warm).values()))

        replayed = rig.folder / "replayed.jsonl"
        done = rig.sluice("journal", "replay", "--data-dir", rig.data_dir, "--config", rig.service.config_path,
                          "--out", replayed)
        self.assertEqual(0, done.returncode, done.stderr)
        again = {name: collections.defaultdict(list) for name in ("seconds", "tens", "warm")}
        with open(replayed, "rb") as file:
            for line in file:
                record = json.loads(line)
                again[record["pipeline"]][record["device"]].append(line)
        self.assertEqual(by_device(tens), again["tens"])
        self.assertEqual(by_device(warm), again["warm"])
        self.report(test="chains", seed=SEED, kills=kills, readings=readings, windows=len(got),
                    second_appends=sum(ledger["sources"][name]["duplicate"] for name in ledger["loops"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
