"""The file source on real files: a finite back-fill ends by itself and is exact over kills; what is appended, rotated or
truncated is read once; what cannot be read is said and waited for. All windows are recomputed here."""
import json
import os
import random
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from processes import Folder, Service, binary, wait_for  # noqa: E402
from scenario import DRAINED, PENDING, SOAK, JournalWatch, SystemTest, received  # noqa: E402

_CONFIG = """service:
  data_dir: @DATA_DIR@
  durability: process
  drain_timeout: 2s
sources:
  rooms:
    file: {{ path: "{path}", follow: {follow}, poll: 20ms, encoding: auto }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }}, future: off }}
pipelines:
  climate:
    from: rooms
    steps:
      - window:
          tumbling: 1m
          watermark_delay: 10s
          idle: never
          aggregate: {{ temperature: [mean, min, max], "*": [count, set_hash] }}
    to: [lines]
  events:
    from: rooms
    to: [raw]
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
  raw: {{ file: {{ path: "{raw}" }} }}
"""

# The same files before a chain of three pipelines.
_CHAIN = _CONFIG[:_CONFIG.index("pipelines:")] + """pipelines:
  minutes:
    from: rooms
    steps:
      - window: {{ tumbling: 1m, watermark_delay: 10s, allowed_lateness: 0s, idle: never, aggregate: {{ temperature: [max], "*": [count] }} }}
  tens:
    from: minutes
    steps:
      - window:
          tumbling: 10m
          watermark_delay: 0s
          allowed_lateness: 0s
          idle: never
          aggregate: {{ count: {{ sum: readings }}, temperature_max: {{ max: hottest }}, "*": [count] }}
    to: lines
  events:
    from: tens
    to: raw
""" + _CONFIG[_CONFIG.index("sinks:"):]


