"""The tests' own tools do what they say: the process table, the proxy, mosquitto with TLS and passwords, the client."""
import json
import os
import signal
import ssl
import subprocess
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mqtt_codec as mqtt  # noqa: E402
from certs import make_certificates  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import AckLog, Fleet, publish_all  # noqa: E402
from mqtt_raw import Client, Refused  # noqa: E402
from processes import SUPPORT, Folder, Process, Service, cpu, exists, rss, wait_for  # noqa: E402
from tcp_proxy import TcpProxy  # noqa: E402

# A stand-in for the service: writes a ready status, then waits.
FAKE = """#!/bin/sh
dir=$(sed -n 's/^data_dir: //p' "$2"); mkdir -p "$dir"
cat > "$dir/status.json" <<END
{"ready":true,"components":{"source.field":{"id":7}},
 "ledger":{"balanced":true,"sources":{"field":{"received":5,"pending":0}}}}
END
trap 'exit 0' TERM; while :; do sleep 0.05; done
"""


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)


class Processes(WithFolder):
    def test_a_killed_process_is_gone_and_can_start_again(self):
        process = Process(["sleep", "1000"], self.folder)
        first = process.start().pid
        self.assertGreater(rss(first), 0)
        self.assertGreaterEqual(cpu(first), 0)
        process.kill()
        self.assertFalse(exists(first))
        self.assertEqual(-signal.SIGKILL, process.returncode)
        self.assertNotEqual(first, process.start().pid)
        self.assertEqual(-signal.SIGTERM, process.stop(10))

    def test_a_paused_process_stands_still(self):
        with Process(["sh", "-c", "while :; do echo x; done"], self.folder, "loop") as process:
            wait_for(process.stdout, 10)
            process.pause()
            size = os.path.getsize(process.out_path)
            before = cpu(process.pid)
            self.assertEqual((size, before), (os.path.getsize(process.out_path), cpu(process.pid)))
            process.resume()
            wait_for(lambda: os.path.getsize(process.out_path) > size, 10)

    def test_one_that_ignores_sigterm_is_killed_after_the_deadline(self):
        deaf = "trap '' TERM; echo up; while :; do sleep 0.05; done"
        process = Process(["sh", "-c", deaf], self.folder, "deaf").start()
        wait_for(process.stdout, 10)
        with self.assertRaises(TimeoutError):
            process.stop(0.2)
        self.assertFalse(exists(process.pid))

    def test_processes_end_with_the_test_program_even_when_it_is_killed(self):
        code = (f"import sys; sys.path.insert(0, {SUPPORT!r})\n"
                f"from processes import Process\np = Process(['sleep', '1000'], {str(self.folder)!r}).start()\n"
                "print(p.pid, flush=True)\nsys.stdin.read()")
        for end in (lambda child: child.kill(), lambda child: child.stdin.close()):
            with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True) as child:
                pid = int(child.stdout.readline())
                self.assertTrue(exists(pid))
                end(child)
                child.wait(20)
            wait_for(lambda: not exists(pid), 20, "the grandchild gone")

    def test_the_service_handle_writes_the_config_and_reads_the_status_of_this_run(self):
        program = self.folder / "fake"
        with open(program, "w", encoding="ascii") as file:
            file.write(FAKE)
        os.chmod(program, 0o755)
        with Service(program, "data_dir: @DATA_DIR@\n", self.folder / "data") as service:
            self.assertTrue(service.wait_ready(10)["ready"])
            self.assertEqual(7, service.component("source.field")["id"])
            service.wait_drained(10, received=5)
            with self.assertRaises(TimeoutError):
                service.wait_drained(0.1, received=6)
            self.assertEqual(0, service.stop(10))
            with self.assertRaises(RuntimeError):
                service.wait_ready(10)

    def test_the_client_asked_for_stands_in_every_connection(self):
        def written(text):
            with mock.patch.dict(os.environ, SLUICE_MQTT_CLIENT="paho"):
                service = Service("sluice", text, self.folder / "data")
            with open(service.config_path, encoding="utf-8") as file:
                return file.read()

        self.assertEqual("a: { mqtt: { client: paho, url: u } }\nb: { thingsboard: { client: paho, url: u } }\n",
                         written("a: { mqtt: { url: u } }\nb: { thingsboard: { url: u } }\n"))
        self.assertEqual("a:\n  mqtt:\n    client: paho\n    url: mqtt://h\n", written("a:\n  mqtt:\n    url: mqtt://h\n"))
        self.assertEqual('a: { mqtt: { topic: "{x}", client: grouped } }\n',
                         written('a: { mqtt: { topic: "{x}", client: grouped } }\n'))
        self.assertEqual("# of mqtt: nothing\n", written("# of mqtt: nothing\n"))
        for other in ("mqtt: *plant\n", "mqtt: # plant\n  url: u\n", "a: { mqtt: { url: u } }\nb: { mqtt: *plant }\n"):
            with self.assertRaises(ValueError):
                written(other)


