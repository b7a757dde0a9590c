"""The reference oracle accepts a right set of results, and finds every kind of wrong one: lost, extra, doubled, with a
wrong number or a wrong set."""
import copy
import hashlib
import json
import os
import random
import statistics
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from mqtt_load import Fleet  # noqa: E402
from oracle import compare, exclude_dead_letters, milliseconds  # noqa: E402
from processes import Folder, run  # noqa: E402

TOPIC = "greenhouse/{device}/climate"
SIZE, DELAY = 5000, 1000


def acknowledged(devices=3, count=600, **options):
    """An acknowledgement log: lines with the payload as text."""
    fleet = Fleet(TOPIC, devices, count, step_ms=100, start=1_700_000_000_000, **options)
    messages = list(fleet) + list(fleet.sentinels())
    return [json.dumps({"topic": topic, "payload": payload}) for topic, payload in messages]


def windows_of(lines, delay=DELAY, keep=lambda reading: True):
    """The right results, computed the slow and plain way."""
    readings, highest = {}, {}
    for line in lines:
        entry = json.loads(line)
        device, reading = entry["topic"].split("/")[1], json.loads(entry["payload"])
        readings.setdefault((device, reading["seq"]), reading)
        highest[device] = max(highest.get(device, 0), reading["time"])
    grouped = {}
    for (device, _), reading in readings.items():
        if keep(reading):
            grouped.setdefault((device, reading["time"] // SIZE * SIZE), []).append(reading)
    records = []
    for (device, start), group in sorted(grouped.items()):
        if start + SIZE > highest[device] - delay:
            continue
        digests = [hashlib.sha256(device.encode() + b"\0" + str(one["seq"]).encode()).digest() for one in group]
        total = sum(int.from_bytes(digest[:16], "big") for digest in digests)
        values = {"count": len(group), "set_hash": format(total % 2**128, "032x")}
        for field in ("temperature", "humidity"):
            column = [one[field] for one in group]
            values |= {f"{field}_mean": statistics.fmean(column), f"{field}_min": min(column),
                       f"{field}_max": max(column)}
            if len(column) > 1:
                values[f"{field}_var_samp"] = statistics.variance(column)
                values[f"{field}_stddev_pop"] = statistics.pstdev(column)
            else:
                values[f"{field}_stddev_pop"] = 0.0
        records.append({"pipeline": "climate", "device": device, "start": start, "end": start + SIZE, "revision": 0,
                        "values": values})
    return records


def judge(lines, records, **options):
    return compare(lines, records, SIZE, DELAY, TOPIC, **options)


class Oracle(unittest.TestCase):
    def setUp(self):
        self.lines = acknowledged(disorder=0.05, duplicates=0.02)
        self.records = windows_of(self.lines)

    def assert_found(self, report, **counts):
        wanted = {"lost": 0, "extra": 0, "doubled": 0, "wrong": 0} | counts
        self.assertEqual(wanted, {kind: report[kind] for kind in wanted}, report["examples"])
        self.assertFalse(report["ok"])
        self.assertEqual({kind for kind, count in wanted.items() if count}, set(report["examples"]))

    def test_a_right_set_of_windows_is_accepted(self):
        report = judge(self.lines, self.records)
        self.assertTrue(report["ok"], report)
        # 200 rounds of 100 ms are 4 windows of 5 s per device; the first sentinel's window closes with the second.
        self.assertEqual((15, 15), (report["windows"], report["results"]))
        self.assertEqual((606, 3), (report["readings"], report["devices"]))
        self.assertGreater(report["duplicates"], 0)
        self.assertEqual([], report["unchecked"])

    def test_a_lost_window_is_found(self):
        self.assert_found(judge(self.lines, self.records[:4] + self.records[5:]), lost=1)

    def test_a_doubled_window_is_found(self):
        self.assert_found(judge(self.lines, self.records + [copy.deepcopy(self.records[3])]), doubled=1)

    def test_an_extra_window_is_found(self):
        more = copy.deepcopy(self.records[0])
        more["start"], more["end"] = more["start"] + 1_000_000, more["end"] + 1_000_000
        self.assert_found(judge(self.lines, self.records + [more]), extra=1)

    def test_a_window_that_was_not_due_is_extra(self):
        early = windows_of(self.lines, delay=-10**9)
        self.assert_found(judge(self.lines, early), extra=len(early) - len(self.records))
        self.assertTrue(judge(self.lines, early, everything=True)["ok"])

    def test_each_wrong_number_is_found(self):
        wrongs = {"count": lambda v: v + 1, "temperature_mean": lambda v: v * (1 + 1e-8),
                  "temperature_min": lambda v: v + 1e-12, "humidity_max": lambda v: v - 0.1,
                  "temperature_var_samp": lambda v: v * (1 - 1e-8), "humidity_stddev_pop": lambda v: v + 1e-6}
        for name, spoil in wrongs.items():
            records = copy.deepcopy(self.records)
            records[2]["values"][name] = spoil(records[2]["values"][name])
            report = judge(self.lines, records)
            self.assert_found(report, wrong=1)
            self.assertEqual(name, report["examples"]["wrong"][0]["name"])

    def test_a_set_with_one_reading_swapped_for_another_is_found_by_its_hash(self):
        self.records[1]["values"]["set_hash"] = self.records[2]["values"]["set_hash"]
        self.assert_found(judge(self.lines, self.records), wrong=1)

    def test_a_missing_output_is_found(self):
        for name in ("count", "set_hash", "temperature_mean"):
            records = copy.deepcopy(self.records)
            del records[0]["values"][name]
            self.assert_found(judge(self.lines, records), wrong=1)

    def test_results_that_all_lack_the_set_hash_are_not_taken_on_trust(self):
        for record in self.records:
            del record["values"]["set_hash"]
        self.assert_found(judge(self.lines, self.records), wrong=len(self.records))
        self.assertTrue(judge(self.lines, self.records, required=("count",))["ok"])

    def test_a_wrong_end_is_found(self):
        self.records[0]["end"] += 1
        self.assert_found(judge(self.lines, self.records), wrong=1)

    def test_a_mean_within_1e_9_is_right(self):
        for record in self.records:
            record["values"]["temperature_mean"] *= 1 + 5e-10
            record["values"]["temperature_var_samp"] = record["values"].get("temperature_var_samp", 0) * (1 - 5e-10)
        for record in self.records:
            if record["values"]["count"] == 1:
                del record["values"]["temperature_var_samp"]
        self.assertTrue(judge(self.lines, self.records)["ok"])

    def test_the_last_revision_of_a_window_counts(self):
        first = copy.deepcopy(self.records[0])
        first["values"]["count"] -= 1
        self.records[0]["revision"] = 1
        report = judge(self.lines, [*self.records, first])  # whatever their order
        self.assertTrue(report["ok"], report)
        self.assertEqual(1, report["revised"])
        self.records[0]["revision"], first["revision"] = 0, 1
        self.assert_found(judge(self.lines, [*self.records, first]), wrong=1)

    def test_a_reading_counts_once_however_often_it_was_acknowledged(self):
        self.assertTrue(judge(self.lines + self.lines[:100], self.records)["ok"])

    def test_nothing_expected_is_no_success(self):
        self.assertFalse(judge([], [])["ok"])
        self.assertFalse(judge(acknowledged(count=3)[:3], [])["ok"])

    def test_a_journal_dump_works_like_the_acknowledgement_log(self):
        dump = []
        for number, line in enumerate(self.lines, 1):
            entry = json.loads(line)
            dump.append({"sequence": number, "time": 1, "source": "field", "topic": entry["topic"],
                         "payload": json.loads(entry["payload"]) if number % 2 else entry["payload"]})
        self.assertTrue(judge(dump, self.records)["ok"])

    def test_bad_payloads_and_other_topics_are_not_expected(self):
        junk = [{"topic": "greenhouse/room-0/climate", "payload": text} for text in
                ("{", "[" * 100_000, '{"time":1e999,"seq":1}', '{"seq":1}', "1,2", '{"time":NaN,"seq":2}', "",
                 '{"time":1700000000000,"seq":999999,"temperature":1e999}',
                 '{"time":1700000000000,"seq":999998,"temperature":1%s}' % ("0" * 400))]
        junk.append({"topic": "elsewhere/room-0/climate", "payload": '{"time":1,"seq":1}'})
        report = judge(junk + self.lines, self.records)
        self.assertTrue(report["ok"], report)
        self.assertEqual((9, 1), (report["unreadable"], report["other_topic"]))

    def test_dead_lettered_readings_are_not_expected(self):
        entry = json.loads(self.lines[50])
        rest = self.lines[:50] + self.lines[51:]
        number = json.loads(entry["payload"])["seq"]
        records = windows_of([line for line in rest if json.loads(line) != entry])
        letters = [{"id": 1, "reason": "late", **entry}]
        excluded = exclude_dead_letters(letters, TOPIC)
        self.assertEqual({(entry["topic"].split("/")[1], number)}, excluded)
        self.assertTrue(judge(self.lines, records, excluded=excluded)["ok"])
        self.assert_found(judge(self.lines, records), wrong=1)

    def test_a_filtered_reading_moves_the_watermark_and_enters_no_window(self):
        records = windows_of(self.lines, keep=lambda reading: reading["humidity"] > 50)
        report = judge(self.lines, records, keep=lambda values: values["humidity"] > 50)
        self.assertTrue(report["ok"], report)
        self.assertGreater(report["filtered"], 0)

    def test_renamed_outputs_are_checked_and_unknown_ones_named(self):
        for record in self.records:
            record["values"]["room_temp"] = record["values"].pop("temperature_mean")
        report = judge(self.lines, self.records)
        self.assertEqual(["room_temp"], report["unchecked"])
        self.records[0]["values"]["room_temp"] += 1
        renamed = {"room_temp": ("temperature", "mean")}
        self.assert_found(judge(self.lines, self.records, renamed=renamed), wrong=1)

    def test_small_variance_around_a_large_mean_is_judged_exactly(self):
        rng, lines = random.Random(3), []
        for number in range(200):
            lines.append(json.dumps({"topic": "greenhouse/a/climate", "payload": json.dumps(
                {"time": 1_700_000_000_000 + number * 10, "seq": number, "temperature": 1e9 + rng.random() * 1e-3,
                 "humidity": 50})}))
        lines.append(json.dumps({"topic": "greenhouse/a/climate", "payload": json.dumps(
            {"time": 1_700_000_100_000, "seq": 200, "temperature": 1, "humidity": 1})}))
        records = windows_of(lines)
        self.assertTrue(judge(lines, records)["ok"], judge(lines, records))

    def test_what_thingsboard_stored_is_compared_with_its_rounding(self):
        rows = []
        for record in self.records:
            for key, value in record["values"].items():
                value = round(value, 15) if isinstance(value, float) else value
                kind = {int: "LONG", float: "DOUBLE", str: "STRING"}[type(value)]
                rows.append({"device": record["device"], "key": key, "ts": record["end"], "type": kind, "value": value})
        self.assertTrue(judge(self.lines, None, thingsboard=rows)["ok"])
        self.assertFalse(judge(self.lines, None, thingsboard=rows, timestamp="start")["ok"])
        for number, row in enumerate(rows):
            if row["type"] == "DOUBLE":
                spoiled = rows[:number] + [{**row, "type": "STRING", "value": str(row["value"])}] + rows[number + 1:]
                self.assert_found(judge(self.lines, None, thingsboard=spoiled), wrong=1)
                break
        lost = [row for row in rows if (row["device"], row["ts"]) != (rows[0]["device"], rows[0]["ts"])]
        self.assert_found(judge(self.lines, None, thingsboard=lost), lost=1)

    def test_durations(self):
        self.assertEqual([5000, 250, 60_000, 7], [milliseconds(text) for text in ("5s", "250ms", "1m", 7)])
        with self.assertRaises(ValueError):
            milliseconds("5 minuts")


class CommandLine(unittest.TestCase):
    def test_it_prints_one_line_and_exits_0_only_when_all_is_right(self):
        lines = acknowledged()
        records = windows_of(lines)
        with Folder() as folder:
            for results, code in ((records, 0), (records[1:], 1)):
                for name, rows in (("acks", lines), ("results", map(json.dumps, results))):
                    with open(folder / name, "w", encoding="utf-8") as file:
                        file.write("\n".join(rows) + "\n")
                done = run([sys.executable, os.path.join(ROOT, "test", "support", "oracle.py"), "--ack-log",
                            folder / "acks", "--results", folder / "results", "--window", "5s", "--delay", "1s"])
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertEqual(1, len(done.stdout.splitlines()))
                self.assertEqual((len(records), code), (json.loads(done.stdout)["windows"],
                                                        json.loads(done.stdout)["lost"]))


if __name__ == "__main__":
    unittest.main()
