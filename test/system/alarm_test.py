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
{board}"""

_ALARMS = """      - alarm: { name: overheat, raise: temperature > 26, clear: temperature < 24, severity: critical }
      - alarm: { name: damp, raise: humidity >= 60, for: 3s, severity: warning }
      - filter: 'false'
"""


def configuration(rig, steps, board=None):
    text = (f'  board: {{ thingsboard: {{ url: "mqtt://127.0.0.1:{board.port}", mode: gateway, token: gateway }} }}\n'
            if board else "")
    return _CONFIG.format(url=rig.broker.url, lines=rig.lines, steps=steps, board=text,
                          to="lines, board" if board else "lines")


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
        choose = random.Random(SEED)
        rig = Rig(self)
        rig.service.configure(configuration(rig, _ALARMS))
        rig.first_start()
        watch = JournalWatch(rig.data_dir)
        load = rig.load(devices=1000, step_ms=1000, disorder=0.03, duplicates=0.01, seed=SEED & 0xffff,
                        ahead=(8_000, lambda: watch.count))
        for _ in range(KILLS):
            rig.start()
            watch.wait_more(watch.count + 2_000, alive=rig.service.alive)
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
        with open(rig.lines, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        found = {identity(record): record for record in lines}
        self.report(test="alarms", seed=SEED, kills=KILLS, devices=devices, readings=readings, transitions=len(expected),
                    delivered=len(lines), older=status["ledger"]["pipelines"]["climate"]["alarm_older"])
        self.assertEqual(len(found), len(lines), "a transition was delivered twice")
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
            if not os.path.exists(rig.lines):
                return []
            with open(rig.lines, encoding="utf-8") as file:
                return [json.loads(line) for line in file if line.endswith("\n")]

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


if __name__ == "__main__":
    unittest.main()
