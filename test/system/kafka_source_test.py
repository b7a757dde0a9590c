"""Events from a real Kafka: windows over kills of the service and of the broker are equal to the oracle, and the results in
Kafka hold each of them; positions are never reset silently; partitions come and topics go; a long outage costs nothing; and
each way in which a secured cluster cannot be read is told from the others."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certs import make_certificates  # noqa: E402
from kafka_load import KafkaLoad  # noqa: E402
from kafka_scenario import KafkaTest  # noqa: E402
from kafka_server import Kafka  # noqa: E402
from oracle import compare  # noqa: E402
from processes import ROOT, binary, run, wait_for  # noqa: E402
from scenario import SOAK, applied, during, lines_of, name_of, received, settled  # noqa: E402

OUTAGE_S = 300 if SOAK else 15


class KafkaSource(KafkaTest):
    def windows(self, deadline_s=300, **fleet):
        """The example of windows between two topics under load: (kafka, service, judge). judge() ends the load, waits
        until all is through, compares both sinks with the oracle, and returns figures."""
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
        load = KafkaLoad(kafka, "climate", acks, pause_s=0.01, devices=50, step_ms=200,
                         deadline_s=deadline_s, **fleet)

        def judge():
            written = load.stop()
            status = service.wait_status(lambda s: s.get("ready") and received(s) >= written and settled(s), 120, "all applied")
            self.assert_settled(status)
            ledger = status["ledger"]
            self.assertEqual(written, ledger["sources"]["readings"]["received"], "each record once in the journal")
            self.assertEqual(0, ledger["sources"]["readings"]["duplicate"])
            self.assertEqual(0, status["components"]["source.readings"]["lag"])
            self.assert_exact(compare(acks, lines, "1s", "1s", "climate/{device}"), "lines")
            wanted = lines_of(lines)
            got, repeated = {}, 0
            for record in kafka.read("climate.results"):
                name = name_of(json.loads(record.value()))
                repeated += name in got
                self.assertEqual(record.value(), got.setdefault(name, record.value()))
            self.assertEqual(wanted, got)
            self.assertEqual(0, service.stop())
            return {"records": written, "results": len(got), "repeated": repeated}
        return kafka, service, judge

    def test_windows_are_exact_over_kills_of_service_and_broker_and_all_of_them_are_in_kafka(self):
        kafka, service, judge = self.windows(disorder=0.05, duplicates=0.01)
        for kill in range(30 if SOAK else 5):
            before = received(service.status())
            service.wait_status(lambda s, b=before: received(s) > b + 2000, 120, "load")
            if kill % 3 == 1:
                kafka.restart()
            else:
                service.kill()
                service.start()
                service.wait_ready(60)
        self.report(case="kafka windows", **judge())

    def test_a_broker_that_is_away_for_long_is_named_and_costs_nothing(self):
        kafka, service, judge = self.windows(deadline_s=OUTAGE_S + 300)
        service.wait_status(lambda s: received(s) > 2000, 120, "load")
        kafka.kill()

        def down(status):
            return all(status["components"][name]["state"] == "connecting" for name in ("source.readings", "sink.results"))
        service.wait_status(down, 60, "the loss seen by both")
        before = service.status()

        def bearable():
            status = service.status()
            self.assertTrue(status["ledger"]["balanced"])
            self.assertTrue(down(status), status["components"])
            self.assertLess(status["process"]["rss_bytes"], 400 << 20)
        during(OUTAGE_S, bearable, 0.5)
        status = service.status()
        self.assertEqual(received(before), received(status))
        for name in ("source.readings", "sink.results"):
            self.assertRegex(status["components"][name]["reason"], "refused|no broker answers|Disconnected")
        kafka.start()
        self.report(case="kafka outage", seconds=OUTAGE_S, **judge())

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

    def test_each_way_in_which_a_secured_cluster_cannot_be_read_is_named(self):
        good = make_certificates(self.folder / "certs")
        servers = []
        for name, tls in (("right", good), ("stranger", good.stranger()), ("elsewhere", good.wrong_host())):
            servers.append(Kafka(self.folder, tls=tls, users={"alice": "right"}, name=name))
            servers[-1].start()
            self.addCleanup(servers[-1].kill)
        kafka, stranger, elsewhere = servers
        kafka.create("climate")

        def login(mechanism="PLAIN", password="right", ca=good.ca):
            return "\n      ".join(["security: sasl_ssl", f"mechanism: {mechanism}", "user: alice", f"password: {password}",
                                   f'tls: {{ ca: "{ca}" }}'])

        reasons = []
        for number, (server, wanted, options) in enumerate([
                (kafka, "the login is refused", {"password": "wrong"}),
                (kafka, "the login is refused", {"mechanism": "SCRAM-SHA-256", "password": "wrong"}),
                (kafka, "certificate", {"ca": good.other_ca}), (stranger, "certificate", {}),
                (elsewhere, "not for this host", {})]):
            service = self.plain(server, f"wrong{number}", login(**options), secure=True)
            service.start()
            reasons.append(self.reason(service, wanted, 40)["components"]["source.readings"]["reason"])
            self.assertEqual([], self.taken(service))
            service.kill()
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            service = self.plain(kafka, mechanism.lower(), login(mechanism), secure=True)
            kafka.produce("climate", [("a", "{}")])  # the group has the one before
            service.start()
            service.wait_status(lambda s: applied(s) == 1, 60, mechanism)
            self.assertNotIn("reason", service.status()["components"]["source.readings"])
            self.assertEqual(0, service.stop())
        self.report(case="kafka source tls", reasons=reasons)


if __name__ == "__main__":
    unittest.main(verbosity=2)
