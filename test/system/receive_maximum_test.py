"""Receive Maximum 1 and 10, both ways, with HiveMQ CE: all is delivered, in order, and neither side ever has more under way.
What passes between the service and the broker is counted on the wire."""
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import mqtt_codec as mqtt  # noqa: E402
from hivemq_server import HiveMq  # noqa: E402
from mqtt_collector import Collector  # noqa: E402
from mqtt_load import publish_all  # noqa: E402
from processes import Folder, Service, binary, wait_for  # noqa: E402
from scenario import SOAK, SystemTest, received, settled  # noqa: E402
from tcp_proxy import TcpProxy  # noqa: E402

DEVICES = 5
CONFIG = """service: {{ name: window, data_dir: @DATA_DIR@, durability: process }}
sources:
  in:
    mqtt: {{ url: "mqtt://127.0.0.1:{port}", topics: ["in/{{device}}"], receive_maximum: {maximum}, client: grouped }}
    decode: {{ raw: {{}} }}
pipelines:
  all: {{ from: in, to: [out] }}
sinks:
  out: {{ mqtt: {{ url: "mqtt://127.0.0.1:{port}", topic: "out/{{device}}", payload: raw, client: grouped }} }}
"""


class Windows:
    """The most publishes of QoS 1 without PUBACK, by client id, {"in": of the broker, "out": of the client}."""

    def __init__(self):
        self.buffers, self.open, self.most, self.names = {}, {}, {}, {}

    def see(self, link, from_client, data):
        buffer = self.buffers.setdefault((link, from_client), bytearray())
        buffer += data
        packets, used = mqtt.split(buffer)
        del buffer[:used]
        for first, body in packets:
            kind = first >> 4
            if kind == mqtt.CONNECT:
                _, at = mqtt.read_properties(body, 10)
                self.names[link] = mqtt.read_text(body, at)[0].decode()
            elif kind == mqtt.PUBLISH and first & 6:
                self.count(link, "out" if from_client else "in", 1)
            elif kind == mqtt.PUBACK:
                self.count(link, "in" if from_client else "out", -1)

    def count(self, link, way, by):
        key = (link, way)
        self.open[key] = self.open.get(key, 0) + by
        most = self.most.setdefault(self.names[link], {})
        most[way] = max(most.get(way, 0), self.open[key])


class ReceiveMaximum(SystemTest):
    def through(self, maximum, count):
        folder = Folder()
        self.addCleanup(folder.remove)
        broker = HiveMq(folder, receive_maximum=maximum).start()
        self.addCleanup(broker.kill)
        windows = Windows()
        proxy = TcpProxy(broker.port, watch=windows.see)
        self.addCleanup(proxy.close)
        service = Service(binary(), CONFIG.format(port=proxy.port, maximum=maximum), folder / "data", folder)
        self.addCleanup(service.kill)
        collector = Collector(broker.port, "out/#")
        self.addCleanup(collector.stop)
        service.start()
        service.wait_ready(60)

        def messages():
            for i in range(count):
                if i % 32 == 0:  # what waits for a session is bounded there
                    wait_for(lambda i=i: i <= received(service.status()) + 500 and i <= len(collector.got) + 500, 300, "progress")
                yield f"in/d{i % DEVICES}", str(i)

        load = threading.Thread(target=publish_all, args=(messages(), broker.port), kwargs={"window": maximum}, daemon=True)
        load.start()
        wait_for(lambda: len(collector.got) >= count, 300, lambda: f"{len(collector.got)} of {count}", 0.1)
        load.join(60)
        service.wait_status(lambda s: settled(s) and received(s) >= count, 60, "all acknowledged")
        self.assertEqual(0, service.stop())
        by_device = {d: [int(m.payload) for m in collector.got if m.topic == f"out/d{d}"] for d in range(DEVICES)}
        self.assertEqual({d: list(range(d, count, DEVICES)) for d in range(DEVICES)}, by_device)
        self.assertEqual({"window-in": {"in": maximum}, "window-out": {"out": maximum}}, windows.most)
        self.report(case="receive maximum", maximum=maximum, messages=count)

    def test_one_message_under_way(self):
        self.through(1, 5000 if SOAK else 1000)

    def test_ten_messages_under_way(self):
        self.through(10, 20_000 if SOAK else 3000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
