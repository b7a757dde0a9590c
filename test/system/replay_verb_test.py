"""`sluice replay` against a real broker: every row arrives once with time and seq, in order, in the pace asked for; a file
with a fault publishes nothing and says where it is."""
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_raw import Client  # noqa: E402
from processes import Folder, binary, run  # noqa: E402

CSV = """"date","Temperature","CO2"
"1","2015-02-04 17:51:00",23.18,721.25
"2","2015-02-04 17:51:59",23.15,714
"3","2015-02-04 17:53:00",,713.5
"""
FIRST = 1423068660000  # 2015-02-04 17:51:00 in Brussels


class ReplayVerb(unittest.TestCase):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)
        self.broker = start_mosquitto(self.folder)
        self.addCleanup(self.broker.kill)

    def file(self, name, text):
        path = self.folder / name
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return str(path)

    def replay(self, *arguments):
        return run([binary(), "replay", *arguments, "--url", self.broker.url, "--quiet"], 60)

    def subscribed(self):
        client = Client(self.broker.port, client_id="reader", version=4)
        client.connect()
        self.addCleanup(client.close)
        client.subscribe("#")
        return client

    def test_csv_rows_arrive_in_order_with_time_and_seq(self):
        reader = self.subscribed()
        acks = self.folder / "acks.jsonl"
        done = self.replay(self.file("room.csv", CSV), "--topic", "plant/{device}/t", "--device", "room-1", "--time", "date",
                           "--time-format", "%Y-%m-%d %H:%M:%S", "--zone", "Europe/Brussels", "--speed", "max",
                           "--ack-log", str(acks))
        self.assertEqual(0, done.returncode, done.stderr)
        got = [reader.receive(5) for _ in range(3)]
        self.assertEqual(["plant/room-1/t"] * 3, [m.topic for m in got])
        self.assertEqual([{"time": FIRST, "seq": 1, "Temperature": 23.18, "CO2": 721.25},
                          {"time": FIRST + 59000, "seq": 2, "Temperature": 23.15, "CO2": 714},
                          {"time": FIRST + 120000, "seq": 3, "CO2": 713.5}], [json.loads(m.payload) for m in got])
        figures = json.loads(done.stdout)
        self.assertEqual((3, 3, 0, 1), tuple(figures[key] for key in ("published", "rows", "skipped", "devices")))
        with open(acks, encoding="utf-8") as file:
            self.assertEqual([m.payload.decode() for m in got], [json.loads(line)["payload"] for line in file])

    def test_json_lines_keep_their_devices_and_the_pace_of_their_times(self):
        reader = self.subscribed()
        rows = [{"id": "a", "at": 1000, "v": 1}, {"id": "b", "at": 1000, "v": 2}, {"id": "a", "at": 61000, "v": {"x": [3]}}]
        begin, now = time.monotonic(), time.time() * 1000
        done = self.replay(self.file("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows)), "--topic",
                           "in/{device}", "--device", "id", "--time", "at", "--speed", "60x",
                           "--shift-to-now")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertGreaterEqual(time.monotonic() - begin, 1.0)  # a minute at 60x
        got = [(m.topic, json.loads(m.payload)) for m in (reader.receive(5) for _ in range(3))]
        self.assertEqual(["in/a", "in/b", "in/a"], [topic for topic, _ in got])
        self.assertEqual([1, 1, 2], [body["seq"] for _, body in got])
        self.assertEqual({"x": [3]}, got[2][1]["v"])
        self.assertEqual(60000, got[2][1]["time"] - got[0][1]["time"])
        self.assertLess(abs(got[2][1]["time"] - now), 20000)  # the last row is of the start

    def test_a_fault_in_the_file_is_named_and_nothing_is_published(self):
        reader = self.subscribed()
        bad = CSV.replace('"2015-02-04 17:53:00"', '"yesterday"')
        path = self.file("bad.csv", bad)
        common = ("--topic", "plant/{device}/t", "--device", "room-1", "--time", "date", "--time-format",
                  "%Y-%m-%d %H:%M:%S", "--speed", "max")
        done = self.replay(path, *common)
        self.assertEqual(64, done.returncode)
        self.assertIn(f"{path}:4: column date is no time (got \"yesterday\"", done.stderr)
        with self.assertRaises(TimeoutError):
            reader.receive(0.3)
        done = self.replay(path, *common, "--skip-bad")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual((2, 1), tuple(json.loads(done.stdout)[key] for key in ("published", "skipped")))

    def test_a_column_that_is_not_there_is_named_with_the_nearest_one(self):
        path = self.file("room.csv", CSV)
        done = self.replay(path, "--topic", "plant/{device}/t", "--device", "room-1", "--time", "dat")
        self.assertEqual(64, done.returncode)
        self.assertIn('did you mean "date"?', done.stderr)
        done = self.replay(path, "--topic", "plant/{room}/t", "--time", "date")
        self.assertEqual(64, done.returncode)
        self.assertIn("{room}", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
