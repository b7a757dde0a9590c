"""The will of a source and of a sink, with both clients: the broker publishes it when the process is killed, and not
after a drain."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_collector import Collector  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import Folder, Service, binary, wait_for  # noqa: E402
from scenario import DRAINED, SystemTest  # noqa: E402

CONFIG = """service: {{ data_dir: @DATA_DIR@ }}
sources:
  field:
    mqtt: {{ url: "{url}", client: {client}, protocol: "{protocol}", topics: "in/{{device}}", will: {{ topic: will/source, payload: "source gone", qos: 2 }} }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  all: {{ from: field, to: results }}
sinks:
  results: {{ mqtt: {{ url: "{url}", client: {client}, protocol: "{protocol}", topic: "out/{{device}}", will: {{ topic: will/sink, payload: "", retain: true }} }} }}
"""


class Wills(SystemTest):
    def check(self, client, protocol):
        with Folder() as folder:
            broker = start_mosquitto(folder)
            self.addCleanup(broker.kill)
            collector = Collector(broker.port, "will/#")
            self.addCleanup(collector.stop)
            config = CONFIG.format(url=broker.url, client=client, protocol=protocol)
            service = Service(binary(), config, folder / "data", folder)
            self.addCleanup(service.kill)

            def come():
                return sorted((message.topic, bytes(message.payload)) for message in collector.got)

            def mark(payload):
                with Client(broker.port, client_id="marker", version=5) as marker:
                    marker.publish("will/marker", payload)
                wait_for(lambda: ("will/marker", payload) in come(), 20, "the marker")

            def start():  # ready is sooner: a sink that is away holds nothing up
                service.start()
                service.wait_status(lambda status: all(status.get("components", {}).get(name, {}).get("state") == "connected"
                                                       for name in ("source.field", "sink.results")))

            start()
            self.assertEqual(DRAINED, service.stop())
            mark(b"drained")
            self.assertEqual([("will/marker", b"drained")], come())
            start()
            service.kill()
            wait_for(lambda: len(come()) >= 3, 20, lambda: f"two wills, came: {come()}")
            mark(b"killed")
            self.assertEqual([("will/marker", b"drained"), ("will/marker", b"killed"), ("will/sink", b""),
                              ("will/source", b"source gone")], come())

    def test_a_will_comes_when_the_process_is_killed_and_not_after_a_drain(self):
        for client in ("paho", "grouped"):
            for protocol in ("5", "3.1.1"):
                with self.subTest(client=client, protocol=protocol):
                    self.check(client, protocol)


if __name__ == "__main__":
    unittest.main()
