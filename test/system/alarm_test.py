"""Alarms through SIGKILL: every transition is delivered once by identity and none is missing, compared with a computation of
its own over what the journal holds. 1 000 devices; 5 kills, with SLUICE_SOAK=1 50. SLUICE_SEED=N repeats a run's choices."""
import json
import os
import random
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from mqtt_load import publish_all  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))
KILLS = 50 if SOAK else 5
HOLD_MS = 3000

_CONFIG = """service:
  name: alarms
  data_dir: @DATA_DIR@
  durability: process
  journal: {{ retain: 1d }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  climate:
    from: field
    steps:
{steps}
    to: [{to}]
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
{more}"""

_ALARMS = """      - alarm: { name: overheat, raise: temperature > 26, clear: temperature < 24, severity: critical }
      - alarm: { name: damp, raise: humidity >= 60, for: 3s, severity: warning, to: pager }
      - filter: 'false'
"""


def configuration(rig, steps, more=""):
    return _CONFIG.format(url=rig.broker.url, lines=rig.lines, steps=steps, more=more, to="lines")


def read(path):
    """The records of a file; a line that is being written is none yet."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


class Expected:
    """The transitions of one device by the rules of semantics.md, written down anew."""

    def __init__(self):
        self.alarms = {"overheat": {"number": 0, "active": False, "since": None, "last": None},
                       "damp": {"number": 0, "active": False, "since": None, "last": None}}

    def event(self, device, reading):
        for name, alarm in self.alarms.items():
            if alarm["last"] is not None and reading["time"] < alarm["last"]:
                continue
            alarm["last"] = reading["time"]
            if name == "overheat":
                field, hold, severity = "temperature", 0, "critical"
                up, down = reading[field] > 26, reading[field] < 24
            else:
                field, hold, severity = "humidity", HOLD_MS, "warning"
                up = reading[field] >= 60
                down = not up
            if alarm["active"]:
                change = "cleared" if down else None
            else:
                alarm["since"] = (alarm["since"] if alarm["since"] is not None else reading["time"]) if up else None
                change = "raised" if up and reading["time"] - alarm["since"] >= hold else None
            if change:
                alarm["active"], alarm["since"] = change == "raised", None
                alarm["number"] += 1
                yield {"pipeline": "climate", "device": device, "time": reading["time"], "alarm": name, "state": change,
                       "severity": severity, "number": alarm["number"], "values": {field: reading[field]}}


def identity(record):
    return record["pipeline"], record["device"], record["alarm"], record["number"]


class Alarms(SystemTest):
    def expected(self, rig):
        """By identity, from the journal: each reading of a device once, in the journal's order."""
        done = rig.sluice("journal", "dump", "--data-dir", rig.data_dir)
        self.assertEqual(0, done.returncode, done.stderr)
        devices, seen, found = {}, set(), {}
        for row in map(json.loads, done.stdout.splitlines()):
            device, reading = row["topic"].split("/")[1], json.loads(row["payload"])
            if (device, reading["seq"]) in seen:
                continue
            seen.add((device, reading["seq"]))
            for record in devices.setdefault(device, Expected()).event(device, reading):
                found[identity(record)] = record
        return found, len(seen), len(devices)

    def test_each_transition_is_delivered_once_and_none_is_missing_through_kills(self):
        choose, begun = random.Random(SEED), time.monotonic()
        rig = Rig(self)
        pager = rig.folder / "pager.jsonl"
        rig.service.configure(configuration(rig, _ALARMS, f'  pager: {{ file: {{ path: "{pager}" }} }}\n'))
        rig.first_start()
        watch = JournalWatch(rig.data_dir)
        load = rig.load(devices=1000, step_ms=1000, disorder=0.03, duplicates=0.01, seed=SEED & 0xffff,
                        ahead=(8_000, lambda: watch.count))
        for _ in range(KILLS):
            rig.start()
            watch.wait_more(watch.count + choose.randrange(2_000, 4_000), alive=rig.service.alive)
            until = time.monotonic() + choose.uniform(0.0, 0.4)
            while time.monotonic() < until:
                watch.update()
                time.sleep(0.01)
            self.assertTrue(rig.service.alive(), rig.service.tail())
            rig.service.kill()
            watch.update()
        rig.start()
        wait_for(lambda: watch.update() >= 0 and load.published >= 30_000, 60, "30 000 published")
        load.stop()
        status = rig.service.wait_drained(60, received=rig.published())
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        expected, readings, devices = self.expected(rig)
        named = {"overheat": read(rig.lines), "damp": read(pager)}
        for alarm, records in named.items():  # each in the sink that it goes to, and nothing else there
            self.assertEqual({alarm}, {record["alarm"] for record in records})
        lines = named["overheat"] + named["damp"]
        found = {identity(record): record for record in lines}
        self.report(test="alarms", seed=SEED, kills=KILLS, seconds=round(time.monotonic() - begun), devices=devices, readings=readings, transitions=len(expected),
                    delivered=len(lines), older=status["ledger"]["pipelines"]["climate"]["alarm_older"])
        self.assertEqual(len(found), len(lines), "a transition was delivered twice")
        self.assertEqual(rig.readings(), readings, "the journal does not hold all readings")
        self.assertEqual(1000, devices)
        self.assertGreater(len(expected), 3_000)
        self.assertEqual(expected.keys(), found.keys())
        for key, record in expected.items():
            self.assertEqual(record, found[key])
        climate = status["ledger"]["pipelines"]["climate"]
        self.assertEqual(readings, climate["filtered"], climate)
        self.assertGreater(climate["alarm_older"], 0)
        self.assert_settled(status)

    def test_silence_raises_an_alarm_through_a_kill_and_the_next_event_clears_it(self):
        rig = Rig(self)
        rig.service.configure(configuration(
            rig, "      - alarm: { name: quiet, raise: temperature > 1000, missing: 2s, severity: minor }\n"
                 "      - filter: 'false'\n"))
        rig.first_start()
        rig.start(ready=True)

        def publish(number):
            publish_all([("greenhouse/room-1/climate", json.dumps({"time": 1_700_000_000_000 + number, "seq": number,
                                                                     "temperature": 20.5}))], rig.broker.port)

        def records():
            return read(rig.lines)

        publish(1)
        rig.service.wait_status(lambda status: status["ledger"]["pipelines"]["climate"]["filtered"] == 1, 20)
        rig.service.kill()
        time.sleep(2.5)  # downtime is no silence: the clock of silence begins with the next start
        begun = time.monotonic()
        rig.start(ready=True)
        wait_for(records, 20, "a transition")
        self.assertGreater(time.monotonic() - begun, 1.9)
        rig.service.kill()
        rig.start(ready=True)
        publish(2)
        wait_for(lambda: len(records()) == 2, 20, "the second transition")
        self.assertEqual(DRAINED, rig.service.stop(30), rig.service.tail())
        raised, cleared = records()
        self.assertEqual({"pipeline": "climate", "device": "room-1", "time": raised["time"], "alarm": "quiet",
                          "state": "raised", "cause": "missing", "severity": "minor", "number": 1, "values": {}}, raised)
        self.assertLess(abs(raised["time"] / 1000 - time.time()), 60)
        self.assertEqual({"pipeline": "climate", "device": "room-1", "time": 1_700_000_000_002, "alarm": "quiet",
                          "state": "cleared", "severity": "minor", "number": 2, "values": {"temperature": 20.5}}, cleared)

    def test_attributes_end_at_the_last_transition_through_kills_on_both_sides(self):
        choose = random.Random(SEED)
        rig = Rig(self, board=True)
        rig.board.switch(shuffle=20)
        rig.service.configure(configuration(
            rig, """      - alarm: { name: overheat, raise: temperature > 26, clear: temperature < 24, to: [lines, board] }
      - filter: 'false'
""", f'  board: {{ thingsboard: {{ url: "mqtt://127.0.0.1:{rig.board.port}", token: gateway, alarms: both }} }}\n'))
        rig.first_start()
        watch = JournalWatch(rig.data_dir)
        load = rig.load(devices=100, step_ms=60_000, disorder=0.03, seed=SEED & 0xffff, ahead=(4_000, lambda: watch.count))
        for number in range(10 if SOAK else 4):
            rig.start()
            watch.wait_more(watch.count + choose.randrange(2_000, 4_000), alive=rig.service.alive)
            if number % 2:
                rig.board.kill()
                rig.board.start()
                rig.board.switch(shuffle=20)
            rig.service.kill()
        rig.start()
        load.stop()
        rig.service.wait_drained(120, received=rig.published())
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        records, last = read(rig.lines), {}
        for record in records:
            last[record["device"]] = record["state"] == "raised"
        self.assertGreater(len(records), 200)
        found = rig.board.attributes()
        self.assertEqual({device: {"overheat": ["BOOLEAN", active], "overheat_severity": ["STRING", "major"]}
                          for device, active in last.items()},
                         {device: values for device, values in found["stored"].items() if values})
        history = {(p["device"], p["ts"]): p["value"] for p in rig.board.points(key="overheat")}
        self.assertEqual({(r["device"], r["time"]): r["state"] == "raised" for r in records}, history)
        self.report(test="attributes", seed=SEED, transitions=len(records), devices=len(last), writes=len(found["writes"]))

    def test_an_active_alarm_of_a_forgotten_device_or_key_is_cleared_once_through_kills(self):
        rig = Rig(self)
        alarm = "{ alarm: { name: hot, raise: temperature > 30, severity: minor, to: pager } }"
        pager = rig.folder / "pager.jsonl"
        text = configuration(rig, f"      - {alarm}\n    device: {{ forget: 3s }}",
                             f'  pager: {{ file: {{ path: "{pager}" }} }}\n')
        text = text.replace("sinks:\n", "  all:\n    from: field\n    key: none\n    device: { forget: 3s }\n"
                                        f"    steps: [{alarm}]\n    to: [lines]\nsinks:\n")
        rig.service.configure(text)
        rig.first_start()
        rig.start(ready=True)
        publish_all([("greenhouse/room-1/climate", json.dumps({"time": 1_700_000_000_000, "seq": 1, "temperature": 40}))],
                    rig.broker.port)
        wait_for(lambda: len(read(pager)) >= 2, 20, "both alarms raised")
        rig.service.kill()
        rig.start(ready=True)
        wait_for(lambda: len(read(pager)) >= 4, 30, "both alarms cleared")
        rig.service.kill()
        rig.start(ready=True)
        rig.service.wait_status(lambda status: status["uptime_s"] >= 3, 20)  # ticks in which nothing may come
        self.assertEqual(DRAINED, rig.service.stop(30), rig.service.tail())
        records = read(pager)
        self.assertEqual([("all", "cleared", 2), ("all", "raised", 1), ("climate", "cleared", 2), ("climate", "raised", 1)],
                         sorted((r["pipeline"], r["state"], r["number"]) for r in records))
        for r in records:
            self.assertEqual({} if r["pipeline"] == "all" else "room-1", r["key" if r["pipeline"] == "all" else "device"])
            self.assertEqual(None if r["state"] == "raised" else "forgotten", r.get("cause"))
        self.assertEqual([("all", 40), ("climate", 40)],
                         sorted((r["pipeline"], r["values"]["temperature"]) for r in read(rig.lines)))


if __name__ == "__main__":
    unittest.main()
