"""Processes that share a topic as one group, with windows: when a partition moves, its new owner makes its state again from
the topic, and the results of all processes together are those of one that had read everything."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_load import KafkaLoad  # noqa: E402
from kafka_scenario import KafkaTest  # noqa: E402
from oracle import compare  # noqa: E402
from processes import binary, run, wait_for  # noqa: E402
from scenario import SOAK, applied, by_device, name_of  # noqa: E402

PARTITIONS = 6
CONFIG = """service: {{ name: {name}, data_dir: @DATA_DIR@, durability: process, journal: {{ retain: 1h }} }}
sources:
  readings:
    kafka:
      brokers: {brokers}
      topics: ["climate/{{device}}"]
      group: windows
      instance: {name}
      rebuild: {rebuild}
      librdkafka: {{ session.timeout.ms: "6000", heartbeat.interval.ms: "500", topic.metadata.refresh.interval.ms: "1000" }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  climate:
    from: readings
    {key}
    steps:
      - window: {{ {window}, watermark_delay: 0s, allowed_lateness: {lateness}, idle: never,
                  aggregate: {{ temperature: [mean, min, max], "*": [count, set_hash] }} }}
    to: lines
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


def source(service):
    return service.status().get("components", {}).get("source.readings", {})


class KafkaRebuild(KafkaTest):
    def setUp(self):
        super().setUp()
        self.server = self.kafka()
        self.server.create("climate", partitions=PARTITIONS)
        self.acks = self.folder / "acks.jsonl"

    def windows(self, name, rebuild="auto", window="tumbling: 1s", lateness="8s", key=""):
        lines = self.folder / (name + ".jsonl")
        service = self.service(CONFIG.format(name=name, brokers=self.server.bootstrap, lines=lines, rebuild=rebuild,
                                             window=window, lateness=lateness, key=key), name)
        service.lines = lines
        return service

    def load(self, **more):
        more = {"pause_s": 0.02, "devices": 60, "step_ms": 100, "disorder": 0.05, "duplicates": 0.02, **more}
        return KafkaLoad(self.server, "climate", self.acks, **more)

    def wait_shares(self, *services):
        want = [PARTITIONS // len(services)] * len(services)
        wait_for(lambda: [source(s).get("partitions", 0) for s in services] == want, 60,
                 lambda: f"{[source(s) for s in services]}, want {want}", 0.1)

    def wait_connected(self, *services):
        """Until each has all the state of its partitions."""
        for service in services:
            service.wait_status(lambda s: s["components"].get("source.readings", {}).get("state") == "connected", 60, "connected")

    def more(self, *services):
        """Waits until each has applied more."""
        before = [applied(s.status()) for s in services]
        for service, had in zip(services, before):
            service.wait_status(lambda s, h=had: applied(s) > h + 500, 60, "at work")

    def judge(self, written, *services, once=False, window="1s"):
        """The results of all processes, one of each identity and revision: those that share both have the same bytes."""
        found, repeated = {}, 0
        for service in services:
            if not os.path.exists(service.lines):
                continue
            with open(service.lines, "rb") as file:
                for line in file:
                    name = name_of(json.loads(line))
                    repeated += name in found
                    self.assertEqual(line, found.setdefault(name, line), "two processes have it differently")
        report = compare(self.acks, [line.decode() for line in found.values()], window, "0s", "climate/{device}")
        self.assert_exact(report, "all processes")
        self.assertEqual(written, report["readings"] + report["duplicates"])
        if once:
            self.assertEqual(0, repeated, "two processes have emitted one result")
        return {"records": written, "results": len(found), "repeated": repeated, "revised": report["revised"]}

    def settle(self, written, *services):
        """Until all that was written is applied, by whomever."""
        wait_for(lambda: sum(source(s).get("lag", written) for s in services) == 0, 60,
                 lambda: f"{[source(s) for s in services]}", 0.1)
        for service in services:
            service.wait_drained(60)
            self.assertEqual(0, service.stop())

    def test_windows_move_with_their_partitions_when_processes_join_and_leave(self):
        services = [self.windows(name) for name in ("one", "two", "three")]
        load = self.load()
        for turn in range(10 if SOAK else 2):
            for service in services:
                if not service.alive():
                    service.start()
            self.wait_shares(*services)
            self.wait_connected(*services)
            self.more(*services)
            stays = services[turn % 3]
            for service in services:
                if service is not stays:
                    self.assertEqual(0, service.stop())
            self.wait_shares(stays)
            self.wait_connected(stays)
            self.more(stays)
        self.assertGreater(source(stays)["rebuilt"], 0)
        written = load.stop()
        self.settle(written, stays)
        self.report(case="kafka windows join and leave", **self.judge(written, *services, once=True))
        for service in services:
            replayed = self.folder / "replayed.jsonl"
            done = run([binary(), "journal", "replay", "--data-dir", service.data_dir, "--config", service.config_path,
                        "--out", replayed])
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(by_device(service.lines), by_device(replayed))

    def test_windows_are_made_again_after_kills(self):
        services = [self.windows(name, rebuild="30s") for name in ("one", "two")]
        for service in services:
            service.start()
        load, kills = self.load(), 10 if SOAK else 2
        for turn in range(kills):
            self.wait_shares(*services)
            self.wait_connected(*services)
            self.more(*services)
            killed, other = services[turn % 2], services[1 - turn % 2]
            killed.kill()
            self.wait_shares(other)
            self.wait_connected(other)
            self.more(other)
            killed.start()  # what was in its journal is applied by both
        self.wait_shares(*services)
        written = load.stop()
        self.settle(written, *services)
        self.report(case="kafka windows after kills", kills=kills, **self.judge(written, *services))

    def test_a_process_without_state_reads_as_far_back_as_it_must(self):
        one, two = (self.windows(name, rebuild="3s", lateness="0s") for name in ("one", "two"))
        load = self.load(disorder=0, duplicates=0)
        one.start()
        wait_for(lambda: load.acked > 20000, 60, "a longer topic than must be read again", 0.1)
        self.assertEqual(0, one.stop())
        had = load.acked
        two.start()
        self.wait_shares(two)
        self.wait_connected(two)
        rebuilt = source(two)["rebuilt"]
        self.assertGreater(rebuilt, 0)
        self.assertLess(rebuilt, had / 2)
        two.wait_status(lambda s: s["ledger"]["sources"]["readings"]["duplicate"] == rebuilt, 60, "counted as duplicates")
        written = load.stop()
        self.settle(written, two)
        self.judge(written, one, two, once=True)

    def test_where_the_state_does_not_come_along_the_status_says_so(self):
        one, two = (self.windows(name, rebuild="none") for name in ("one", "two"))
        load = self.load(count=6000)
        one.start()
        load.finish()
        one.wait_status(lambda s: source(one).get("lag") == 0 and applied(s) > 5000, 60, "the first has read all")
        self.assertNotIn("reason", source(one))
        self.assertEqual(0, one.stop())
        two.start()
        status = self.reason(two, "and what climate remembers of it stayed there")
        self.assertEqual("degraded", status["health"]["level"])
        self.assertEqual(0, two.stop())

    def test_keys_that_may_be_of_partitions_of_others_make_the_status_say_so(self):
        one, two = (self.windows(name, key='key: [device, seq]') for name in ("one", "two"))
        self.load(count=600).finish()
        one.start()
        self.wait_shares(one)
        self.wait_connected(one)
        self.assertNotIn("reason", source(one))
        two.start()
        self.wait_shares(one, two)
        for service in (one, two):
            self.reason(service, "the keys of climate may be of theirs, too")
        self.assertEqual(0, one.stop())
        self.wait_shares(two)
        self.assertEqual(0, two.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
