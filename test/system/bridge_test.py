"""MQTT to Kafka and back on real brokers, by the example pipelines: every message arrives, byte for byte, with topic and user
properties, in the order of its device, over kills of the services and of Kafka; what comes twice is told by its identity."""
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from hivemq_server import HiveMq  # noqa: E402
from kafka_server import start_kafka  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from mqtt_collector import Collector  # noqa: E402
from mqtt_load import publish_all  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import ROOT, Folder, Service, binary, wait_for  # noqa: E402
from scenario import SOAK, SystemTest, received, settled  # noqa: E402

DEVICES = 40


def order_of(messages):
    """{device: [number..]} of (device, number) in their order, each number at its first place."""
    found = {}
    for device, number in messages:
        seen = found.setdefault(device, {})
        seen.setdefault(number, len(seen))
    return {device: list(seen) for device, seen in found.items()}


class Bridge(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)
        self.kafka = start_kafka(self.folder / "server")
        self.addCleanup(self.kafka.kill)
        self.kafka.create("plant", partitions=4)

    def service(self, example, broker, **env):
        with open(os.path.join(ROOT, "config", "pipelines", example + ".yaml"), encoding="utf-8") as file:
            service = Service(binary(), file.read(), self.folder / (example + "-data"), self.folder, example,
                              env={"SLUICE_DATA": self.folder / (example + "-data"), "DURABILITY": "process",
                                   "KAFKA_BROKERS": self.kafka.bootstrap, "MQTT_URL": broker.url, **env})
        self.addCleanup(service.kill)
        return service

    def all_through(self, service, count, deadline=900):
        return service.wait_status(lambda s: s.get("ready") and settled(s) and received(s) >= count, deadline, "all through")

    def both_ways(self, broker, count, kills, kafka_kills, window, ahead):
        """`count` messages of DEVICES devices through both bridges, at most `ahead` more than have arrived: mosquitto 2.0.11
        sends all that it holds, whatever the Receive Maximum, and again what it had not read the
        acknowledgement of. Returns figures."""
        there, back = self.service("kafka_bridge", broker), self.service("kafka_bridge_back", broker)
        collector = Collector(broker.port, "mirror/#")
        for service in (there, back):
            service.start()
            service.wait_ready(60)
        published, seen = 0, 0

        def reached():
            nonlocal seen
            seen = max(seen, received(there.status()))
            return seen

        def acked(done):
            nonlocal published
            published = done

        def messages():
            for i in range(count):
                if i % 64 == 0:
                    wait_for(lambda i=i: i <= reached() + ahead, 600, "the bridge keeps up")
                yield f"plant/d{i % DEVICES}/line/{i % 3}", '{"n": %d,  "x":"\u00e9"}' % i

        ended = []
        load = threading.Thread(target=lambda: ended.append(publish_all(messages(), broker.port, window=window, on_ack=acked,
                                                                       deadline_s=1800)), daemon=True)
        begun = time.monotonic()
        load.start()
        steps = sorted([(i + 1) * count // (kills + 1) for i in range(kills)])
        for number, step in enumerate(steps):
            wait_for(lambda s=step: published >= s or ended, 600, "load", 0.05)
            service = (there, back)[number % 2]
            service.kill()
            if kafka_kills and number % max(1, kills // kafka_kills) == 0:
                kafka_kills -= 1
                self.kafka.restart()
            service.start()
            service.wait_ready(60)
        load.join(1800)
        self.assertTrue(ended)
        status = self.all_through(there, count)
        self.assertGreaterEqual(received(status), count)
        records = self.kafka.read("plant", deadline=300)
        self.all_through(back, len(records))
        wait_for(lambda: len({m.payload for m in collector.got}) >= count, 300, lambda: f"{len(collector.got)} of {count} back", 0.2)
        seconds = time.monotonic() - begun
        collector.stop()
        identities, in_kafka = {}, []
        for record in records:
            headers = dict(record.headers())
            number = int(record.value().split(b":")[1].split(b",")[0])
            self.assertEqual('{"n": %d,  "x":"\u00e9"}' % number, record.value().decode())
            self.assertEqual((f"d{number % DEVICES}", f"plant/d{number % DEVICES}/line/{number % 3}"),
                             (record.key().decode(), headers["topic"].decode()))
            identities.setdefault(headers["sluice-id"], set()).add(record.value())
            in_kafka.append((record.key().decode(), number))
        self.assertTrue(all(len(values) == 1 for values in identities.values()), "one identity, one value")
        wanted = {f"d{d}": list(range(d, count, DEVICES)) for d in range(DEVICES)}
        self.assertEqual(wanted, order_of(in_kafka), "in Kafka: lost or out of order")
        mirrored = []
        for message in collector.got:
            number = int(message.payload.split(b":")[1].split(b",")[0])
            self.assertEqual(f"mirror/d{number % DEVICES}/line/{number % 3}", message.topic)
            mirrored.append((f"d{number % DEVICES}", number))
        self.assertEqual(wanted, order_of(mirrored), "back in MQTT: lost or out of order")
        for service in (there, back):
            self.assertEqual(0, service.stop())
        return {"messages": count, "in_kafka": len(records), "distinct": len(identities), "back": len(mirrored),
                "seconds": round(seconds, 1)}

    def test_mosquitto_to_kafka_and_back(self):
        broker = start_mosquitto(self.folder, persistence=True)
        self.addCleanup(broker.kill)
        count, kills, kafka_kills = (1_000_000, 20, 3) if SOAK else (12_000, 4, 1)
        self.report(case="bridge mosquitto", **self.both_ways(broker, count, kills, kafka_kills, 1000, ahead=5000))

    def test_hivemq_to_kafka_and_back(self):
        broker = HiveMq(self.folder).start()
        self.addCleanup(broker.kill)
        count, kills, kafka_kills = (100_000, 6, 1) if SOAK else (3_000, 1, 0)
        self.report(case="bridge hivemq", **self.both_ways(broker, count, kills, kafka_kills, 10, ahead=600))

    def test_user_properties_and_bytes_that_are_no_text_come_back(self):
        broker = start_mosquitto(self.folder)
        self.addCleanup(broker.kill)
        there, back = self.service("kafka_bridge", broker), self.service("kafka_bridge_back", broker)
        collector = Collector(broker.port, "mirror/#")
        for service in (there, back):
            service.start()
            service.wait_ready(60)
        with Client(broker.port, client_id="writer", version=5) as writer:
            writer.publish("plant/press-1/state", b"\xff\x00\x01", user={"shift": "late", "line": "\u00e9"})
            writer.publish("plant/press-1/a/b/c", b"")
        wait_for(lambda: len(collector.got) == 2, 60, "both back")
        collector.stop()
        first, second = collector.got
        self.assertEqual(("mirror/press-1/state", b"\xff\x00\x01"), (first.topic, first.payload))
        properties = dict(first.user_properties)
        self.assertEqual(("late", "\u00e9"), (properties["shift"], properties["line"]))
        self.assertTrue(properties["sluice-id"].startswith("bridge|"))
        self.assertEqual(("mirror/press-1/a/b/c", b""), (second.topic, second.payload))
        headers = [name for name, _ in self.kafka.read("plant")[0].headers()]
        self.assertEqual(["sluice-id", "revision", "topic", "rest", "shift", "line"], headers)


if __name__ == "__main__":
    unittest.main(verbosity=2)
