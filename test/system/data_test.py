"""The examples for files on data: every window equals a computation in Python, and a back-fill equals what the same rows give
over MQTT, byte for byte. The data is real where the folder SLUICE_SHARED_DATA (default: ../shared/data beside the checkout)
is there, else our own samples."""
import glob
import json
import os
import re
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from data_reference import REFERENCE, differences, last_revisions  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import publish_all  # noqa: E402
from processes import Folder, Process, Service, binary, run, start_standin  # noqa: E402
from scenario import DRAINED, SystemTest  # noqa: E402

SHARED = os.environ.get("SLUICE_SHARED_DATA") or os.path.join(ROOT, "..", "shared", "data")
SAMPLES = os.path.join(ROOT, "test", "data", "files")
FILES = {"occupancy": ("occupancy/data*.txt", "room-*.txt"), "sense_your_city": ("riotbench/SYS_sample_data_senml.csv", "city.csv"),
         "complaints": ("complaints/*.csv", "sample.csv")}


def files_of(kind):
    real, sample = FILES[kind]
    return sorted(glob.glob(os.path.join(SHARED, real))) or sorted(glob.glob(os.path.join(SAMPLES, sample)))


class DataTest(SystemTest):
    def back_fill(self, kind, paths):
        """Runs the example over the files; returns the path of its results."""
        folder = Folder()
        self.addCleanup(folder.remove)
        names = folder / "files"
        os.mkdir(names)
        for path in paths:
            os.symlink(path, os.path.join(names, os.path.basename(path)))
        board = start_standin(folder)
        self.addCleanup(board.kill)
        service = Process([binary(), "run", os.path.join(ROOT, "config", "pipelines", kind + ".yaml")], folder, "sluice", env={
            "SLUICE_DATA": folder / "data", "FILES": names, "RESULTS": folder / "results.jsonl", "DURABILITY": "process",
            "TB_URL": f"mqtt://127.0.0.1:{board.port}"})
        self.addCleanup(service.kill)
        service.start()
        self.assertEqual(DRAINED, service.wait(60), service.tail())
        with open(folder / "data/status.json", encoding="utf-8") as file:
            status = json.load(file)
        self.assert_settled(status)
        self.assertEqual(0, status["dead_letters"], service.tail())
        return folder / "results.jsonl", status, board

    def check(self, kind):
        paths = files_of(kind)
        results, status, board = self.back_fill(kind, paths)
        rows, expected = REFERENCE[kind](paths)
        self.assertEqual([], differences(expected, last_revisions(results))[:5])
        self.assertEqual(rows, sum(p["applied"] for p in status["ledger"]["pipelines"].values()))
        self.assertEqual(rows, sum(int(row["value"]) for row in board.points(key="count")))
        self.report(test=kind, files=len(paths), rows=rows, windows=len(expected), real=paths[0].startswith(SHARED))

    def test_rooms_from_csv_with_one_column_more_than_the_header(self):
        self.check("occupancy")

    def test_senml_with_numbers_as_texts(self):
        self.check("sense_your_city")

    def test_texts_with_quoted_line_breaks_and_a_byte_order_mark(self):
        self.check("complaints")

    def test_mqtt_and_files_give_the_same_bytes(self):
        paths = files_of("occupancy")
        results, _, _ = self.back_fill("occupancy", paths)
        folder = Folder()
        self.addCleanup(folder.remove)
        broker = start_mosquitto(folder)
        self.addCleanup(broker.kill)
        with open(os.path.join(ROOT, "config", "pipelines", "occupancy.yaml"), encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"    file:\n(      .*\n)+", f'    mqtt: {{ url: "{broker.url}", topics: ["rooms/{{device}}"] }}\n', text)
        text = re.sub(r"  board:\n(    .*\n)+", "", text).replace("[board, archive]", "archive")
        text = text.replace("${RESULTS:-results.jsonl}", folder / "results.jsonl").replace("${SLUICE_DATA:-./data}", "@DATA_DIR@")
        service = Service(binary(), text, folder / "data", folder, env={"DURABILITY": "process"})
        self.addCleanup(service.kill)
        service.start()
        service.wait_ready()

        def messages():
            for path in paths:
                topic = "rooms/" + os.path.splitext(os.path.basename(path))[0]
                with open(path, encoding="utf-8", newline="") as file:
                    for line in file.read().splitlines()[1:]:
                        yield topic, line
                yield topic, '"0","2030-01-01 00:00:00",0,0,0,0,0,0'  # closes the windows before it

        self.publish(broker, messages())
        service.wait_drained(received=sum(1 for _ in messages()))
        self.assertEqual(DRAINED, service.stop(), service.tail())
        self.assertEqual(self.comparable(results), self.comparable(folder / "results.jsonl"))

    @staticmethod
    def publish(broker, messages):
        publish_all(((topic, payload.encode()) for topic, payload in messages), broker.port)

    @staticmethod
    def comparable(path):
        """The last revision of each window as its bytes without the field revision, sorted."""
        last = {}
        with open(path, "rb") as file:
            for line in file:
                record = json.loads(line)
                key = record["device"], record["start"]
                if key not in last or record["revision"] >= last[key][0]:
                    last[key] = record["revision"], re.sub(rb'"revision":\d+,', b"", line)
        return sorted(line for _, line in last.values())

    def test_the_demo_takes_files(self):
        done = run([sys.executable, os.path.join(ROOT, "scripts", "demo_data.py"), *files_of("sense_your_city"), *files_of("complaints")], 120)
        self.assertEqual(0, done.returncode, done.stderr)
        final = json.loads(done.stdout)
        self.assertEqual("balanced", final["ledger"])
        self.assertEqual(final["results"], final["delivered"])


if __name__ == "__main__":
    unittest.main()
