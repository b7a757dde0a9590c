"""The example with a model, on real servers and over kills: rooms over MQTT, windows, predictions in a Kafka topic, and from
there ThingsBoard. Every window is there once, is the mean of its readings, and is predicted as XGBoost's own library does.
The readings are real where the folder SLUICE_SHARED_DATA (default: ../shared/data beside the checkout) is there."""
import csv
import datetime
import glob
import json
import math
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_scenario import KafkaTest  # noqa: E402
from models import Xgboost, float32  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import publish_all  # noqa: E402
from processes import ROOT, start_standin  # noqa: E402
from scenario import DRAINED, SOAK, settled  # noqa: E402

SHARED = os.environ.get("SLUICE_SHARED_DATA") or os.path.join(ROOT, "..", "shared", "data")
COLUMNS = {"temperature": 2, "humidity": 3, "light": 4, "co2": 5}
WINDOW = 300_000


def readings():
    """(room, time in ms, fields), in the order of time per room."""
    files = sorted(glob.glob(os.path.join(SHARED, "occupancy", "data*.txt")))
    for path in files:
        with open(path, newline="", encoding="utf-8") as file:
            for row in list(csv.reader(file))[1:4000 if SOAK else 1500]:
                time = datetime.datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
                yield (os.path.basename(path)[:-4], int(time.timestamp()) * 1000,
                       {name: float(row[column]) for name, column in COLUMNS.items()})
    for number in range(0 if files else 3000):
        busy = number // 200 % 2
        yield (f"room-{number % 3}", 1_700_000_000_000 + number * 20_000,
               {"temperature": 20 + busy * 2 + number % 7 / 10, "humidity": 25 + number % 11 / 10, "light": busy * (400 + number % 40),
                "co2": 450 + busy * 300 + number % 50})


class PredictExample(KafkaTest):
    def test_windows_of_rooms_are_predicted_into_a_topic_and_to_thingsboard(self):
        kafka = self.kafka()
        kafka.create("rooms.predictions", partitions=2)
        broker, board = start_mosquitto(self.folder, persistence=True), start_standin(self.folder)
        for server in (broker, board):
            self.addCleanup(server.kill)
        with open(os.path.join(ROOT, "config/pipelines/occupancy_predict.yaml"), encoding="utf-8") as file:
            text = file.read()
        model = os.path.join(ROOT, "config", "models", "occupancy")
        service = self.service(text, SLUICE_DATA=self.folder / "sluice-data", MQTT_URL=broker.url,
                               KAFKA_BROKERS=kafka.bootstrap, TB_URL=f"mqtt://127.0.0.1:{board.port}", TB_TOKEN="gateway",
                               WATERMARK_DELAY="0s", IDLE="never", DURABILITY="process", MODEL=model)
        service.start()
        service.wait_ready(60)
        windows, sequence, messages = {}, {}, []
        for room, time, fields in readings():
            sequence[room] = sequence.get(room, 0) + 1
            messages.append((f"rooms/{room}/climate", json.dumps({"time": time, "seq": sequence[room], **fields})))
            windows.setdefault((room, time // WINDOW * WINDOW), []).append(fields)
        last = {room: max(start for r, start in windows if r == room) for room in sequence}
        for room, start in last.items():  # closes the last window
            messages.append((f"rooms/{room}/climate", json.dumps({"time": start + WINDOW, "seq": sequence[room] + 1})))
        third = len(messages) // 3
        for part in (messages[:third], messages[third:2 * third], messages[2 * third:]):
            publish_all(part, broker.port)
            service.kill()
            service.start()
            service.wait_ready(60)
        status = service.wait_status(
            lambda s: s.get("ready") and settled(s) and s["ledger"]["sinks"]["cluster"]["delivered"] >= len(windows)
            and s["ledger"]["pipelines"]["board"]["applied"] >= len(windows), 120, "all through")
        self.assert_settled(status)
        self.assertEqual(DRAINED, service.stop())

        found = {}
        for record in kafka.read("rooms.predictions"):
            body = json.loads(record.value())
            key = body["device"], body["start"]
            self.assertEqual(body, found.setdefault(key, body))  # at least once, and always the same
        self.assertEqual(set(windows), set(found))
        keys = sorted(found)
        rows = [[found[key]["values"][name] for name in COLUMNS] for key in keys]
        for key, row, yes in zip(keys, rows, Xgboost(model=f"{model}/model.json").predict(rows)):
            for name, mean in zip(COLUMNS, row):
                column = [fields[name] for fields in windows[key]]
                self.assertTrue(math.isclose(sum(column) / len(column), mean, rel_tol=1e-9, abs_tol=1e-9), (key, name))
            no = float32(1 - yes)
            values = found[key]["values"]
            self.assertEqual(("occupied", yes) if yes > no else ("free", no),
                             (values["occupancy"], float32(values["occupancy_probability"])), key)
        kept = {(row["device"], row["ts"]): row["value"] for row in board.points(key="occupancy")}
        self.assertEqual({(device, start + WINDOW): found[device, start]["values"]["occupancy"] for device, start in keys}, kept)
        self.report(case="predict example", windows=len(found), readings=len(messages), occupied=sum(
            body["values"]["occupancy"] == "occupied" for body in found.values()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