class Brokers(WithFolder):
    def test_the_load_survives_kills_of_mosquitto_and_a_session_keeps_what_was_saved(self):
        broker = start_mosquitto(self.folder)
        self.addCleanup(broker.kill)
        with Client(broker.port, client_id="reader", clean=False) as reader:
            self.assertEqual([1], reader.subscribe("greenhouse/+/climate"))
        broker.save()
        kills = []

        def kill_once(published):
            if published > 5000 and not kills:
                kills.append(published)
                broker.save()
                broker.restart()

        log = AckLog(self.folder / "acks")
        result = publish_all(Fleet(count=10_000), broker.port, log=log, on_ack=kill_once, deadline_s=60)
        log.close()
        with open(self.folder / "acks", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual((10_000, 10_000, 1), (result["published"], len(lines), result["reconnects"]))
        # What was acknowledged between the save and the kill may be lost; what came before may not.
        missing = {(line["topic"], line["payload"].encode()) for line in lines[:kills[0]]}
        with Client(broker.port, client_id="reader", clean=False) as reader:
            self.assertTrue(reader.session_present)
            while missing:
                missing.discard(reader.receive()[:2])

    def test_flags_ids_and_user_properties_are_the_callers(self):
        broker = start_mosquitto(self.folder)
        self.addCleanup(broker.kill)
        with Client(broker.port, client_id="a", version=5) as reader, Client(broker.port, version=5) as writer:
            reader.subscribe("t/#")
            self.assertEqual((77, 0), writer.publish("t/1", "x", packet_id=77, dup=True, user={"seq": "9"}))
            message = reader.receive(ack=False)
            self.assertEqual(("t/1", b"x", 1, (("seq", "9"),)), (*message[:3], message.user_properties))
            reader.abort()

    def test_passwords_and_client_certificates_are_asked_for(self):
        certificates = make_certificates(self.folder / "certs")
        broker = start_mosquitto(self.folder, users={"plant": "secret"}, tls=certificates, client_certificates=True)
        self.addCleanup(broker.kill)
        with self.assertRaises(Refused) as caught:
            Client(broker.port, user="plant", password="wrong").connect()
        self.assertEqual(5, caught.exception.code)
        login = {"user": "plant", "password": "secret"}
        with Client(broker.tls_port, tls=broker.tls_context(client=True), **login) as client:
            self.assertTrue(client.ping())
        with self.assertRaises((Refused, OSError)):
            Client(broker.tls_port, tls=broker.tls_context(), **login).connect()
        stranger = start_mosquitto(self.folder, tls=certificates.stranger(), name="stranger")
        self.addCleanup(stranger.kill)
        wrong = start_mosquitto(self.folder, tls=certificates.wrong_host(), name="wrong")
        self.addCleanup(wrong.kill)
        for bad in (stranger, wrong):
            with self.assertRaises(ssl.SSLCertVerificationError):
                Client(bad.tls_port, tls=bad.tls_context())


class Proxy(WithFolder):
    def setUp(self):
        super().setUp()
        self.brokers = [start_mosquitto(self.folder, name=f"broker-{number}") for number in range(2)]
        for broker in self.brokers:
            self.addCleanup(broker.kill)
        self.proxy = TcpProxy(self.brokers[0].port)
        self.addCleanup(self.proxy.close)

    def test_its_target_moves(self):
        client = Client(self.proxy.port).connect()
        self.brokers[0].kill()
        self.assertTrue(client.closed_by_server())
        self.proxy.set_target(self.brokers[1].port)
        with Client(self.proxy.port) as moved:
            self.assertTrue(moved.ping())
        self.assertEqual(2, self.proxy.connections)

    def test_it_drops_resets_and_refuses(self):
        for end in (self.proxy.drop, self.proxy.reset):
            client = Client(self.proxy.port).connect()
            end()
            self.assertTrue(client.closed_by_server())
        self.proxy.refuse()
        with self.assertRaises((Refused, OSError)):
            Client(self.proxy.port).connect()
        self.proxy.refuse(False)
        self.assertTrue(Client(self.proxy.port).connect().ping())

    def test_a_blackhole_swallows_without_a_word_and_gives_back(self):
        client = Client(self.proxy.port).connect()
        self.proxy.blackhole()
        self.assertFalse(client.ping(0.2))
        self.proxy.blackhole(False)
        client.wait_for(mqtt.PINGRESP)

    def test_it_carries_full_load(self):
        result = publish_all(Fleet(count=50_000), self.proxy.port, deadline_s=60)
        self.assertEqual((50_000, 0), (result["published"], result["reconnects"]))


if __name__ == "__main__":
    unittest.main()
