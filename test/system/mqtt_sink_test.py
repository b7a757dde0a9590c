"""Results over MQTT on a real broker: every result of the file sink arrives with its identity, revision and equal bytes,
whatever is killed or restarted in between; retained values; 3.1.1; what the broker does not take is a dead letter."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_collector import Collector  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import Folder, wait_for  # noqa: E402
from scenario import SOAK, SystemTest, lines_of, name_of, received, results_rig, settled  # noqa: E402


class MqttSink(SystemTest):
    def rig(self, sink, out, **options):
        """The rig of all tests, its pipeline also to an MQTT sink at the broker `out`."""
        return results_rig(self, f'mqtt: {{ url: "{out.url}", {sink} }}', **options)

    def folder(self):
        folder = Folder()
        self.addCleanup(folder.remove)
        return folder

    def broker(self, **options):
        """Where the results go: another broker than the one they come from."""
        broker = start_mosquitto(self.folder(), name="out", **options)
        self.addCleanup(broker.kill)
        return broker

    def judge(self, rig, got):
        """Each line is there at least once with equal bytes, and nothing else is."""
        lines, seen, doubled = lines_of(rig.lines), {}, 0
        for message in got:
            properties = {key: value for key, value in message.user_properties}
            body = json.loads(message.payload)
            name = name_of(body)
            self.assertEqual(f"results/climate/{body['device']}", message.topic)
            self.assertEqual(properties["sluice-id"], f"climate|{body['device']}|{body['start']}|{body['end']}")
            self.assertEqual(properties["revision"], str(body["revision"]))
            doubled += name in seen
            seen[name] = message.payload
        self.assertEqual(lines, seen)
        self.assertGreater(len(lines), 100)
        return len(lines), doubled

    def test_every_result_arrives_through_kills_of_the_service_and_restarts_of_its_broker(self):
        out = self.broker(persistence=True)
        rig = self.rig('topic: "results/{pipeline}/{device}"', out)
        collector = Collector(out.port)
        rig.start(ready=True)
        load = rig.load(rate=2000, step_ms=200, disorder=0.05)
        for kill in range(10 if SOAK else 3):
            before = received(rig.service.status())
            wait_for(lambda: received(rig.service.status()) > before + 1500, 60, "load")
            if kill % 3 == 1:
                out.stop()  # it writes down what it acknowledged; what a killed broker forgets is not ours to prove
                wait_for(lambda: rig.service.component("sink.results")["state"] != "connected", 30, "the loss seen")
                out.start()
            else:
                rig.service.kill()
                rig.start(ready=True)
        load.stop()
        status = rig.drain(quiet_s=10)
        self.assert_settled(status)
        self.assert_exact(rig.judge_lines(), "lines")
        count = len(lines_of(rig.lines))
        wait_for(lambda: len({(m.topic, m.user_properties) for m in collector.got}) >= count, 30, lambda: f"{len(collector.got)} of {count}")
        collector.stop()
        results, doubled = self.judge(rig, collector.got)
        self.assertEqual(0, rig.service.stop())
        self.report(case="mqtt sink", results=results, repeated=doubled)

    def test_retained_values_over_3_1_1_hold_the_last_result_of_each_device(self):
        out = self.broker(persistence=False)
        rig = self.rig('topic: "last/{device}", retain: true, payload: values, protocol: "3.1.1"', out)
        rig.start(ready=True)
        load = rig.load(devices=20, rate=2000, step_ms=200)
        load.wait_published(4000)
        load.stop()
        self.assert_settled(rig.drain())
        self.assertEqual(0, rig.service.stop())
        last = {}
        for (device, start, revision), line in lines_of(rig.lines).items():
            if (start, revision) >= last.get(device, ((-1, 0), b""))[0]:
                last[device] = ((start, revision), json.loads(line)["values"])
        with Client(out.port, client_id="late", version=4) as client:
            client.subscribe("last/#")
            got = {}
            while len(got) < len(last):
                message = client.receive(timeout=10)
                self.assertTrue(message.retain)
                got[message.topic.removeprefix("last/")] = json.loads(message.payload)
        self.assertEqual({device: values for device, (_, values) in last.items()}, got)

    def test_what_the_broker_refuses_is_a_dead_letter_and_the_rest_goes_on(self):
        acl = self.folder() / "acl"
        with open(acl, "w", encoding="utf-8") as file:
            file.write("topic readwrite open/#\n")
        os.chmod(acl, 0o700)
        out = self.broker(persistence=False, extra=f"acl_file {acl}\nmax_queued_messages 100000")  # 0 makes 2.0.11 close after each refusal
        rig = self.rig('topic: "{device}/x"', out)
        rig.start(ready=True)
        load = rig.load(devices=3, rate=500, step_ms=200)
        load.wait_published(300)
        load.stop()
        status = rig.service.wait_status(
            lambda s: settled(s) and s["ledger"]["sinks"]["results"]["results"] > 0, 60, "everything settled")
        board = status["ledger"]["sinks"]["results"]
        self.assertEqual(0, board["delivered"])
        self.assertEqual(board["results"], board["dead_lettered"])
        letters = [letter for letter in rig.dead_letters() if letter["source"] == "results"]
        self.assertEqual({"sink.refused"}, {letter["reason"] for letter in letters})
        self.assertIn("not authorized", letters[0]["detail"])

    def test_a_broker_that_retains_nothing_is_named_in_the_status_and_gets_all_when_it_does(self):
        out = self.broker(persistence=False, extra="retain_available false")
        rig = self.rig('topic: "last/{device}", retain: true, client: grouped', out)
        rig.start(ready=True)
        load = rig.load(devices=3, rate=500, step_ms=200)
        load.wait_published(300)
        load.stop()
        status = rig.service.wait_status(
            lambda s: "the broker retains nothing" in s["components"].get("sink.results", {}).get("reason", ""), 30, "the reason in the status")
        self.assertEqual("degraded", status["health"]["level"])
        self.assertIn("the broker retains nothing", rig.service.stderr())
        out.kill()
        better = start_mosquitto(self.folder(), name="better", port=out.port, persistence=False)
        self.addCleanup(better.kill)
        status = rig.service.wait_status(
            lambda s: settled(s) and s["ledger"]["sinks"]["results"]["results"] > 0, 60, "everything settled")
        board = status["ledger"]["sinks"]["results"]
        self.assertEqual(board["results"], board["delivered"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
