"""The transactional Kafka sink on a real Kafka: whatever is killed, paused, fenced or refused, a reader of committed records
sees each result exactly once, and nobody has to recognise what came twice."""
import json
import os
import shutil
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_load import KafkaLoad  # noqa: E402
from kafka_server import start_kafka  # noqa: E402
from oracle import compare  # noqa: E402
from processes import Folder, Service, binary, run  # noqa: E402
from scenario import DRAINED, PENDING, SOAK, SystemTest, during, lines_of, name_of, received, settled  # noqa: E402

CONFIG = """service: {{ name: plant, data_dir: @DATA_DIR@, durability: process, drain_timeout: 5s }}
sources:
  readings:
    kafka: {{ brokers: {brokers}, topics: ["climate/{{device}}"], group: {name} }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  climate:
    from: readings
    steps:
      - window: {{ tumbling: 1s, watermark_delay: 1s, allowed_lateness: 8s, idle: never,
                  aggregate: {{ temperature: [mean, min, max], "*": [count, set_hash] }} }}
    to: [lines, results]
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
  results: {{ kafka: {{ brokers: {brokers}, topic: results, transactional: true{more} }} }}
"""
# The cluster looks often for transactions that are too old.
IMPATIENT = "transaction.abort.timed.out.transaction.cleanup.interval.ms=100"


def sink(status):
    return status.get("components", {}).get("sink.results", {})


def delivered(status):
    return status.get("ledger", {}).get("sinks", {}).get("results", {}).get("delivered", 0)


def reading(number):
    return json.dumps({"time": 1_700_000_000_000 + number * 1000, "seq": number, "temperature": 1})


def dead_letters(service):
    done = run([binary(), "dlq", "list", "--json", "--data-dir", service.data_dir])
    return [json.loads(line) for line in done.stdout.splitlines()]


