"""The examples that stand between MQTT, Kafka and ThingsBoard, and on a secured cluster, on real servers and over kills."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certs import make_certificates  # noqa: E402
from kafka_scenario import KafkaTest  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from oracle import compare  # noqa: E402
from processes import ROOT, start_standin  # noqa: E402
from scenario import SOAK, TOPIC, Load, settled  # noqa: E402

KILLS = 10 if SOAK else 3
START = 1_700_000_040_000  # a full minute


def example(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class KafkaExamples(KafkaTest):
    def test_windows_go_through_a_topic_to_thingsboard_and_come_out_exact(self):
        kafka = self.kafka()
        kafka.create("greenhouse.windows", partitions=4)
        broker, board = start_mosquitto(self.folder, persistence=True), start_standin(self.folder)
        for server in (broker, board):
            self.addCleanup(server.kill)
        service = self.service(example("config/pipelines/kafka_board.yaml"), SLUICE_DATA=self.folder / "sluice-data",
                               MQTT_URL=broker.url, KAFKA_BROKERS=kafka.bootstrap, TB_URL=f"mqtt://127.0.0.1:{board.port}",
                               TB_TOKEN="gateway", WINDOW="5s", WATERMARK_DELAY="1s", IDLE="never", DURABILITY="process")
        service.start()
        service.wait_ready(60)
        acks = self.folder / "acks.jsonl"
        load = Load(broker.port, acks, devices=50, step_ms=500, disorder=0.02, rate=1500)
        for kill in range(KILLS):
            load.wait_published((kill + 1) * 3000)
            if kill % 3 == 1:
                kafka.restart()
            service.kill()
            service.start()
            service.wait_ready(60)
        published = load.stop()["published"]

        def through(status):
            ledger = status.get("ledger", {})
            return (status.get("ready") and settled(status) and ledger["sources"]["field"]["received"] >= published
                    and ledger["sinks"]["cluster"]["results"] > 0 and status["components"]["source.windows"]["lag"] == 0
                    and ledger["sources"]["windows"]["received"] >= ledger["sinks"]["cluster"]["delivered"])
        status = service.wait_status(through, 120, "all through")
        self.assert_settled(status)
        self.assertEqual(0, service.stop())
        rows = board.dump(self.folder / "board.jsonl")
        self.assert_exact(compare(acks, None, "5s", "1s", TOPIC, thingsboard=rows,
                                  keep=lambda reading: -40 < reading.get("temperature", 99) < 85), "board")
        self.report(case="kafka board", kills=KILLS, published=published, rows=len(rows))

    def test_a_cluster_in_the_cloud_is_read_and_written_with_tls_and_an_api_key(self):
        certificates = make_certificates(self.folder / "certs")
        kafka = self.kafka(tls=certificates, users={"key": "secret"})
        kafka.create("readings", partitions=3)
        kafka.create("lines", partitions=2)
        service = self.service(example("docs/cookbook/cloud.yaml").replace("{ name: cloud }", "{ name: cloud, data_dir: @DATA_DIR@ }"),
                               KAFKA_BROKERS=kafka.secure_bootstrap, API_KEY="key", API_SECRET="secret",
                               SSL_CERT_FILE=certificates.ca, HOSTNAME="one")
        service.start()
        service.wait_ready(60)
        expected, number = {}, 0
        for kill in range(KILLS):
            batch = []
            for _ in range(3000):
                line, when, power = "ab"[number % 2], START + number * 100, number * 7 % 500
                batch.append((f"press-{number % 6}", json.dumps({"power": power}), [("line", line.encode())], None, when))
                expected.setdefault((line, when // 60_000 * 60_000), []).append(power)
                number += 1
            kafka.produce("readings", batch)
            service.wait_status(lambda s, n=number: s["ledger"]["pipelines"]["lines"]["applied"] >= n - 1500, 60, "load")
            service.kill()
            service.start()
            service.wait_ready(60)
        # One reading of each device an hour later closes all windows before it.
        kafka.produce("readings", [(f"press-{i}", '{"power": 0}', [("line", b"ab"[i % 2:i % 2 + 1])], None,
                                    START + 3_600_000 + number * 100) for i in range(6)])
        service.wait_status(lambda s: s.get("ready") and settled(s) and s["ledger"]["pipelines"]["lines"]["applied"] >= number + 6
                            and s["ledger"]["sinks"]["back"]["delivered"] >= len(expected), 90, "all windows written")
        self.assertEqual(0, service.stop())
        got = {}
        for record in kafka.read("lines"):
            body = json.loads(record.value())
            self.assertEqual(record.key().decode(), body["key"]["line"])
            revisions = got.setdefault((body["key"]["line"], body["start"]), {})
            self.assertEqual(body, revisions.setdefault(body["revision"], body))
        last = {name: revisions[max(revisions)]["values"] for name, revisions in got.items()}
        self.assertEqual({name: (sum(powers) / len(powers), max(powers)) for name, powers in expected.items()},
                         {name: (values["power_mean"], values["power_max"]) for name, values in last.items()})
        self.report(case="kafka cloud", kills=KILLS, records=number, windows=len(got))


if __name__ == "__main__":
    unittest.main(verbosity=2)
