"""scripts/servers: a real Kafka and a real HiveMQ come up, do what they are for, keep it over a kill, and go by signal."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from hivemq_server import HiveMq  # noqa: E402
from kafka_server import Producer, start_kafka  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import ROOT, Folder, exists  # noqa: E402


class Servers(unittest.TestCase):
    def folder(self):
        folder = Folder()
        self.addCleanup(folder.remove)
        return folder

    def test_kafka_keeps_records_over_a_kill(self):
        kafka = start_kafka(self.folder())
        self.addCleanup(kafka.kill)
        kafka.create("t", partitions=2)
        kafka.produce("t", [(f"d{i % 7}", str(i)) for i in range(5000)])
        kafka.restart()
        got = kafka.read("t")
        self.assertEqual(sorted(range(5000)), sorted(int(record.value()) for record in got))

    def test_the_script_starts_kafka_with_sasl_ssl_and_stops_it(self):
        script = subprocess.Popen([os.path.join(ROOT, "scripts", "servers"), "kafka"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(script.kill)
        facts = json.loads(script.stdout.readline())
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            producer = Producer({"bootstrap.servers": facts["sasl_ssl"], "security.protocol": "SASL_SSL",
                                 "sasl.mechanism": mechanism, "sasl.username": "sluice", "sasl.password": "sluice",
                                 "ssl.ca.location": facts["ca"]})
            self.assertIn(1, producer.list_topics(timeout=20).brokers)
        script.terminate()
        self.assertEqual(0, script.wait(60))
        self.assertFalse(exists(facts["pid"]))
        script.stdout.close()

    def test_hivemq_keeps_the_messages_of_a_session_over_a_kill(self):
        hivemq = HiveMq(self.folder()).start()
        self.addCleanup(hivemq.kill)
        session = {"client_id": "reader", "version": 4, "clean": False}
        with Client(hivemq.port, **session) as reader:
            reader.subscribe("a/#")
        with Client(hivemq.port, client_id="writer", version=4) as writer:
            for i in range(20):
                writer.publish("a/b", str(i).encode(), qos=1)
        hivemq.restart()
        with Client(hivemq.port, **session) as reader:
            self.assertEqual([str(i).encode() for i in range(20)], [reader.receive(timeout=20).payload for _ in range(20)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
