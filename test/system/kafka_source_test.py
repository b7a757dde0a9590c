"""Events from a real Kafka: windows over kills of the service and of the broker are equal to the oracle, and the results in
Kafka hold each of them; positions are never reset silently; partitions come and topics go; processes share a topic."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_load import KafkaLoad  # noqa: E402
from kafka_server import start_kafka  # noqa: E402
from oracle import compare  # noqa: E402
from processes import ROOT, Folder, Service, binary, run, wait_for  # noqa: E402
from scenario import SOAK, SystemTest, applied, received, settled  # noqa: E402

# Every record as a line, without windows.
PLAIN = """service: {{ name: {name}, data_dir: @DATA_DIR@, durability: process }}
sources:
  readings:
    kafka:
      brokers: {brokers}
      topics: ["climate/{{device}}"]
      group: plain
      instance: {name}
      librdkafka: {{ session.timeout.ms: "6000", heartbeat.interval.ms: "500", topic.metadata.refresh.interval.ms: "1000" }}
      {more}
    decode: {{ json: {{ time: kafka.timestamp }}, properties: {{ partition: kafka.partition, offset: kafka.offset }} }}
pipelines:
  all: {{ from: readings, to: lines }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


class KafkaSource(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def kafka(self, **options):
        kafka = start_kafka(self.folder / "server", **options)
        self.addCleanup(kafka.kill)
        return kafka

    def service(self, text, name="sluice", **env):
        service = Service(binary(), text, self.folder / (name + "-data"), self.folder, name, env=env)
        self.addCleanup(service.kill)
        return service

    def plain(self, kafka, name="one", more=""):
        lines = self.folder / (name + ".jsonl")
        text = PLAIN.format(name=name, brokers=kafka.bootstrap, lines=lines, more=more)
        service = self.service(text, name)
        service.lines = str(lines)
        return service

    @staticmethod
    def taken(*services):
        """What the services have written: (partition, offset) of each record, once per line."""
        found = []
        for service in services:
            if os.path.exists(service.lines):
                with open(service.lines, "rb") as file:
                    found += [(int(v["partition"]), int(v["offset"])) for v in (json.loads(line)["values"] for line in file)]
        return found

    def reason(self, service, text, deadline=60):
        return service.wait_status(lambda s: text in s["components"].get("source.readings", {}).get("reason", ""), deadline,
                                   text)

    def test_windows_are_exact_over_kills_of_service_and_broker_and_all_of_them_are_in_kafka(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=4)
        kafka.create("climate.results", partitions=4)
        with open(os.path.join(ROOT, "config", "pipelines", "kafka_windows.yaml"), encoding="utf-8") as file:
            text = file.read()
        lines, acks = self.folder / "out.jsonl", self.folder / "acks.jsonl"
        service = self.service(text, SLUICE_DATA=self.folder / "sluice-data", KAFKA_BROKERS=kafka.bootstrap, WINDOW="1s",
                               WATERMARK_DELAY="1s", IDLE="never", DURABILITY="process", RESULTS=lines)
        service.start()
        service.wait_ready(60)
        load = KafkaLoad(kafka, "climate", acks, pause=lambda: time.sleep(0.01), devices=50, step_ms=200, disorder=0.05,
                         duplicates=0.01)
        for kill in range(30 if SOAK else 5):
            before = received(service.status())
            service.wait_status(lambda s, b=before: received(s) > b + 2000, 120, "load")
            if kill % 3 == 1:
                kafka.restart()
            else:
                service.kill()
                service.start()
                service.wait_ready(60)
        written = load.stop()
        status = service.wait_status(lambda s: s.get("ready") and received(s) >= written and settled(s), 120, "all applied")
        self.assert_settled(status)
        ledger = status["ledger"]
        self.assertEqual(written, ledger["sources"]["readings"]["received"], "each record once in the journal")
        self.assertEqual(0, ledger["sources"]["readings"]["duplicate"])
        self.assertEqual(0, status["components"]["source.readings"]["lag"])
        self.assert_exact(compare(acks, lines, "1s", "1s", "climate/{device}"), "lines")
        with open(lines, "rb") as file:
            wanted = {(r["device"], r["start"], r["revision"]): line.rstrip(b"\n") for line in file for r in [json.loads(line)]}
        got, repeated = {}, 0
        for record in kafka.read("climate.results"):
            body = json.loads(record.value())
            name = (body["device"], body["start"], body["revision"])
            repeated += name in got
            self.assertEqual(record.value(), got.setdefault(name, record.value()))
        self.assertEqual(wanted, got)
        self.assertEqual(0, service.stop())
        self.report(case="kafka windows", records=written, results=len(got), repeated=repeated)

    def test_simulate_and_replay_write_to_kafka(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=3)
        acks, rows = self.folder / "acks.jsonl", self.folder / "rows.csv"
        done = run([binary(), "simulate", "--url", "kafka://" + kafka.bootstrap, "--topic", "climate/{device}", "--devices", "20",
                    "--rate", "max", "--for", "2s", "--quiet", "--ack-log", acks])
        self.assertEqual(0, done.returncode, done.stderr)
        with open(rows, "w", encoding="ascii") as file:
            file.write("when,who,t\n" + "".join(f"{1_700_000_000 + i},r{i % 5},{i}\n" for i in range(500)))
        done = run([binary(), "replay", rows, "--url", "kafka://" + kafka.bootstrap, "--topic", "climate/{device}", "--device",
                    "who", "--time", "when", "--time-unit", "s", "--speed", "max", "--quiet"])
        self.assertEqual((0, 500), (done.returncode, json.loads(done.stdout)["published"]), done.stderr)
        with open(acks, encoding="utf-8") as file:
            logged = sorted((line["topic"], line["payload"]) for line in map(json.loads, file))
        got = [(f"climate/{r.key().decode()}", r.value().decode()) for r in kafka.read("climate")]
        self.assertEqual(logged, sorted(one for one in got if one[0].startswith("climate/room-")))
        self.assertEqual([str(i) for i in range(0, 500, 5)],
                         [str(json.loads(value)["t"]) for name, value in got if name == "climate/r0"])
        wrong = run([binary(), "simulate", "--url", "kafka://" + kafka.bootstrap, "--topic", "absent/{device}", "--devices", "1",
                     "--for", "1s", "--quiet"], deadline=90)
        self.assertEqual(78, wrong.returncode)
        self.assertIn("topic absent", wrong.stderr)

    def test_partitions_that_are_added_are_read_from_their_start_and_keys_and_times_are_there(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=1)
        service = self.plain(kafka, more="offset_reset: latest")
        kafka.produce("climate", [("old", '{"t":0}')])
        service.start()
        service.wait_ready(60)
        when = 1_700_000_000_000
        kafka.produce("climate", [("a:1", '{"t":1}', None, 0, when)])
        service.wait_status(lambda s: applied(s) == 1, 30, "the first")
        kafka.add_partitions("climate", 3)
        kafka.produce("climate", [("b", '{"t":2}', None, p, when + p) for p in (1, 2) for _ in range(10)])
        service.wait_status(lambda s: applied(s) == 21, 60, "the new partitions")
        with open(service.lines, encoding="utf-8") as file:
            first = json.loads(file.readline())
        self.assertEqual(("a:1", when), (first["device"], first["time"]))
        self.assertEqual([(0, 1)] + [(p, o) for p in (1, 2) for o in range(10)], sorted(self.taken(service)))
        self.assertEqual(0, service.stop())

    def test_a_log_that_is_not_where_we_were_is_not_read_and_the_reason_is_said(self):
        kafka = self.kafka(extra="log.retention.check.interval.ms=200\nlog.initial.task.delay.ms=500\nlog.segment.delete.delay.ms=0")
        kafka.create("climate", retention_bytes=40000, segment_bytes=20000)
        service = self.plain(kafka)
        kafka.produce("climate", [("a", json.dumps({"t": i})) for i in range(100)])
        service.start()
        service.wait_status(lambda s: applied(s) == 100, 60, "the beginning")
        self.assertEqual(0, service.stop())
        for _ in range(20):
            kafka.produce("climate", [("a", json.dumps({"t": i, "x": "x" * 100})) for i in range(100)])
        wait_for(lambda: kafka.ends("climate")[0][0] > 200, 60, "old segments removed")
        service.start()
        self.reason(service, "climate[0]: offsets 100 to")
        self.assertEqual(0, service.stop())
        again = self.plain(kafka, more="on_gap: continue")
        again.start()
        first, end = kafka.ends("climate")[0]
        again.wait_status(lambda s: applied(s) >= 100 + end - first, 60, "the rest")
        self.assertEqual(0, again.stop())
        self.assertEqual(len(self.taken(again)), len(set(self.taken(again))))
        kafka.delete("climate")
        wait_for(lambda: "climate" not in kafka.admin().list_topics(timeout=5).topics, 30, "the topic gone")
        kafka.create("climate")
        again.start()
        self.reason(again, "the topic ends at offset 0")
        begun = time.monotonic()
        self.assertEqual(0, again.stop())
        self.assertLess(time.monotonic() - begun, 10)

    def test_a_topic_that_is_deleted_under_us_is_named_and_the_service_still_ends_in_time(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=2)
        service = self.plain(kafka)
        kafka.produce("climate", [(str(i), "{}") for i in range(100)])
        service.start()
        service.wait_status(lambda s: received(s) == 100, 60, "read")
        kafka.delete("climate")
        self.reason(service, "climate")
        begun = time.monotonic()
        self.assertEqual(0, service.stop())
        self.assertLess(time.monotonic() - begun, 10)

    def test_processes_of_one_group_share_the_partitions_and_apply_each_record_once(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=6)
        one, two = self.plain(kafka, "one"), self.plain(kafka, "two")
        total = 0

        def more():
            nonlocal total
            kafka.produce("climate", [(f"d{i % 40}", json.dumps({"t": i})) for i in range(2000)])
            total += 2000

        def all_taken():
            return len(set(self.taken(one, two))) == total

        def mine(service):
            return service.status().get("components", {}).get("source.readings", {}).get("partitions", 0)

        one.start()
        one.wait_ready(60)
        for _ in range(10 if SOAK else 2):
            more()
            two.start()
            wait_for(lambda: mine(one) == 3 and mine(two) == 3, 60, lambda: f"{mine(one)} and {mine(two)} partitions", 0.1)
            more()
            wait_for(all_taken, 60, "all taken", 0.2)
            self.assertEqual(0, two.stop())
            more()
            wait_for(lambda: mine(one) == 6, 60, "the rest taken over", 0.1)
            wait_for(all_taken, 60, "all taken", 0.2)
        self.assertEqual(0, one.stop())
        both = self.taken(one, two)
        self.assertEqual((total, total), (len(both), len(set(both))), "lost or doubled")

    def test_a_second_process_under_our_name_in_the_group_shuts_the_first_one_out(self):
        kafka = self.kafka()
        kafka.create("climate", partitions=2)
        one, two = self.plain(kafka, "one"), self.plain(kafka, "two")
        with open(two.config_path, encoding="utf-8") as file:
            two.configure(file.read().replace("instance: two", "instance: one"))
        one.start()
        one.wait_ready(60)
        two.start()
        status = self.reason(one, "another process has joined group plain as instance one")
        self.assertEqual("fenced", status["components"]["source.readings"]["state"])
        two.wait_ready(60)
        kafka.produce("climate", [("a", "{}") for _ in range(100)])
        two.wait_status(lambda s: applied(s) == 100, 60, "the second reads")
        self.assertEqual([], self.taken(one))
        for service in (one, two):
            self.assertEqual(0, service.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
