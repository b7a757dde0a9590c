"""What the tests of the Kafka source share: a service that writes every record as a line, without windows."""
import json
import os

from kafka_server import start_kafka
from processes import Folder, Service, binary
from scenario import SystemTest

_PLAIN = """service: {{ name: {name}, data_dir: @DATA_DIR@, durability: process }}
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
  all: {{ from: readings, {steps}to: lines }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


class KafkaTest(SystemTest):
    """A test on a real Kafka, of one or more services."""

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

    def plain(self, kafka, name="one", more="", secure=False, steps=""):
        """A service that writes each record to its `lines`; more: further options of the source, a line each; steps:
        "steps: [..], " of the pipeline."""
        lines = self.folder / (name + ".jsonl")
        text = _PLAIN.format(name=name, brokers=kafka.secure_bootstrap if secure else kafka.bootstrap, lines=lines, more=more,
                            steps=steps)
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
