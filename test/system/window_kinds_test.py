"""Every window kind, key and aggregate over random streams: disorder, duplicates, gaps, late events and SIGKILL in the
middle, judged by a computation that shares no code with the service. One stream feeds a dozen random pipelines."""
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
import json
import os
import random
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import AckLog, publish_all  # noqa: E402
from processes import Folder, Service, binary, run  # noqa: E402
from scenario import DRAINED, SOAK, SystemTest, settled  # noqa: E402
from window_oracle import Event, differences, expected  # noqa: E402

STREAMS = 200 if SOAK else 2
AT_ONCE = 4  # a stream waits more than it works
PIPELINES = 12
KINDS = ["tumbling", "hopping", "session", "count", "running", "each"]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
KEYS = [None, None, None, ["site"], ["site", "hall"], []]  # mostly by device
START = 1_742_900_000_000  # 25 March 2025: the clocks of Berlin are put forward within the week
FIELDS = {"temperature": ["mean", "min", "max", "sum", "var_samp", "p50", "p95", "p99_9", "median", "distinct", "twm",
                          "first", "last", "count", "stddev_pop"],
          "energy": ["delta", "rate", "max", "last", "distinct", "p10"],
          "state": ["distinct", "first", "last", "count"]}
UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000, "mo": 31 * 86_400_000}


def milliseconds(text):
    number = text.rstrip("smhdwo")
    return int(number) * UNITS[text[len(number):]]


def random_job(rnd, kinds):
    """A pipeline as the oracle takes it, and its `window:` as the file has it."""
    kind = rnd.choice(kinds)
    job = {"kind": kind, "delay": rnd.choice([0, 5_000, 60_000]), "lateness": 0, "key": rnd.choice(KEYS)}
    lines = []
    if kind in ("tumbling", "hopping", "running"):
        if rnd.random() < 0.3:
            job["timezone"] = rnd.choice(ZONES)
            size, every = rnd.choice([("1d", "1d"), ("2d", "1d"), ("1w", "1w"), ("1mo", "1mo")])
            job["offset"] = rnd.choice([0, 6 * UNITS["h"]])
        else:
            size, every = rnd.choice([("1m", "20s"), ("10m", "1m"), ("1h", "5m"), ("1h", "25m"), ("6h", "1h")])
            job["offset"] = rnd.choice([0, 0, 10_000])
        job["size"] = size
        if kind == "tumbling":
            lines.append(f"tumbling: {size}")
        elif kind == "hopping":
            job["every"] = every
            lines.append(f"hopping: {{ size: {size}, every: {every} }}")
        else:
            job["every"] = size
            lines.append(f"running: {{ every: {size} }}")
        job["lateness"] = rnd.choice([0, milliseconds(size), 8 * milliseconds(size)])
        if job["offset"]:
            lines.append(f"offset: {job['offset']}ms")
        if "timezone" in job:
            lines.append(f"timezone: {job['timezone']}")
        lines.append(f"allowed_lateness: {job['lateness']}ms")
    elif kind == "session":
        job["gap"] = rnd.choice([30_000, 300_000, 3_600_000])
        lines.append(f"session: {{ gap: {job['gap']}ms }}")
    elif kind == "count":
        job["n"] = rnd.choice([1, 7, 100])
        lines.append(f"count: {job['n']}")
    else:  # each
        job["kind"] = "running"
        lines.append("running: each")
    lines += [f"watermark_delay: {job['delay']}ms", "idle: never"]
    return job, lines


def random_aggregates(rnd):
    """{output: (field, function)} and the map of the file."""
    outputs, text = {"count": (None, "count"), "set_hash": (None, "set_hash")}, ['"*": [count, set_hash]']
    for field, functions in FIELDS.items():
        chosen = rnd.sample(functions, rnd.randint(1, min(5, len(functions))))
        outputs |= {f"{field}_{function}": (field, function) for function in chosen}
        text.append(f"{field}: [{', '.join(chosen)}]")
    return outputs, "{ " + ", ".join(text) + " }"


def random_stream(rnd, devices, count):
    """(topic, payload) in the order of sending, with disorder, duplicates, gaps and late ones; the counters reset. The
    last two readings of each device close every window before them."""
    messages, clock, sequence, counters = [], START, [0] * devices, [0] * devices

    def reading(device, time):
        sequence[device] += 1
        counters[device] = 0 if rnd.random() < 0.02 else counters[device] + rnd.randint(0, 9)
        values = {"time": time, "seq": sequence[device], "energy": counters[device]}
        if rnd.random() < 0.9:
            values["temperature"] = round(rnd.gauss(20, 8), rnd.choice([0, 1, 2]))
        if rnd.random() < 0.2:
            values["state"] = rnd.choice(["open", "shut", "moving"])
        return f"plant/{'abc'[device % 3]}/{device % 2}/d{device}", json.dumps(values)

    step = rnd.choice([200, 2_000, 60_000])
    while len(messages) < count:
        clock += rnd.randint(0, 2 * step)
        if rnd.random() < 0.005:
            clock += rnd.choice([100_000, 4_000_000, 90_000_000])
        late = rnd.choice([0] * 12 + [10_000, 60_000, 600_000, 5_000_000, 100_000_000])
        messages.append(reading(rnd.randrange(devices), clock - rnd.randint(0, 5_000) - rnd.randint(0, late)))
        if rnd.random() < 0.02:
            messages.append(rnd.choice(messages[-50:]))
    for _ in range(2):
        clock += 70 * UNITS["d"]
        messages += [reading(device, clock) for device in range(devices)]
    return messages, clock - 70 * UNITS["d"]


