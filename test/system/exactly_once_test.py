"""QoS 2 through kills and power cuts: readings without time and sequence of their own, half of them alike byte for
byte, so that nothing but their packet ids tells what came again. Each arrives once: 20 kills and 3 power cuts, with
SLUICE_SOAK=1 200 and 20. SLUICE_SEED=N repeats a run's choices."""
import collections
import contextlib
import gc
import json
import os
import random
import subprocess
import sys
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))
sys.path.insert(0, os.path.join(ROOT, "test", "system"))

import kill_test as kills  # noqa: E402
from hivemq_server import HiveMq  # noqa: E402
from mqtt_load import AckLog, publish_all  # noqa: E402
from power_cut_test import Disk  # noqa: E402
from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest, by_device, total_duplicates, wait_quiet  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))

CONFIG = """service:
  data_dir: @DATA_DIR@
  durability: {durability}
  journal: {{ retain: {retain}, segment: 256KiB }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["bare/{{device}}/value"], qos: 2, client: {client}, protocol: {protocol} }}
    decode: {{ json: {{}} }}
pipelines:
  all: {{ from: field, to: lines }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


class BareLoad(threading.Thread):
    """Publishes readings of 20 devices at QoS 2 until stop(): of the even ones each says the same, those of the odd
    ones are numbered. Stays at most `ahead` readings before what stands in the file `lines`: mosquitto 2.0.11 has more
    and more messages under way the more wait in its queue when a connection is lost, and with more than 65 535 it
    gives two of them one packet id."""

    def __init__(self, port, lines, ahead=3000, window=1000):
        super().__init__(name="load", daemon=True)
        self.port, self.lines, self.ahead, self.window, self.written, self.end = port, lines, ahead, window, 0, 0
        self.sent, self.count, self.error = collections.Counter(), 0, None
        self.reading = threading.Lock()  # whoever has it keeps the file closed
        self._stopped, self._may_go = threading.Event(), threading.Event()
        self._may_go.set()
        self.start()

    def _messages(self):
        while not self._stopped.is_set():
            self._may_go.wait()
            number, device = self.count, self.count % 20
            value = number if device % 2 else 21
            self.count += 1
            yield f"bare/room-{device}/value", '{"seq":%d}' % value  # what JournalWatch counts
            if number % 64 == 0:
                while number > self._came() + self.ahead and not self._stopped.wait(0.005):
                    pass

    def _came(self):
        with self.reading, contextlib.suppress(FileNotFoundError), open(self.lines, "rb") as lines:
            lines.seek(self.end)
            new = lines.read()
            self.end, self.written = self.end + len(new), self.written + new.count(b"\n")
        return self.written

    def run(self):
        class Kept(AckLog):
            def add(log, topic, payload):
                self.sent[topic.split("/")[1], json.loads(payload)["seq"]] += 1

        try:
            publish_all(self._messages(), self.port, qos=2, window=self.window, log=Kept(), deadline_s=3600)
        except Exception as error:  # handed to stop()
            self.error = error

    def hold(self):
        """Publishes no more until go()."""
        self._may_go.clear()

    def go(self):
        self._may_go.set()

    def stop(self):
        """Ends the input; returns what was published, each as often as it was, when the broker has all of it."""
        self._stopped.set()
        self.join(120)
        if self.error:
            raise self.error
        assert not self.is_alive() and sum(self.sent.values()) == self.count
        return self.sent


class ExactlyOnce(SystemTest):
    def setUp(self):
        gc.disable()
        self.addCleanup(gc.enable)
        self.choose = random.Random(SEED)

    def configure(self, rig, **changes):
        options = {"durability": "power", "retain": "0s", "client": "grouped", "protocol": "5", "url": rig.broker.url, "lines": rig.lines}
        rig.service.configure(CONFIG.format(**{**options, **changes}))

    def settle(self, rig, published=0):
        """The status when all is applied and delivered, or when nothing has moved for five statuses in a row. Without
        `published` when nothing has come for a second."""
        return wait_quiet(rig.service, published, 240, settled_s=2)

    def calm_down(self, rig, load):
        """Lets the broker come to the end of all that it has under way: see BareLoad."""
        load.hold()
        rig.start()
        self.settle(rig)
        rig.service.kill()
        load.go()

    def check_replay(self, rig):
        again = rig.folder / "replayed.jsonl"
        done = rig.sluice("journal", "replay", "--data-dir", rig.data_dir, "--config", rig.service.config_path, "--out", again)
        self.assertEqual(0, done.returncode, done.stderr)
        delivered, replayed = by_device(rig.lines), by_device(again)
        self.assertEqual(delivered.keys(), replayed.keys())
        for device, lines in delivered.items():
            self.assertEqual(lines, replayed[device], f"{device}: replay gives other bytes")

    def compare(self, rig, sent, **figures):
        """What was published against the lines of the file sink, each with how often: what was lost, what came more
        often, and the last status."""
        status = self.settle(rig, sum(sent.values()))
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        came = collections.Counter()
        with open(rig.lines, encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                came[record["device"], record["values"]["seq"]] += 1
        lost, doubled = sent - came, came - sent
        self.report(published=sum(sent.values()), came=sum(came.values()), lost=sum(lost.values()),
                    doubled=sum(doubled.values()), duplicates=total_duplicates(status), **{"seed": SEED, **figures})
        return lost, doubled, status

    def judge(self, rig, sent, **figures):
        lost, doubled, status = self.compare(rig, sent, **figures)
        self.assertEqual((0, 0), (sum(lost.values()), sum(doubled.values())), (list(lost.items())[:5], list(doubled.items())[:5]))
        self.assert_settled(status)
        return status

    def test_kills_of_the_service_lose_and_double_nothing_in_mqtt_5_and_3_1_1(self):
        total = 200 if SOAK else 20
        for protocol in ("5", "3.1.1"):
            rig = Rig(self)
            self.configure(rig, protocol=protocol, retain="1h" if protocol == "5" else "0s")
            rig.first_start()
            killer = kills.Killer(self, rig, self.choose)
            load = BareLoad(rig.broker.port, rig.lines)
            append = [kills.Placed("append", point, 1, 60)
                      for point in ("after_append_write", "before_append_sync", "after_append")]
            plans = [*append, *append, *kills.CHECKPOINT, kills.TRUNCATE, *kills.RECOVERY, kills.STARTING]
            plans += [kills.RANDOM] * (20 - len(plans))
            plans = (plans * (total // 20))[::2] if protocol == "3.1.1" else (plans * (total // 20))[1::2]
            self.choose.shuffle(plans)
            # Until it has passed over packet ids that are free mosquitto could be a broker that reuses them at once
            # (actors/ingest/unreleased.hpp).
            rig.start()
            killer.watch.wait_more(3000)
            rig.service.kill()
            for number, plan in enumerate(plans, 1):
                killer.run_until_killed(plan)
                if number % 5 == 0:
                    self.calm_down(rig, load)
            rig.start()
            status = self.judge(rig, load.stop(), test="kills", protocol=protocol, **killer.figures())
            self.assertGreater(total_duplicates(status), 0, "nothing came again: this proves nothing")
            if protocol == "5":
                self.check_replay(rig)

    def test_kills_beside_a_broker_that_reuses_its_packet_ids_at_once(self):
        rig = Rig(self)
        broker = HiveMq(rig.folder).start()
        self.addCleanup(broker.kill)
        for protocol in ("5", "3.1.1"):
            rig.lines = str(rig.folder / f"out-{protocol}.jsonl")
            rig.service.data_dir = rig.data_dir = str(rig.folder / f"data-{protocol}")
            self.configure(rig, url=broker.url, protocol=protocol)
            rig.first_start()
            killer = kills.Killer(self, rig, self.choose)
            load = BareLoad(broker.port, rig.lines, ahead=600, window=10)  # it drops what goes beyond 1000 waiting
            for _ in range(25 if SOAK else 3):
                killer.run_until_killed(kills.Placed("append", "after_append", 1, 40))
                killer.run_until_killed(kills.RANDOM)
            rig.start()
            status = self.judge(rig, load.stop(), test="hivemq", protocol=protocol, **killer.figures())
            self.assertGreater(total_duplicates(status), 0, "nothing came again: this proves nothing")

    def test_without_the_rule_the_same_readings_are_doubled(self):
        rig = Rig(self)
        self.configure(rig)
        rig.first_start()
        killer = kills.Killer(self, rig, self.choose)
        load = BareLoad(rig.broker.port, rig.lines)
        for _ in range(3):
            killer.run_until_killed(kills.Placed("append", "after_append", 5, 60))
        rig.start("no_duplicate_check")
        lost, doubled, _ = self.compare(rig, load.stop(), test="without the rule")
        self.assertEqual(0, sum(lost.values()))
        self.assertGreater(sum(doubled.values()), 0)

    @unittest.skipIf(os.getuid() != 0, "loop mounts need root")
    def test_power_cuts_lose_and_double_nothing(self):
        rig = Rig(self)
        disk = Disk(self, str(rig.folder))
        rig.service.data_dir = rig.data_dir = os.path.join(disk.mount_point, "data")
        rig.lines = os.path.join(disk.mount_point, "out.jsonl")
        self.configure(rig)
        rig.first_start()
        subprocess.run(["sync"], check=True)
        watch = JournalWatch(rig.data_dir)
        load = BareLoad(rig.broker.port, rig.lines)
        for number in range(20 if SOAK else 3):
            if number % 5 == 4:
                self.calm_down(rig, load)
            before = watch.update()
            rig.start()
            first = watch.wait_more(before, alive=rig.service.alive)
            watch.wait_more(first + self.choose.randrange(1000, 6000), alive=rig.service.alive)
            with load.reading:
                disk.cut(rig.service)
        rig.start()
        status = self.judge(rig, load.stop(), test="power cuts", cuts=disk.cuts)
        self.assertGreater(total_duplicates(status), 0, "nothing came again: this proves nothing")


if __name__ == "__main__":
    unittest.main()
