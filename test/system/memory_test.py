"""latest, on_change and look-ups through SIGKILL: what leaves equals a computation over the journal, and a replay of it; a
look-up table that is replaced under load takes effect at one place of the journal, and a bad one changes nothing."""
import json
import os
import random
import sys
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from mqtt_load import publish_all  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import CONFIGURATION, DRAINED, JournalWatch, Rig, SystemTest, by_device  # noqa: E402

_CONFIG = """service:
  name: memory
  data_dir: @DATA_DIR@
  durability: process
  journal: {{ retain: 1h }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  climate:
    from: field
    steps:
{steps}    to: lines
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""
_JOINED = """      - latest: { fields: [temperature, humidity], max_age: 5s }
      - on_change: { fields: { temperature: 2, humidity: 10% }, at_least_every: 20s }
"""
_LOOKUP = """      - lookup: {{ csv: {{ path: "{path}", key: device, columns: [version, floor] }}, missing: drop }}
"""
START = 1_700_000_000_000


def readings(devices, rounds, seed):
    """Each message carries one metric; some come out of order."""
    choose, held = random.Random(seed), {}
    for number in range(1, rounds + 1):
        for device in range(devices):
            field = choose.choice(("temperature", "humidity"))
            payload = json.dumps({"time": START + number * 1000, "seq": number, field: round(choose.uniform(15, 25), 2)})
            if device in held:
                yield f"greenhouse/room-{device}/climate", payload
                payload = held.pop(device)
            elif choose.random() < 0.05 and number < rounds:
                held[device] = payload
                continue
            yield f"greenhouse/room-{device}/climate", payload


class Load(threading.Thread):
    def __init__(self, messages, port, rate=None):
        super().__init__(daemon=True)
        self.messages, self.port, self.rate, self.result, self.published = messages, port, rate, None, 0
        self.start()

    def run(self):
        self.result = publish_all(self.messages, self.port, rate=self.rate, deadline_s=120, on_ack=self.acked)

    def acked(self, published):
        self.published = published

    def end(self):
        self.join(120)
        return self.result["published"]


def joined(readings_of_device):
    """What one device lets through, by the rules of semantics.md."""
    kept, sent, sent_time = {}, {}, None
    for reading in readings_of_device:
        now, values = reading["time"], {}
        for field in ("temperature", "humidity"):
            if field in reading:
                values[field] = reading[field]
            elif field in kept and abs(kept[field][1] - now) <= 5000:
                values[field] = kept[field][0]
        for field in ("temperature", "humidity"):
            if field in reading and (field not in kept or kept[field][1] <= now):
                kept[field] = (reading[field], now)
        wide = {"temperature": 2, "humidity": 0.1 * abs(sent.get("humidity", 0))}
        if not (sent_time is None or now - sent_time >= 20_000
                or any(field not in sent or abs(sent[field] - value) > wide[field] for field, value in values.items())):
            continue
        older = sent_time is not None and now < sent_time
        sent = {**values, **sent} if older else {**sent, **values}
        sent_time = sent_time if older else now
        yield now, values


class Memory(SystemTest):
    def rig(self, steps):
        rig = Rig(self)
        rig.service.configure(_CONFIG.format(url=rig.broker.url, lines=rig.lines, steps=steps))
        return rig

    def from_journal(self, rig):
        """The readings of each device, each once, in the journal's order."""
        done = rig.sluice("journal", "dump", "--data-dir", rig.data_dir)
        self.assertEqual(0, done.returncode, done.stderr)
        devices, seen = {}, set()
        for row in map(json.loads, done.stdout.splitlines()):
            device, reading = row["topic"].split("/")[1], json.loads(row["payload"])
            if (device, reading["seq"]) not in seen:
                seen.add((device, reading["seq"]))
                devices.setdefault(device, []).append(reading)
        return devices

    def assert_replay(self, rig):
        out = rig.folder / "replayed.jsonl"
        done = rig.sluice("journal", "replay", "--data-dir", rig.data_dir, "--config", rig.service.config_path, "--out", out)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(by_device(rig.lines), by_device(out))

    def test_latest_and_on_change_are_exact_through_kills(self):
        rig = self.rig(_JOINED)
        rig.first_start()
        watch = JournalWatch(rig.data_dir)
        load = Load(readings(100, 200, 5), rig.broker.port, rate=4000)
        for _ in range(4):
            rig.start()
            watch.wait_more(watch.count + 1500, alive=rig.service.alive)
            self.assertTrue(rig.service.alive(), rig.service.tail())
            rig.service.kill()
        rig.start()
        published = load.end()
        status = rig.service.wait_drained(60, received=published)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        found = {device: [(row["time"], row["values"]) for row in map(json.loads, lines)]
                 for device, lines in by_device(rig.lines).items()}
        devices = self.from_journal(rig)
        self.assertEqual(100, len(devices))
        expected = {device: list(joined(rows)) for device, rows in devices.items()}
        dropped = sum(map(len, devices.values())) - sum(map(len, expected.values()))
        self.assertGreater(dropped, 1000)
        for device, rows in expected.items():
            self.assertEqual(rows, found[device], device)
        climate = status["ledger"]["pipelines"]["climate"]
        self.assertEqual(dropped, climate["unchanged"], climate)
        self.assert_settled(status)
        self.assert_replay(rig)

    @staticmethod
    def write_table(path, version, floors="1"):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write("device,version,floor\n")
            for number in range(50):
                file.write(f"room-{number},{version},{floors}\n")
        os.replace(path + ".new", path)

    def test_a_table_that_is_replaced_under_load_takes_effect_at_one_place_of_the_journal(self):
        folder = Rig(self)
        path = folder.folder / "rooms.csv"
        rig = folder
        rig.service.configure(_CONFIG.format(url=rig.broker.url, lines=rig.lines, steps=_LOOKUP.format(path=path)))
        rig.service.start()
        self.assertEqual(CONFIGURATION, rig.service.wait(30), rig.service.tail())
        self.assertIn("rooms.csv: cannot be opened", rig.service.stderr())
        linted = rig.sluice("lint", rig.service.config_path)
        self.assertEqual(CONFIGURATION, linted.returncode)
        self.assertIn("yaml:14:32: error: the look-up table cannot be read: ", linted.stderr)
        self.write_table(path, 1)
        rig.first_start()
        rig.start(ready=True)
        load = Load(readings(52, 400, 9), rig.broker.port, rate=2000)

        def in_force(status, reloads):
            return status["components"]["tables"]["reloads"] == reloads

        wait_for(lambda: load.published > 1000, 30, "messages")
        self.write_table(path, 2)
        rig.service.wait_status(lambda status: in_force(status, 1), 20)
        with open(path, "w", encoding="utf-8") as file:
            file.write("device,version,floor\nroom-1,3,1\nroom-1,3,1\n")
        status = rig.service.wait_status(lambda status: status["components"]["tables"].get("health") == "degraded", 20)
        self.assertIn("rooms.csv:3: the key is in the table twice", status["components"]["tables"]["reason"])
        rig.service.kill()
        rig.start(ready=True)  # the bad file is there still: what was in force stays
        status = rig.service.wait_status(lambda status: status["components"]["tables"].get("health") == "degraded", 20)
        self.write_table(path, 3)
        rig.service.wait_status(lambda status: in_force(status, 1) and status["health"]["level"] == "ok", 20)
        published = load.end()
        for number in range(401, 404):
            publish_all([(f"greenhouse/room-{device}/climate",
                          json.dumps({"time": START + number * 1000, "seq": number, "humidity": 1})) for device in range(52)],
                        rig.broker.port)
            published += 52
        status = rig.service.wait_drained(60, received=published)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        versions = {device: [json.loads(line)["values"]["version"] for line in lines]
                    for device, lines in by_device(rig.lines).items()}
        self.assertEqual(50, len(versions))
        for device, seen in versions.items():
            self.assertEqual(sorted(seen), seen, device)
            self.assertEqual((1, 3), (seen[0], seen[-1]), device)
            self.assertIn(2, seen)
        climate = status["ledger"]["pipelines"]["climate"]
        self.assertEqual(climate["lookup_missing"], climate["filtered"], climate)
        self.assertGreater(climate["lookup_missing"], 500)
        self.assert_settled(status)
        self.assert_replay(rig)


if __name__ == "__main__":
    unittest.main()
