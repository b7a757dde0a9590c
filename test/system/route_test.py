"""`to:` with `when:`: every result reaches exactly the sinks whose condition is true, also when the service is killed."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from scenario import DRAINED, SOAK, Rig, SystemTest, received  # noqa: E402

CONFIG = """service: {{ name: routes, data_dir: @DATA_DIR@, durability: process, journal: {{ segment: 1MiB }} }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  levels:
    from: field
    steps:
      - derive:
          level: case when temperature >= {high} then 'high' when temperature < {low} then 'low' else 'fine' end
          name: upper(left(device(), 1)) || '/' || to_text(round(temperature, 1))
      - select: [temperature, level, name]
      - rename: {{ t: temperature }}
    to:
      - {{ sink: hot, when: level = 'high' }}
      - {{ sink: odd, when: "level in ('high', 'low') and t is not null" }}
sinks:
  hot: {{ file: {{ path: "{hot}" }} }}
  odd: {{ file: {{ path: "{odd}" }} }}
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Routes(SystemTest):
    def test_each_result_reaches_the_sinks_whose_condition_is_true_once_through_kills(self):
        rig = Rig(self)
        hot, odd = rig.folder / "hot.jsonl", rig.folder / "odd.jsonl"
        high, low = 22.0, 19.0
        rig.service.configure(CONFIG.format(url=rig.broker.url, hot=hot, odd=odd, high=high, low=low))
        rig.first_start()
        rig.start(ready=True)
        kills = 20 if SOAK else 4
        load = rig.load(count=kills * 5000, step_ms=500, disorder=0.02, duplicates=0.01, seed=11, rate=4000)
        for number in range(1, kills + 1):
            load.wait_published(number * 4000)
            rig.service.kill()
            rig.start(ready=True)
        load.join()
        status = rig.drain()
        self.assert_settled(status)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())

        readings = {}
        for row in read(rig.acks):
            payload = json.loads(row["payload"])
            readings[row["topic"].split("/")[1], payload["seq"]] = payload
        expected = {"hot": [], "odd": []}
        nowhere = 0
        for (device, _), payload in readings.items():
            t = payload["temperature"]
            level = "high" if t >= high else "low" if t < low else "fine"
            key = device, payload["time"], t, level
            nowhere += level == "fine"
            if level == "high":
                expected["hot"].append(key)
            if level != "fine":
                expected["odd"].append(key)
        for name, path in (("hot", hot), ("odd", odd)):
            got = [(r["device"], r["time"], r["values"]["t"], r["values"]["level"]) for r in read(path)]
            self.assertEqual(sorted(expected[name]), sorted(got), name)
            self.assertEqual(len(got), status["ledger"]["sinks"][name]["delivered"])
            for r in read(path)[:100]:
                self.assertEqual({"t", "level", "name"}, set(r["values"]))
                self.assertEqual(r["device"][0].upper(), r["values"]["name"].split("/")[0])
        self.assertGreater(min(len(expected["hot"]), len(expected["odd"]) - len(expected["hot"]), nowhere), 0)
        self.assertEqual(nowhere, status["ledger"]["pipelines"]["levels"]["unrouted"])
        self.report(case="routes", kills=kills, received=received(status), unrouted=nowhere,
                    **{name: len(keys) for name, keys in expected.items()})


if __name__ == "__main__":
    unittest.main()
