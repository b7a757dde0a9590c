"""Windows by other keys than the device, under SIGKILLs: 10 000 devices at 50 sites, disorder and duplicates; sums, means
and counts per site, and the distinct devices per site as a count over a pipeline of its own, exact against a computation
from the acknowledgement log. 5 kills, with SLUICE_SOAK=1 30. SLUICE_SEED=N repeats a run's choices."""
import collections
import json
import os
import random
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest, settled  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))
DEVICES, SITES, SIZE, DELAY = 10_000, 50, 10_000, 2000

CONFIG = """service:
  name: keyed
  data_dir: @DATA_DIR@
  durability: process
  journal: {{ retain: 1h }}
  shards: 2
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["plant/{{site}}/{{device}}"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  sites:
    from: field
    key: site
    steps:
      - window:
          tumbling: 10s
          watermark_delay: 2s
          idle: never
          aggregate: {{ temperature: [sum, mean, min, max], "*": [count] }}
    to: sites
  members:
    from: field
    key: [site, device]
    steps:
      - window:
          tumbling: 10s
          watermark_delay: 2s
          allowed_lateness: 0s
          idle: never
          aggregate: {{ "*": [count] }}
  crowd:
    from: members
    key: site
    steps:
      - window:
          tumbling: 10s
          watermark_delay: 0s
          idle: never
          aggregate: {{ "*": {{ count: devices }}, count: {{ sum: readings }} }}
    to: crowd
sinks:
  sites: {{ file: {{ path: "{sites}" }} }}
  crowd: {{ file: {{ path: "{crowd}" }} }}
"""


def readings_of(acks):
    """(site, device, time, temperature) of every distinct reading."""
    found = {}
    with open(acks, encoding="utf-8") as file:
        for line in file:
            message = json.loads(line)
            payload = json.loads(message["payload"])
            _, site, device = message["topic"].split("/")
            found[site, device, payload["seq"]] = payload["time"], payload["temperature"]
    return [(site, device, at, value) for (site, device, _), (at, value) in found.items()]


def results_of(path):
    """(site, start) -> values of the last revision."""
    found, revisions = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            assert list(record["key"]) == ["site"] and "device" not in record, record
            key = record["key"]["site"], record["start"]
            assert record["revision"] == revisions.get(key, -1) + 1, record
            found[key], revisions[key] = record["values"], record["revision"]
    return found


class Keyed(SystemTest):
    def test_sums_means_and_distinct_devices_per_site_are_exact_under_kills(self):
        choose = random.Random(SEED)
        rig = Rig(self)
        sites, crowd = rig.folder / "sites.jsonl", rig.folder / "crowd.jsonl"
        rig.service.configure(CONFIG.format(url=rig.broker.url, sites=sites, crowd=crowd))
        rig.first_start()
        kills = 30 if SOAK else 5
        watch = JournalWatch(rig.data_dir)
        load = rig.load(devices=DEVICES, count=DEVICES * (30 if SOAK else 5), step_ms=2500, disorder=0.05,
                        duplicates=0.01, seed=SEED & 0xffff, rate=10_000,
                        topic=[f"plant/site-{number % SITES}/room-{number}" for number in range(DEVICES)])
        for _ in range(kills):
            rig.start()
            watch.wait_more(watch.update() + choose.randrange(8000), alive=load.is_alive)
            rig.service.kill()
        rig.start(ready=True)
        load.join()
        readings = readings_of(rig.acks)

        def through(status):
            ledger = status["ledger"]
            return (settled(status) and ledger["loops"]["members"]["pending"] == 0
                    and ledger["pipelines"]["sites"]["applied"] >= len(readings))

        rig.service.wait_status(through, 120, "everything through")
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        ledger = rig.service.status()["ledger"]
        self.assert_settled({"ledger": ledger})
        for name in ("sites", "members"):
            self.assertEqual(len(readings), ledger["pipelines"][name]["applied"], name)
        for name in ("sites", "members", "crowd"):
            self.assertEqual(0, ledger["pipelines"][name]["late"], name)

        last = max(at for _, _, at, _ in readings)  # of every device: the sentinels
        by_site, devices = collections.defaultdict(list), collections.defaultdict(set)
        for site, device, at, value in readings:
            by_site[site, at // SIZE * SIZE].append(value)
            devices[site, at // SIZE * SIZE].add(device)
        got = results_of(sites)
        self.assertEqual({key for key in by_site if key[1] + SIZE <= last - DELAY}, set(got))
        for key, values in got.items():
            want = by_site[key]
            self.assertEqual((len(want), min(want), max(want)),
                             (values["count"], values["temperature_min"], values["temperature_max"]), key)
            self.assertAlmostEqual(sum(want), values["temperature_sum"], delta=1e-9 * abs(sum(want)))
            self.assertAlmostEqual(sum(want) / len(want), values["temperature_mean"], delta=1e-9 * abs(sum(want)))
        crowds = results_of(crowd)
        self.assertEqual({key for key in by_site if key[1] < (last - 60_000) // SIZE * SIZE}, set(crowds))
        for key, values in crowds.items():
            self.assertEqual((len(devices[key]), len(by_site[key])), (values["devices"], values["readings"]), key)
        self.report(test="keyed", seed=SEED, kills=kills, readings=len(readings), windows=len(got), crowds=len(crowds),
                    duplicates={name: line["duplicate"] for name, line in ledger["pipelines"].items()})


if __name__ == "__main__":
    unittest.main(verbosity=2)