class KafkaTransactions(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def cluster(self, extra="", name="server", **config):
        kafka = start_kafka(self.folder / name, extra=extra)
        self.addCleanup(kafka.kill)
        kafka.create("climate", partitions=4)
        kafka.create("results", partitions=4, **config)
        return kafka

    def service(self, kafka, name="one", more=""):
        lines = self.folder / (name + ".jsonl")
        text = CONFIG.format(brokers=kafka.bootstrap, name=name, lines=lines, more=more)
        service = Service(binary(), text, self.folder / (name + "-data"), self.folder, name)
        service.lines = lines
        self.addCleanup(service.kill)
        return service

    def load(self, kafka):
        return KafkaLoad(kafka, "climate", self.folder / "acks.jsonl", pause_s=0.01, devices=50, step_ms=200, disorder=0.05)

    def more(self, service, count):
        """Waits for that many more records in the journal."""
        before = received(service.status())
        service.wait_status(lambda s: received(s) > before + count, 120, "load")

    def catch(self, kafka, service):
        """Stops the broker with records under way to it: until kafka.resume() a transaction is open."""
        for _ in range(20):
            kafka.pause()
            try:
                service.wait_status(lambda s: sink(s).get("in_flight", 0) > 0, 3, "a transaction under way")
                return
            except TimeoutError:  # it fell between two transactions, or the sink waits inside the client
                kafka.resume()
                self.more(service, 100)
        self.fail("no transaction under way")

    def settle(self, load, service):
        written = load.stop()
        status = service.wait_status(lambda s: s.get("ready") and received(s) >= written and settled(s), 120, "all delivered")
        self.assert_settled(status)
        return status

    def judge(self, kafka, service, status, missing=0):
        """Each result is there for a reader of committed records once, in the order of its revisions, with the bytes of the
        file, and what is there is what the oracle wants; the sink counts what is there, but for `missing` dead letters.
        Returns how many there are."""
        self.assert_exact(compare(self.folder / "acks.jsonl", service.lines, "1s", "1s", "climate/{device}"), "lines")
        wanted = lines_of(service.lines)
        got, highest = {}, {}
        for record in kafka.read("results", isolation_level="read_committed"):
            body = json.loads(record.value())
            name = name_of(body)
            self.assertNotIn(name, got, "twice")
            self.assertGreater(body["revision"], highest.get(name[:2], -1), "an older revision behind a newer one")
            headers = dict(record.headers())
            self.assertEqual((f"climate|{name[0]}|{name[1]}|{body['end']}", str(name[2])),
                             (headers["sluice-id"].decode(), headers["revision"].decode()))
            highest[name[:2]] = body["revision"]
            got[name] = record.value()
        self.assertEqual(missing, len(wanted) - len(got))
        self.assertEqual({name: wanted[name] for name in got}, got)
        if not missing:
            report = compare(self.folder / "acks.jsonl", [value.decode() for value in got.values()], "1s", "1s", "climate/{device}")
            self.assert_exact(report, "results")
        self.assertEqual(len(got), delivered(status))
        self.assertGreater(len(got), 50)
        return len(got)

    def test_each_result_is_there_once_through_kills_of_the_service(self):
        kafka, kills = self.cluster(), 30 if SOAK else 3
        service = self.service(kafka)
        service.start().wait_ready(60)
        load = self.load(kafka)
        for kill in range(kills):
            self.more(service, 2000)
            if kill % 3 == 0:
                self.catch(kafka, service)
            service.kill()
            kafka.resume()
            service.start().wait_ready(60)
        status = self.settle(load, service)
        results = self.judge(kafka, service, status)
        written = len(kafka.read("results"))
        self.assertEqual(DRAINED, service.stop())
        self.report(case="kafka transactions, kills of the service", kills=kills, results=results, aborted_records=written - results,
                    transactions_since=sink(status)["transactions"])

    def test_each_result_is_there_once_though_the_service_dies_between_a_commit_and_its_note(self):
        kafka = self.cluster()
        service = self.service(kafka)
        load = self.load(kafka)
        service.command[0] = binary("sluice_faulty")

        def known():
            return service.stderr().count("are committed and are not sent again") if service.starts else 0

        while known() < (10 if SOAK else 1):  # of the writes of both sinks some are before a commit, some behind
            self.assertLess(service.starts, 200, "no death fell between a commit and its note")
            service.env["SLUICE_FAULT"] = f"crash=before_cursor_move:{5 + service.starts % 10}"
            service.start().wait(60)
        service.command[0], service.env["SLUICE_FAULT"] = binary(), ""
        service.start().wait_ready(60)
        results = self.judge(kafka, service, self.settle(load, service))
        self.assertEqual(DRAINED, service.stop())
        self.report(case="kafka transactions, committed and not noted", starts=service.starts, found_by_mark=known(), results=results)

    def test_each_result_is_there_once_through_kills_of_the_broker_and_the_reason_is_said(self):
        kafka, kills = self.cluster(), 10 if SOAK else 2
        service = self.service(kafka)
        service.start().wait_ready(60)
        load = self.load(kafka)
        for _ in range(kills):
            self.more(service, 2000)
            self.catch(kafka, service)
            kafka.kill()
            status = service.wait_status(lambda s: sink(s).get("state") == "connecting", 30, "the loss seen")
            self.assertRegex(sink(status)["reason"], "refused|no broker answers|Disconnected|[Tt]imed out|transport failure")
            self.assertLess(service.rss(), 200 << 20)
            kafka.start()
        results = self.judge(kafka, service, self.settle(load, service))
        self.assertEqual(DRAINED, service.stop())
        self.report(case="kafka transactions, kills of the broker", kills=kills, results=results)

    def test_a_transaction_that_the_cluster_gave_up_for_its_age_goes_again_with_a_new_producer(self):
        kafka = self.cluster(IMPATIENT)
        service = self.service(kafka, more=', librdkafka: { transaction.timeout.ms: "1000", socket.timeout.ms: "1000" }')
        service.start().wait_ready(60)
        load, ended = self.load(kafka), 0
        for _ in range(20 if SOAK else 2):
            self.more(service, 1000)
            before = sink(service.status())["id"]
            self.catch(kafka, service)
            service.pause()
            kafka.resume()
            time.sleep(2)  # the age is the fault
            service.resume()
            self.more(service, 1000)
            self.assertNotEqual("fenced", sink(service.status())["state"])
            ended += sink(service.status())["id"] != before
        results = self.judge(kafka, service, self.settle(load, service))
        self.assertEqual(DRAINED, service.stop())
        self.report(case="kafka transactions, too old", results=results, producers_replaced=ended)

    def test_a_second_process_under_the_same_transactional_id_shuts_the_first_one_out_and_it_says_so(self):
        kafka = self.cluster()
        one, two = self.service(kafka, "one"), self.service(kafka, "two")
        one.start().wait_ready(60)
        kafka.produce("climate", [("a", reading(i)) for i in range(100)])
        one.wait_status(lambda s: delivered(s) > 50 and settled(s), 60, "the first delivers")
        two.start().wait_ready(60)
        two.wait_status(lambda s: delivered(s) > 50, 60, "the second delivers")
        kafka.produce("climate", [("a", reading(i)) for i in range(100, 200)])
        status = one.wait_status(lambda s: sink(s).get("state") == "fenced", 60, "the first is shut out")
        self.assertEqual("another process has taken the transactional id plant-results: give each its own service.name (or sink "
                         "name) and start this one again", sink(status)["reason"])
        self.assertIn("sink.results: another process has taken the transactional id", one.stdout() + one.stderr())
        two.wait_status(lambda s: delivered(s) > 150 and settled(s), 60, "the second goes on")
        during(3, lambda: self.assertEqual("fenced", sink(one.status())["state"]))
        self.assertEqual((PENDING, DRAINED), (one.stop(), two.stop()))

    def test_a_record_that_is_too_large_is_a_dead_letter_alone_whoever_refuses_it(self):
        kafka = self.cluster()
        self.refuse(kafka, "client", ", max_record: 1000B, headers: { long: '{device}', longer: '{device}{device}{device}' }")
        kafka.delete("results")
        kafka.create("results", partitions=4, max_message_bytes=700)
        self.refuse(kafka, "broker", "")

    def refuse(self, kafka, name, more):
        service = self.service(kafka, name, more)
        service.start().wait_ready(60)
        rows = [("a" * size, reading(i)) for i in range(12) for size in (1, 20, 128, 40, 60)]
        kafka.produce("climate", rows)
        status = service.wait_status(lambda s: received(s) >= len(rows) and settled(s), 120, "all settled")
        wanted = lines_of(service.lines)
        got = [name_of(json.loads(r.value())) for r in kafka.read("results", isolation_level="read_committed")]
        self.assertEqual(len(got), len(set(got)), "twice")
        self.assertEqual({one for one in wanted if len(one[0]) < 128}, set(got))
        self.assertEqual({"sink.too_large"}, {letter["reason"] for letter in dead_letters(service)})
        ledger = status["ledger"]["sinks"]["results"]
        self.assertEqual((len(got), len(wanted) - len(got)), (ledger["delivered"], ledger["dead_lettered"]))
        self.assertEqual(name == "broker", sink(status)["aborted"] > 0)
        self.assertEqual(DRAINED, service.stop())

    def test_a_stop_ends_in_time_and_leaves_no_transaction_that_readers_wait_for(self):
        kafka = self.cluster()
        service = self.service(kafka)
        service.start().wait_ready(60)
        load = self.load(kafka)
        self.more(service, 2000)
        for _ in range(10 if SOAK else 3):
            self.more(service, 1000)
            begun = time.monotonic()
            code = service.stop()
            self.assertIn(code, (DRAINED, PENDING), service.tail())
            self.assertLess(time.monotonic() - begun, 10)
            begun = time.monotonic()
            kafka.read("results", isolation_level="read_committed")
            self.assertLess(time.monotonic() - begun, 5)
            service.start().wait_ready(60)
        self.more(service, 1000)
        kafka.pause()
        begun = time.monotonic()
        self.assertIn(service.stop(60), (DRAINED, PENDING))
        self.assertLess(time.monotonic() - begun, 20)
        kafka.resume()
        service.start().wait_ready(60)
        self.judge(kafka, service, self.settle(load, service))

    def test_an_older_copy_of_the_data_directory_is_noticed_and_loses_nothing(self):
        kafka = self.cluster()
        service = self.service(kafka)
        service.start().wait_ready(60)
        load = self.load(kafka)
        self.more(service, 1000)
        self.assertIn(service.stop(), (DRAINED, PENDING))
        copy = self.folder / "copy"
        shutil.copytree(service.data_dir, copy)
        service.start().wait_ready(60)
        self.more(service, 1000)
        self.assertIn(service.stop(), (DRAINED, PENDING))
        shutil.rmtree(service.data_dir)
        os.rename(copy, service.data_dir)
        service.start()
        status = service.wait_status(lambda s: "rolled_back" in sink(s).get("reason", ""), 60, "noticed")
        self.assertIn("are sent again", sink(status)["reason"])
        load.stop()
        service.wait_status(lambda s: settled(s) and s["components"]["source.readings"]["lag"] == 0, 60, "all delivered")
        got = {name_of(json.loads(r.value())) for r in kafka.read("results", isolation_level="read_committed")}
        self.assertLessEqual(set(lines_of(service.lines)), got)
        self.assertEqual(DRAINED, service.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