def events_of(rows):
    """The events behind a journal dump, in its order."""
    for row in rows:
        _, site, hall, device = row["topic"].split("/")
        values = json.loads(row["payload"])
        time, seq = values.pop("time"), values.pop("seq")
        yield Event(device, time, seq, values | {"site": site, "hall": hall})


class WindowKinds(SystemTest):
    def config(self, url, jobs, lines):
        text = ["service: { name: kinds, data_dir: @DATA_DIR@, durability: process, journal: { retain: 1h } }",
                "sources:", "  field:",
                f'    mqtt: {{ url: "{url}", topics: ["plant/{{site}}/{{hall}}/{{device}}"] }}',
                "    decode: { json: { time: $.time, sequence: $.seq, fields: { temperature: $.temperature, energy: $.energy, "
                "state: $.state } }, future: off }", "pipelines:"]
        for name, (job, window, _, aggregate) in jobs.items():
            text += [f"  {name}:", "    from: field"]
            if job["key"] is not None:
                text.append(f"    key: [{', '.join(job['key'])}]" if job["key"] else "    key: none")
            text += ["    steps:", "      - window:", *(f"          {line}" for line in window),
                     f"          aggregate: {aggregate}", "    to: [lines]"]
        return "\n".join(text + ["sinks:", f'  lines: {{ file: {{ path: "{lines}" }} }}', ""])

    def judge(self, seed):
        """(events, windows) of one stream, with all that it started gone again."""
        with ExitStack() as started:
            return self.judge_with(seed, started)

    def judge_with(self, seed, started):
        rnd = random.Random(seed)
        folder = Folder()
        started.callback(folder.remove)
        broker = start_mosquitto(folder)
        started.callback(broker.kill)
        jobs = {}
        for number in range(PIPELINES):
            job, window = random_job(rnd, [KINDS[number % len(KINDS)]])
            jobs[f"p{number}"] = (job, window, *random_aggregates(rnd))
        lines, data_dir = folder / "out.jsonl", str(folder / "data")
        service = Service(binary(), self.config(broker.url, jobs, lines), data_dir, folder)
        started.callback(service.kill)
        messages, _ = random_stream(rnd, rnd.randint(1, 12), rnd.choice([300, 1500, 3000]))
        kills = sorted(rnd.randrange(len(messages)) for _ in range(rnd.randint(0, 3)))
        service.start()
        service.wait_ready()
        log = AckLog(str(folder / "acks.jsonl"))
        for first, last in zip([0, *kills], [*kills, len(messages)]):
            publish_all(messages[first:last], broker.port, log=log, deadline_s=120)
            if last < len(messages):
                service.kill()
                service.start()
                service.wait_ready()
        log.close()

        def finished(status):
            taken = [part["in"] - part["duplicate"] for part in status["ledger"]["pipelines"].values()]
            return status.get("ready") and settled(status) and min(taken) >= len(set(messages))
        status = service.wait_status(finished, 120, "everything applied and delivered")
        # Revisions leave at the next tick; nothing but ticks comes now.
        ticked = status["journal"]["applied"] + 2
        service.wait_status(lambda status: finished(status) and status["journal"]["applied"] >= ticked, 30, "two ticks")
        self.assertEqual(DRAINED, service.stop(60), service.tail())
        dump = run([binary(), "journal", "dump", "--data-dir", data_dir], 60)
        self.assertEqual(0, dump.returncode, dump.stderr)
        events = list(events_of(map(json.loads, dump.stdout.splitlines())))
        with open(lines, encoding="utf-8") as file:
            results = [json.loads(line) for line in file]
        windows = 0
        for name, (job, window, outputs, _) in jobs.items():
            want = expected(events, job, ended=False)
            wrong = differences(want, results, outputs, name)
            windows += len(want.windows)
            self.assertEqual([], wrong[:5], f"seed {seed} pipeline {name}: {job} {window} ({len(wrong)} differences)")
        return len(events), windows

    def test_each_kind_key_and_aggregate_equals_the_oracle_over_random_streams_with_kills(self):
        base = int(os.environ.get("SLUICE_SEED", "1"))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            counted = list(pool.map(self.judge, range(base, base + STREAMS)))
        events, windows = map(sum, zip(*counted))
        self.report(streams=STREAMS, pipelines=STREAMS * PIPELINES, events=events, windows=windows)


if __name__ == "__main__":
    unittest.main()
