"""Dead letters that are taken again: through SIGKILLs none is lost or doubled, whatever kind it is, and the ledger
balances. 5 kills, with SLUICE_SOAK=1 30. SLUICE_SEED=N repeats a run's choices."""
import collections
import json
import os
import random
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mqtt_collector import Collector  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import DRAINED, SOAK, Rig, SystemTest, settled  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))
START = 1_700_000_000_000
BAD = 200 if SOAK else 20

# Each kind of letter, made by what stands in {braces} and readable once it says something else: messages of a source,
# events of pipelines by device and by another key and behind another one, records of a file, records of a sink.
CONFIG = """service:
  name: letters
  data_dir: @DATA_DIR@
  durability: {durability}
  shards: 2
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["p/{{device}}"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
  counts:
    mqtt: {{ url: "{url}", topics: ["c/{{device}}"] }}
    decode: {{ json: {{ time: $.time, sequence: $.seq, fields: {{ n: {{ path: $.n, type: {type} }} }} }} }}
  rows:
    file: {{ path: "{folder}/{{device}}.csv", follow: true }}
    decode: {{ csv: {{ time: time, fields: {{ temperature: temperature }} }} }}
pipelines:
  counted: {{ from: counts, steps: [{{ filter: n > 0 }}], to: lines }}
  climate: {{ from: field, steps: [{{ filter: {filter} }}], to: lines }}
  sites:
    from: field
    key: site
    steps: [{{ window: {{ tumbling: 1h, idle: never, aggregate: {{ {aggregate} }} }} }}]
    to: lines
  passed: {{ from: field, to: results }}
  behind: {{ from: passed, steps: [{{ filter: {filter} }}], to: lines }}
  records: {{ from: rows, steps: [{{ filter: {filter} }}], to: lines }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
  results: {{ mqtt: {{ url: "{url}", topic: "results/{topic}" }} }}
"""
BROKEN = {"type": "integer", "filter": "temperature > 0", "aggregate": "temperature: [mean]", "topic": "{room}"}
MENDED = {"type": "double", "filter": "temperature = 'warm'", "aggregate": '"*": [count]', "topic": "{device}"}
PIPELINES = ("counted", "climate", "sites", "behind", "records")


