"""Results in a real Kafka: every result of the file sink arrives with its identity, revision, key and equal bytes, through
kills of the service and of the broker; a broker that is away costs disk; what is refused is a dead letter; and each way in
which a secured cluster cannot be reached is told from the others."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certs import make_certificates  # noqa: E402
from kafka_server import Kafka, start_kafka  # noqa: E402
from processes import Folder, wait_for  # noqa: E402
from scenario import SOAK, SystemTest, lines_of, name_of, received, results_rig, settled  # noqa: E402


class KafkaSink(SystemTest):
    def folder(self):
        folder = Folder()
        self.addCleanup(folder.remove)
        return folder

    def kafka(self, **options):
        kafka = start_kafka(self.folder(), **options)
        self.addCleanup(kafka.kill)
        return kafka

    def rig(self, sink, **options):
        """The rig of all tests, its pipeline also to a Kafka sink."""
        return results_rig(self, f"kafka: {{ {sink} }}", **options)

    def judge(self, rig, records):
        """Each line is there with equal bytes and nothing else is; the key is the device; the revisions of a result come
        in order, but for what comes again. Returns how many there are, and how many came again."""
        lines, seen, highest, doubled = lines_of(rig.lines), {}, {}, 0
        for record in records:
            headers = dict(record.headers())
            body = json.loads(record.value())
            name = name_of(body)
            self.assertEqual(record.key().decode(), body["device"])
            self.assertEqual(headers["sluice-id"].decode(), f"climate|{body['device']}|{body['start']}|{body['end']}")
            self.assertEqual(headers["revision"].decode(), str(body["revision"]))
            if name in seen:
                doubled += 1
            else:
                self.assertGreaterEqual(body["revision"], highest.get(name[:2], 0), "a new record of an older revision")
                highest[name[:2]] = body["revision"]
            seen[name] = record.value()
        self.assertEqual(lines, seen)
        return len(lines), doubled

    def test_every_result_arrives_through_kills_of_the_service_and_of_the_broker(self):
        kafka = self.kafka()
        kafka.create("results", partitions=4)
        rig = self.rig(f'brokers: "{kafka.bootstrap}", topic: results, compression: lz4')
        rig.start(ready=True)
        load = rig.load(rate=2000, step_ms=200, disorder=0.05)
        for kill in range(30 if SOAK else 4):
            before = received(rig.service.status())
            wait_for(lambda: received(rig.service.status()) > before + 1500, 60, "load")
            if kill % 3 == 1:
                kafka.restart()
            else:
                rig.service.kill()
                rig.start(ready=True)
        load.stop()
        self.assert_settled(rig.drain(quiet_s=30))
        self.assert_exact(rig.judge_lines(), "lines")
        results, doubled = self.judge(rig, kafka.read("results"))
        self.assertGreater(results, 100)
        self.assertEqual(0, rig.service.stop())
        self.report(case="kafka sink", results=results, repeated=doubled)

    def test_while_the_broker_is_away_results_wait_on_disk_and_the_reason_is_said(self):
        kafka = self.kafka()
        kafka.create("results", partitions=2)
        rig = self.rig(f'brokers: "{kafka.bootstrap}", topic: results, in_flight: 100')
        rig.start(ready=True)
        load = rig.load(devices=50, rate=3000, step_ms=1000)
        load.wait_published(3000)
        kafka.kill()
        rig.service.wait_status(lambda s: s["components"]["sink.results"]["state"] == "connecting", 30, "the loss seen")
        before = load.published
        load.wait_published(before + (100000 if SOAK else 9000))
        status = rig.service.wait_status(lambda s: s["ledger"]["sinks"]["results"]["pending"] > 2000, 60, "results wait")
        self.assertRegex(status["components"]["sink.results"]["reason"], "refused|no broker answers|Disconnected")
        self.assertLess(rig.service.rss(), 200 << 20)
        kafka.start()
        load.stop()
        status = rig.drain(quiet_s=30)
        self.assertEqual(0, status["ledger"]["sinks"]["results"]["pending"], status["components"]["sink.results"])
        self.assert_settled(status)
        self.judge(rig, kafka.read("results"))

    def test_what_is_refused_is_a_dead_letter_and_the_rest_goes_on(self):
        kafka = self.kafka()
        kafka.create("r.room-1", max_message_bytes=380)
        kafka.create("r.room-2")
        rig = self.rig(f'brokers: "{kafka.bootstrap}", topic: "r.{{device}}", librdkafka: {{ topic.metadata.propagation.max.ms: "1000" }}',
                       aggregate='{ temperature: [mean, min, max, var_pop, p95, median, first, last], humidity: [mean, min, max], "*": [count] }')
        rig.start(ready=True)
        load = rig.load(devices=3, rate=500, step_ms=200)
        load.wait_published(300)
        load.stop()
        status = rig.service.wait_status(
            lambda s: settled(s) and s["ledger"]["sinks"]["results"]["results"] > 0, 90, "everything settled")
        letters = [letter for letter in rig.dead_letters() if letter["source"] == "results"]
        of = {device: [letter for letter in letters if f'"{device}"' in letter["payload"]] for device in ("room-1", "room-2", "room-0")}
        lines = lines_of(rig.lines)
        self.assertEqual([], of["room-2"])
        self.assertEqual({"sink.refused"}, {letter["reason"] for letter in of["room-0"]})
        self.assertEqual(len([name for name in lines if name[0] == "room-0"]), len(of["room-0"]))
        self.assertEqual(len([name for name in lines if name[0] == "room-2"]), len(kafka.read("r.room-2")))
        self.assertEqual({"sink.too_large"}, {letter["reason"] for letter in of["room-1"]})
        kept = len(kafka.read("r.room-1"))
        self.assertEqual(len([name for name in lines if name[0] == "room-1"]), kept + len(of["room-1"]))
        sink = status["ledger"]["sinks"]["results"]
        self.assertEqual(sink["results"], sink["delivered"] + sink["dead_lettered"])
        # Replayed once its topic is there, a result comes under its own name.
        kafka.create("r.room-0")
        replay = ("dlq", "replay", "--reason", "sink.refused", "--data-dir", rig.data_dir)
        wait_for(lambda: rig.sluice(*replay).returncode == 0 and len(kafka.read("r.room-0")) >= len(of["room-0"]), 60, "replayed", 0.5)
        for record in kafka.read("r.room-0"):
            body, headers = json.loads(record.value()), dict(record.headers())
            self.assertEqual(lines[name_of(body)], record.value())
            self.assertEqual((f"climate|room-0|{body['start']}|{body['end']}", str(body["revision"])),
                             (headers["sluice-id"].decode(), headers["revision"].decode()))

    def test_a_topic_that_is_not_there_yet_holds_the_sink_up_and_says_so(self):
        kafka = self.kafka()
        rig = self.rig(f'brokers: "{kafka.bootstrap}", topic: results, librdkafka: {{ topic.metadata.propagation.max.ms: "500" }}')
        rig.start(ready=True)
        load = rig.load(devices=3, rate=500, step_ms=200)
        load.wait_published(300)
        load.stop()
        rig.service.wait_status(lambda s: "topic results" in s["components"]["sink.results"].get("reason", ""), 60, "the reason")
        kafka.create("results")
        self.assert_settled(rig.drain(quiet_s=30))
        self.judge(rig, kafka.read("results"))

    def test_each_way_in_which_a_secured_cluster_cannot_be_reached_is_named(self):
        good = make_certificates(self.folder() / "certs")
        users = {"alice": "right"}
        kafka, stranger, elsewhere = (Kafka(self.folder(), tls=tls, users=users) for tls in (good, good.stranger(), good.wrong_host()))
        for server in (kafka, stranger, elsewhere):
            server.start()
            self.addCleanup(server.kill)
        kafka.create("results")

        def sink(server, mechanism="PLAIN", password="right", ca=good.ca):
            return (f'brokers: "{server.secure_bootstrap}", topic: results, security: sasl_ssl, mechanism: {mechanism}, '
                    f'user: alice, password: "{password}", tls: {{ ca: "{ca}" }}')

        cases = [(sink(kafka, password="wrong"), "the login is refused"),
                 (sink(kafka, "SCRAM-SHA-256", "wrong"), "the login is refused"),
                 (sink(kafka, ca=good.other_ca), "certificate"),
                 (sink(stranger), "certificate"),
                 (sink(elsewhere), "not for this host"),
                 (f'brokers: "{kafka.secure_bootstrap}", topic: results', "Disconnected")]
        reasons = []
        for text, wanted in cases:
            rig = self.rig(text)
            rig.start()
            status = rig.service.wait_status(lambda s, w=wanted: w in s["components"].get("sink.results", {}).get("reason", ""), 40, wanted)
            reasons.append(status["components"]["sink.results"]["reason"])
            self.assertNotIn("right", json.dumps(status))
            rig.service.kill()
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            rig = self.rig(sink(kafka, mechanism))
            rig.start(ready=True)
            rig.service.wait_status(lambda s: s["components"]["sink.results"]["state"] == "connected", 30, mechanism)
            self.assertNotIn("reason", rig.service.status()["components"]["sink.results"])
            rig.service.kill()
        self.report(case="kafka tls", reasons=reasons)


if __name__ == "__main__":
    unittest.main(verbosity=2)