class Files:
    """A service that reads rooms/{device}.jsonl of a folder, one reading per line."""

    START = 1_700_000_000_000

    def __init__(self, test, follow=False, path="{device}.jsonl", config=_CONFIG):
        self.folder = Folder()
        test.addCleanup(self.folder.remove)
        self.rooms = self.folder / "rooms"
        os.mkdir(self.rooms)
        self.lines, self.raw, self.data_dir = self.folder / "lines.jsonl", self.folder / "raw.jsonl", self.folder / "data"
        text = config.format(path=os.path.join(self.rooms, path), follow=str(follow).lower(), lines=self.lines, raw=self.raw)
        self.service = Service(binary(), text, self.data_dir, self.folder)
        test.addCleanup(self.service.kill)
        self.readings, self.random = {}, random.Random(3)

    def reading(self, device):
        """The next reading of a device as a line; about 3 s after the one before it."""
        known = self.readings.setdefault(device, [])
        reading = {"time": self.START + 3000 * len(known) + self.random.randrange(2000), "seq": len(known), "n": len(known),
                   "temperature": self.random.randrange(-400, 850) / 10, "note": "Gr\u00fc\u00dfe"}
        known.append(reading)
        return (json.dumps(reading, ensure_ascii=False) + "\n").encode()

    def path(self, name):
        return os.path.join(self.rooms, name)

    def write(self, device, count, mode="ab", name=None):
        with open(self.path(name or device + ".jsonl"), mode) as file:
            file.write(b"".join(self.reading(device) for _ in range(count)))

    def run(self):
        """Runs a finite service to its end; returns its exit code."""
        self.service.start()
        return self.service.wait(60)

    def expected(self):
        """Every window as a batch computation sees it: (device, start) -> values."""
        windows = {}
        for device, readings in self.readings.items():
            for r in readings:
                windows.setdefault((device, r["time"] // 60_000 * 60_000), []).append(r["temperature"])
        return {key: {"count": len(t), "temperature_min": min(t), "temperature_max": max(t), "temperature_mean": sum(t) / len(t)}
                for key, t in windows.items()}

    def found(self):
        """The last revision of each window of the file sink."""
        last = {}
        for record in self.records(self.lines):
            key = record["device"], record["start"]
            if key not in last or record["revision"] > last[key]["revision"]:
                last[key] = record
        return last

    @staticmethod
    def records(path):
        with open(path, "rb") as file:
            return [json.loads(line) for line in file]


class FilesTest(SystemTest):
    def assert_windows(self, files):
        expected, found = files.expected(), files.found()
        self.assertEqual(sorted(expected), sorted(found))
        for key, values in expected.items():
            got = found[key]["values"]
            for name, value in values.items():
                if name == "temperature_mean":
                    self.assertAlmostEqual(value, got[name], delta=1e-9 * max(1, abs(value)), msg=str(key))
                else:
                    self.assertEqual(value, got[name], key)

    def assert_events_once(self, files):
        """Each reading came out of the pipeline without window once."""
        expected = sorted((device, r["n"], r["time"], r["temperature"], r["note"])
                          for device, readings in files.readings.items() for r in readings)
        found = sorted((record["device"], record["values"]["n"], record["time"], record["values"]["temperature"],
                        record["values"]["note"]) for record in files.records(files.raw))
        self.assertEqual(len(expected), len(found))
        self.assertEqual(expected, found)

    def test_a_finite_service_drains_and_ends_by_itself_and_goes_on_with_a_new_file(self):
        files = Files(self)
        for device in ("room-1", "room-2", "room-3"):
            files.write(device, 3000)
        with open(files.path("room-2.jsonl"), "ab") as file:
            file.write(files.reading("room-2").rstrip(b"\n"))  # the last line has no line break
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        status = files.service.status()
        self.assert_settled(status)
        self.assertEqual(9001, received(status))
        self.assertEqual("stopped", status["state"])
        self.assert_windows(files)
        self.assert_events_once(files)
        before = files.records(files.lines)
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        self.assertEqual(9001, received(files.service.status()))
        self.assertEqual(before, files.records(files.lines))
        files.write("room-4", 500)
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        self.assertEqual(9501, received(files.service.status()))
        self.assert_windows(files)
        self.assert_events_once(files)

    def assert_chain(self, files):
        """Each ten minutes came once, of all their minutes: END went through the chain behind the last result."""
        expected = {}
        for (device, start), values in files.expected().items():
            expected.setdefault((device, start // 600_000 * 600_000), []).append(values)
        found = files.records(files.lines)
        self.assertEqual(sorted(expected), sorted((record["device"], record["start"]) for record in found))
        for record in found:
            minutes = expected[record["device"], record["start"]]
            self.assertEqual({"readings": sum(m["count"] for m in minutes), "hottest": max(m["temperature_max"] for m in minutes),
                              "count": len(minutes)}, record["values"], record)
        self.assertEqual(sorted((record["device"], record["end"] - 1) for record in found),
                         sorted((record["device"], record["time"]) for record in files.records(files.raw)))

    def test_a_finite_source_ends_the_chain_behind_it_level_by_level(self):
        files = Files(self, config=_CHAIN)
        for device in ("a", "b", "c"):
            files.write(device, 1000)
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        status = files.service.status()
        self.assertTrue(status["ledger"]["balanced"], status["ledger"])
        for name, loop in status["ledger"]["loops"].items():
            self.assertEqual(0, loop["pending"], name)
        self.assert_chain(files)
        self.assertEqual(DRAINED, files.run(), files.service.tail())  # there is nothing more to do
        self.assert_chain(files)

    def test_kills_before_the_end_of_a_chain_lose_nothing_and_double_nothing(self):
        files = Files(self, config=_CHAIN)
        for device in ("a", "b", "c"):
            files.write(device, 20_000)
        watch = JournalWatch(files.data_dir)
        kills = 20 if SOAK else 4
        for number in range(kills):
            files.service.start()
            watch.wait_more(number * 60_000 // (kills + 1), alive=files.service.alive)
            files.service.kill()
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        self.assert_chain(files)

    def test_kills_during_a_back_fill_lose_nothing_and_double_nothing(self):
        kills, count = (50, 100_000) if SOAK else (20, 40_000)
        files = Files(self)
        for device in ("room-1", "room-2", "room-3"):
            files.write(device, count)
        watch, done = JournalWatch(files.data_dir), 0
        for number in range(kills):
            files.service.start()
            watch.wait_more(number * 3 * count // (kills + 1), alive=files.service.alive)
            done += files.service.alive()
            files.service.kill()
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        status = files.service.status()
        self.assert_settled(status)
        self.assertEqual(3 * count, received(status))
        self.assertEqual(0, status["ledger"]["sources"]["rooms"]["duplicate"])
        self.assert_windows(files)
        self.assert_events_once(files)
        self.report(test="back-fill under kills", lines=3 * count, kills=done)

    def test_following_reads_appended_rotated_and_truncated_files_once(self):
        files = Files(self, follow=True)
        files.write("room-1", 10)
        files.service.start()
        files.service.wait_ready()

        def wait_all():
            total = sum(map(len, files.readings.values()))
            files.service.wait_drained(received=total)
            wait_for(lambda: len(files.records(files.raw)) == total, 10, f"{total} events")

        wait_all()
        with open(files.path("room-1.jsonl"), "ab") as file:  # a line in two halves
            line = files.reading("room-1")
            file.write(line[:17])
            file.flush()
            files.service.wait_status(lambda status: status["components"]["source.rooms"]["state"] == "following")
            file.write(line[17:])
        wait_all()
        files.write("room-2", 100)  # a new file
        wait_all()
        files.write("room-1", 50)
        os.rename(files.path("room-1.jsonl"), files.path("room-1.old"))  # rotated out of the pattern, unread lines in it
        files.write("room-1", 50)
        wait_all()
        os.truncate(files.path("room-2.jsonl"), 0)
        files.write("room-2", 20)
        wait_all()
        files.service.kill()
        files.write("room-1", 30)
        os.unlink(files.path("room-2.jsonl"))
        files.write("room-2", 30)
        files.service.start()
        wait_all()
        self.assertEqual(DRAINED, files.service.stop(), files.service.tail())
        self.assert_events_once(files)
        self.assertEqual(0, files.service.status()["ledger"]["sources"]["rooms"]["duplicate"])

    def test_a_file_that_cannot_be_read_is_said_and_the_end_waits_for_it(self):
        files = Files(self)
        files.write("room-1", 100)
        with open(files.path("room-2.jsonl"), "wb") as file:
            file.write("[]\n".encode("utf-16"))
        with open(files.path("room-3.jsonl"), "wb") as file:  # Latin-1, and two bad lines
            file.write(files.reading("room-3").decode().encode("latin-1"))
            file.write(b'{"time": 1\n[1]\n')
        files.service.start()
        source = lambda status: status["components"].get("source.rooms", {})
        status = files.service.wait_status(lambda status: received(status) == 103 and not status["ready"]
                                           and source(status).get("state") == "waiting", 20, "waiting")
        component = source(status)
        self.assertEqual("waiting", component["state"])
        self.assertIn("room-2.jsonl: is UTF-16", component["reason"])
        files.write("room-2", 100, mode="wb")
        self.assertEqual(DRAINED, files.service.wait(30), files.service.tail())
        status = files.service.status()
        self.assertEqual(203, received(status))
        self.assertEqual(2, status["ledger"]["sources"]["rooms"]["dead_lettered"])
        self.assert_windows(files)
        self.assert_events_once(files)

    def test_results_that_cannot_be_delivered_end_a_finite_service_with_75(self):
        files = Files(self)
        files.write("room-1", 100)
        os.symlink(files.raw + ".gone/out", files.raw)  # the sink cannot write there
        self.assertEqual(PENDING, files.run(), files.service.tail())
        os.unlink(files.raw)
        self.assertEqual(DRAINED, files.run(), files.service.tail())
        self.assert_events_once(files)


if __name__ == "__main__":
    unittest.main()
