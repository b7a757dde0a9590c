"""Options that show in nothing but what leaves the process, or when: set to something else than their default, and the
difference seen."""
import json
import os
import socket
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

import mqtt_codec as mqtt  # noqa: E402
from processes import Folder, Service, binary, wait_for  # noqa: E402
from scenario import SystemTest  # noqa: E402

_MQTT = """service: {{ data_dir: @DATA_DIR@, durability: process{name} }}
sources:
  field:
    mqtt: {{ url: "mqtt://127.0.0.1:{port}", topics: "rooms/{{device}}"{qos} }}
    decode: {{ json: {{ time: $.time }} }}
pipelines:
  events: {{ from: field, to: board }}
sinks:
  board: {{ mqtt: {{ url: "mqtt://127.0.0.1:{port}", topic: "out/{{device}}" }} }}
"""

_POLL = """service: {{ data_dir: @DATA_DIR@, durability: process }}
sources:
  often:
    file: {{ path: "{rooms}/{{device}}.jsonl", follow: true, poll: 200ms }}
    decode: {{ json: {{ time: $.time }}, future: off }}
  seldom:
    file: {{ path: "{rooms}/{{device}}.jsonl", follow: true, poll: 1h }}
    decode: {{ json: {{ time: $.time }}, future: off }}
pipelines:
  often: {{ from: often, to: often }}
  seldom: {{ from: seldom, to: seldom }}
sinks:
  often: {{ file: {{ path: "{often}" }} }}
  seldom: {{ file: {{ path: "{seldom}" }} }}
"""


class _Connection:
    """What a client sends to our socket, packet by packet."""

    def __init__(self, listener):
        self.socket, _ = listener.accept()
        self.socket.settimeout(20)
        self.read, self.packets = b"", []

    def packet(self, kind):
        """The body of the next packet, which is of this kind."""
        while not self.packets:
            more = self.socket.recv(4096)
            if not more:
                raise AssertionError(f"closed before a packet of type {kind}")
            self.read += more
            self.packets, used = mqtt.split(self.read)
            self.read = self.read[used:]
        first, body = self.packets.pop(0)
        if first >> 4 != kind:
            raise AssertionError(f"packet type {first >> 4} (want {kind})")
        return body


class Options(SystemTest):
    def sent(self, **options):
        """The client ids of a service with an MQTT source and sink, and the QoS its SUBSCRIBE asks for."""
        with Folder() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(20)
            text = _MQTT.format(port=listener.getsockname()[1], name=options.get("name", ""), qos=options.get("qos", ""))
            ids, wanted = [], []
            with Service(binary(), text, folder / "data", folder):
                clients = [_Connection(listener) for _ in range(2)]
                try:
                    for client in clients:
                        login = mqtt.read_connect(client.packet(mqtt.CONNECT))
                        ids.append(login["client_id"])
                        if not login["client_id"].endswith("-field"):
                            continue
                        client.socket.sendall(mqtt.connack(login["version"]))
                        wanted += mqtt.read_subscribe(client.packet(mqtt.SUBSCRIBE), login["version"])[2]
                finally:
                    for client in clients:
                        client.socket.close()
            return sorted(ids), wanted

    def test_the_services_name_stands_in_the_client_ids_and_the_qos_in_the_subscription(self):
        self.assertEqual((["sluice-board", "sluice-field"], [1]), self.sent())
        self.assertEqual((["plant-7-board", "plant-7-field"], [0]), self.sent(name=", name: plant-7", qos=", qos: 0"))

    def test_a_file_source_looks_for_new_lines_as_often_as_poll_says(self):
        with Folder() as folder:
            os.mkdir(folder / "rooms")
            outputs = {name: folder / (name + ".jsonl") for name in ("often", "seldom")}

            def write(number):
                with open(os.path.join(folder / "rooms", "room-1.jsonl"), "a", encoding="utf-8") as file:
                    file.write(json.dumps({"time": 1_700_000_000_000 + number, "n": number}) + "\n")

            def lines(name):
                try:
                    with open(outputs[name], encoding="utf-8") as file:
                        return len(file.readlines())
                except FileNotFoundError:
                    return 0

            write(0)
            with Service(binary(), _POLL.format(rooms=folder / "rooms", **outputs), folder / "data", folder) as service:
                for name in outputs:
                    wait_for(lambda name=name: lines(name) == 1, 20, lambda: f"a line from {name}\n{service.tail()}")
                # Each line is written when the one before it has come: the last ones are seconds later than the first,
                # so that a source with the default of 1 s would have seen some.
                for number in range(1, 16):
                    write(number)
                    wait_for(lambda number=number: lines("often") == number + 1, 20, f"line {number}")
                self.assertEqual(1, lines("seldom"))


if __name__ == "__main__":
    unittest.main()