class DeadLetterReplay(SystemTest):
    def replay(self, rig, *arguments):
        done = rig.sluice("dlq", "replay", "--data-dir", rig.data_dir, *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_what_is_replayed_counts_again_and_becomes_a_dead_letter_again_where_nothing_has_changed(self):
        rig = Rig(self)
        rig.start(ready=True)
        client = Client(rig.broker.port, timeout=30)
        client.connect()
        for i in range(BAD):
            client.publish("greenhouse/a/climate", b'{"time":%d,"seq":%d,"temperature":20}' % (START + i, i), 1)
            client.publish("greenhouse/a/climate", b'{"number":%d,' % i, 1)
            client.publish("greenhouse/b/climate", b'{"time":%d,"seq":%d,"temperature":"warm"}' % (START + i, i), 1)
        wait_for(lambda: len(rig.dead_letters()) == 2 * BAD, 30, lambda: f"dead letters: {len(rig.dead_letters())}")
        before = {letter["id"] for letter in rig.dead_letters()}
        self.assertEqual(f"{BAD} replayed\n", self.replay(rig, "--reason", "field.type"))
        self.assertEqual(f"{BAD} replayed\n", self.replay(rig, "--reason", "json.syntax"))

        def again():
            letters = rig.dead_letters()
            return len(letters) == 2 * BAD and not before & {letter["id"] for letter in letters}

        wait_for(again, 30, "all letters are new ones")
        status = rig.service.wait_status(
            lambda s: settled(s) and s["ledger"]["sources"]["field"]["received"] >= 4 * BAD, 30, "all received again")
        self.assert_settled(status)
        field, climate = status["ledger"]["sources"]["field"], status["ledger"]["pipelines"]["climate"]
        self.assertEqual((4 * BAD, 2 * BAD), (field["received"], field["dead_lettered"]), status["ledger"])
        self.assertEqual((3 * BAD, 2 * BAD, BAD), (climate["in"], climate["dead_lettered"], climate["replayed"]))
        self.assertEqual(f"{BAD} replayed\n", self.replay(rig, "--device", "b"))
        self.assertEqual("0 replayed\n", self.replay(rig, "--device", "a"))
        drop = ("dlq", "drop", "--reason", "json.syntax", "--data-dir", rig.data_dir)
        self.assertEqual(f"{BAD} dropped\n", rig.sluice(*drop).stdout)
        self.assertEqual({"field.type"}, {letter["reason"] for letter in rig.dead_letters()})
        self.assertEqual(64, rig.sluice("dlq", "replay", "--data-dir", rig.data_dir).returncode)
        self.assertEqual("0 replayed\n", self.replay(rig, "--id", "999999"))
        rig.service.kill()
        self.assertEqual(1, rig.sluice("dlq", "replay", "--all", "--data-dir", rig.data_dir).returncode)

    def configure(self, rig, durability, words):
        rig.service.configure(CONFIG.format(url=rig.broker.url, folder=rig.folder / "rows", lines=rig.lines,
                                            durability=durability, **words))

    def make_letters(self, rig):
        os.mkdir(rig.folder / "rows")
        client = Client(rig.broker.port, timeout=30)
        client.connect()
        with open(os.path.join(rig.folder / "rows", "f.csv"), "w", encoding="utf-8") as file:
            file.write("time,temperature\n")
            for i in range(BAD):
                file.write(f"{START + i},warm\n")
        for i in range(BAD):
            client.publish("c/a", b'{"time":%d,"seq":%d,"n":1.5}' % (START + i, i), 1)
            client.publish(f"p/d{i % 3}", b'{"time":%d,"seq":%d,"site":"s%d","temperature":"warm"}'
                           % (START + i, i, i % 4), 1)

    def kills(self, rig, chance):
        for _ in range(30 if SOAK else 5):
            rig.sluice("dlq", "replay", "--all", "--data-dir", rig.data_dir)
            time.sleep(chance.uniform(0, 0.05))  # where the kill falls, not what is waited for
            rig.service.kill()
            rig.start(ready=True)

    def through_kills(self, durability):
        rig = Rig(self)
        chance = random.Random(SEED)
        self.configure(rig, durability, BROKEN)
        collector = Collector(rig.broker.port)
        self.addCleanup(collector.stop)
        rig.start(ready=True)
        self.make_letters(rig)

        def kinds():
            return collections.Counter(letter.get("pipeline", "") + " " + letter["reason"]
                                       for letter in rig.dead_letters())

        wanted = {" field.type": BAD, "climate field.type": BAD, "sites field.type": BAD, "behind field.type": BAD,
                  "records field.type": BAD, "passed sink.unstorable": BAD}
        wait_for(lambda: kinds() == wanted, 60, lambda: f"letters: {kinds()}")
        # Nothing has changed: all of them are letters again, each once.
        self.kills(rig, chance)
        rig.service.wait_status(settled, 30)
        wait_for(lambda: kinds() == wanted, 30, lambda: f"letters: {kinds()}, want {wanted}, seed {SEED}")
        self.assert_settled(rig.service.wait_status(settled, 30))
        # Mended: each is applied or delivered, once.
        self.assertEqual(DRAINED, rig.service.stop())
        self.configure(rig, durability, MENDED)
        rig.service.command += ["--on-change", "close"]
        rig.start(ready=True)
        self.kills(rig, chance)
        self.replay(rig, "--all")
        wait_for(lambda: not rig.dead_letters(), 60, lambda: f"letters: {kinds()}, seed {SEED}")
        status = rig.service.wait_status(
            lambda s: settled(s) and all(s["ledger"]["pipelines"][p]["applied"] == BAD for p in PIPELINES), 30,
            f"each letter applied once, seed {SEED}")
        self.assert_settled(status)
        self.assertEqual(0, status["dead_letters"])
        with open(rig.lines, "rb") as file:
            by_pipeline = collections.Counter(json.loads(line)["pipeline"] for line in file)
        self.assertEqual({p: BAD for p in PIPELINES if p != "sites"}, dict(by_pipeline), f"seed {SEED}")
        ids = {dict(message.user_properties)["sluice-id"] for message in collector.got}
        self.assertEqual(BAD, len(ids), f"seed {SEED}")

    def test_kills_during_replays_neither_lose_nor_double_a_letter_of_any_kind(self):
        self.through_kills("process")

    def test_neither_do_kills_with_the_durability_of_power(self):
        self.through_kills("power")

    def test_what_cannot_be_replayed_is_refused_with_the_reason(self):
        rig = Rig(self)
        rig.service.configure(f"""service: {{ name: letters, data_dir: @DATA_DIR@, durability: process }}
sources:
  many:
    mqtt: {{ url: "{rig.broker.url}", topics: ["m/{{device}}"], max_message: 1KiB }}
    decode: {{ json: {{ each: "$.all[*]", time: $.time }} }}
pipelines:
  all: {{ from: many, to: lines }}
sinks:
  lines: {{ file: {{ path: "{rig.lines}" }} }}
""")
        rig.start(ready=True)
        client = Client(rig.broker.port, timeout=30)
        client.connect()
        client.publish("m/a", b'{"all":[{"time":1700000000000,"x":1},{"x":2}]}', 1)
        client.publish("m/a", b"x" * 2000, 1)
        wait_for(lambda: len(rig.dead_letters()) == 2, 30, lambda: f"dead letters: {rig.dead_letters()}")
        done = rig.sluice("dlq", "replay", "--all", "--data-dir", rig.data_dir)
        self.assertEqual((1, "0 replayed, 2 refused\n"), (done.returncode, done.stdout))
        self.assertIn("1 refused: it is one element of a message", done.stderr)
        self.assertIn("1 refused: it was longer than max_message", done.stderr)
        self.assertEqual(2, len(rig.dead_letters()))


if __name__ == "__main__":
    unittest.main()
