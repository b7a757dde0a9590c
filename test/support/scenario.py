"""What the system tests on real servers share: a rig of broker, service, sinks and load, a look at the journal from
outside, and the oracle's verdict on both sinks. Every wait is for a condition."""
import json
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import AckLog, Fleet, publish_all  # noqa: E402
from oracle import compare  # noqa: E402
from processes import Folder, Service, binary, run, start_standin, wait_for  # noqa: E402

SOAK = os.environ.get("SLUICE_SOAK", "") not in ("", "0")
TOPIC = "greenhouse/{device}/climate"

# Exit codes of the service.
DRAINED, STORAGE, PENDING, FENCED, CONFIGURATION = 0, 74, 75, 76, 78

_CONFIG = """service:
  name: {name}
  data_dir: @DATA_DIR@
  durability: {durability}
  journal: {{ retain: {retain}, segment: {segment}, quota: {quota} }}
  drain_timeout: {drain_timeout}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["greenhouse/{{device}}/climate"]{mqtt} }}
    decode: {{ json: {{ time: $.time, sequence: $.seq }} }}
pipelines:
  climate:
    from: field
    steps:
      - window:
          tumbling: {window}
          watermark_delay: {delay}
          allowed_lateness: {lateness}
          idle: {idle}
          aggregate: {aggregate}
    to: [{to}]
sinks:
"""
_AGGREGATE = '{ temperature: [mean, min, max, var_pop], humidity: [mean], "*": [count, set_hash] }'


def config_text(url, lines=None, board=None, name="greenhouse", durability="process", retain="1h", segment="64MiB", quota="8GiB",
                drain_timeout="10s", window="5s", delay="1s", lateness="40s", idle="never", aggregate=_AGGREGATE, mqtt=""):
    """A configuration with one pipeline: `lines` is the file sink's path, `board` the port of a ThingsBoard, `mqtt` further
    options of the source."""
    sinks = {}
    if lines:
        sinks["lines"] = f'  lines: {{ file: {{ path: "{lines}" }} }}\n'
    if board:
        sinks["board"] = f'  board: {{ thingsboard: {{ url: "mqtt://127.0.0.1:{board}", mode: gateway, token: gateway }} }}\n'
    head = _CONFIG.format(url=url, to=", ".join(sinks), name=name, durability=durability, retain=retain,
                          segment=segment, quota=quota, drain_timeout=drain_timeout, window=window, delay=delay, lateness=lateness,
                          idle=idle, aggregate=aggregate, mqtt=mqtt and ", " + mqtt)
    return head + "".join(sinks.values())


class Load(threading.Thread):
    """Publishes a fleet's readings in the background, as fast as it can or at `rate`, until `count` readings or stop();
    then the sentinels. join() returns what publish_all does, or raises what ended it. `ahead`: (most, seen) lets it
    pause while it is more than `most` messages ahead of seen(), so that the broker's queue stays short."""

    def __init__(self, port, log_path, rate=None, sentinels=True, window=1000, deadline_s=600, ahead=None, **fleet):
        super().__init__(name="load", daemon=True)
        self.port, self.rate, self.window, self.deadline_s, self.ahead = port, rate, window, deadline_s, ahead
        self.log = AckLog(str(log_path))
        self.fleet, self.sentinels = Fleet(fleet.pop("topic", TOPIC), **fleet), sentinels
        self.published, self.result, self.error = 0, None, None
        self._stop_asked = threading.Event()
        self.start()

    def _messages(self):
        for number, message in enumerate(self.fleet):
            yield message
            if self._stop_asked.is_set():
                break
            if self.ahead and number % 64 == 0:
                while number > self.ahead[1]() + self.ahead[0] and not self._stop_asked.is_set():
                    time.sleep(0.005)
        if self.sentinels:
            yield from self.fleet.sentinels()

    def _acked(self, published):
        self.published = published

    def run(self):
        try:
            self.result = publish_all(self._messages(), self.port, window=self.window, log=self.log, rate=self.rate,
                                      deadline_s=self.deadline_s, on_ack=self._acked)
        except Exception as error:  # handed to join()
            self.error = error
        finally:
            self.log.close()

    def stop(self):
        """Ends the input; returns the result when every publish has its PUBACK."""
        self._stop_asked.set()
        return self.join()

    def join(self, timeout=None):
        super().join(timeout or self.deadline_s)
        if self.error:
            raise self.error
        if self.result is None:
            raise TimeoutError("the load did not end in time")
        return self.result

    def wait_published(self, count, deadline=120):
        wait_for(lambda: self.error or self.published >= count, deadline, f"{count} published")
        if self.error:
            raise self.error


class JournalWatch:
    """Counts, from outside and without the service's help, the messages that reach the journal's files: they hold the
    payloads as they came. Each appended message is acknowledged next."""

    MARK = b'"seq":'

    def __init__(self, data_dir):
        self.folder = os.path.join(str(data_dir), "journal")
        self.count, self._ends = 0, {}

    def update(self):
        """Reads what is new and returns how many messages have been seen in all."""
        try:
            names = sorted(name for name in os.listdir(self.folder) if name.endswith(".seg"))
        except FileNotFoundError:
            return self.count
        for name in names:
            path = os.path.join(self.folder, name)
            try:
                size = os.stat(path).st_size
                end = min(self._ends.get(name, 0), size)  # a torn tail was cut
                if size > end:
                    start = max(0, end - len(self.MARK) + 1)
                    with open(path, "rb") as file:
                        file.seek(start)
                        self.count += file.read(size - start).count(self.MARK)
                self._ends[name] = size
            except FileNotFoundError:
                continue
        return self.count

    def wait_more(self, than, deadline=60, interval=0.002, alive=None):
        """Waits until more than that many were seen (or alive() is false); returns the count."""
        wait_for(lambda: self.update() > than or (alive and not alive()), deadline,
                 f"more than {than} messages in the journal", interval)
        return self.count


def wait_quiet(service, readings, deadline, quiet_s=5, settled_s=1):
    """The status when `readings` are applied, all is delivered and that many more statuses say the same, or when
    `quiet_s` in a row do while every component is at work: something is missing."""
    last, same = {}, 0

    def quiet(status):
        nonlocal last, same
        if not status.get("ready") or status["uptime_s"] == last.get("uptime_s"):
            return False
        # A component that waits for its next attempt (up to 30 s) delivers nothing, yet nothing is missing.
        same = same + 1 if status["ledger"] == last.get("ledger") and not reconnecting(status) else 0
        last = status
        return same >= quiet_s or same >= settled_s and settled(status) and applied(status) >= readings

    return service.wait_status(quiet, deadline, "everything applied and delivered")


class Rig:
    """A broker, a service with a file sink and perhaps a ThingsBoard stand-in, in one folder. `options` are those of
    config_text."""

    def __init__(self, test, board=False, persistence=False, data_dir=None, lines=None, faulty=False, **options):
        self.folder = Folder()
        test.addCleanup(self.folder.remove)
        self.broker = start_mosquitto(self.folder, persistence=persistence)
        test.addCleanup(self.broker.kill)
        self.board = None
        if board:
            self.board = start_standin(self.folder)
            test.addCleanup(self.board.kill)
        self.acks, self.lines = self.folder / "acks.jsonl", str(lines or self.folder / "out.jsonl")
        self.options = {"url": self.broker.url, "lines": self.lines,
                        "board": self.board.port if self.board else None, **options}
        self.data_dir = str(data_dir or self.folder / "data")
        self.service = Service(binary(), config_text(**self.options), self.data_dir, self.folder)
        test.addCleanup(self.service.kill)
        self.loads = []
        self.use(faulty=faulty)

    def use(self, fault="", faulty=None):
        """Which binary the next start takes: the product, or the faulty one with SLUICE_FAULT."""
        faulty = bool(fault) if faulty is None else faulty
        self.service.command[0] = binary("sluice_faulty") if faulty else binary()
        self.service.env["SLUICE_FAULT"] = fault
        return self

    def start(self, fault="", ready=False):
        self.use(fault)
        self.service.start()
        if ready:
            self.service.wait_ready()
        return self.service

    def configure(self, **changes):
        """Other options from the next start on."""
        self.options.update(changes)
        self.service.configure(config_text(**self.options))

    def load(self, **options):
        options.setdefault("devices", 50)
        load = Load(self.broker.port, self.acks, **options)
        self.loads.append(load)
        return load

    def published(self):
        """PUBACKs the loads got, once all have ended."""
        return sum(load.join()["published"] for load in self.loads)

    def readings(self):
        """Distinct readings published, once all loads have ended."""
        self.published()
        return sum(sum(load.fleet.sequence) for load in self.loads)

    def first_start(self):
        """Starts and drains the service once, so that the broker knows its session before anything is published."""
        self.start(ready=True)
        code = self.service.stop()
        if code != DRAINED:
            raise RuntimeError(f"the first start ended with {code}\n{self.service.tail()}")

    def drain(self, deadline=120, quiet_s=5):
        """Waits until all that was published is applied and delivered and nothing more comes, or until that many statuses
        in a row say the same while every component is at work (something is missing: the oracle's turn). Returns the last
        status."""
        return wait_quiet(self.service, self.readings(), deadline, quiet_s)

    def judge_lines(self, everything=False, **options):
        """The oracle's report on the file sink."""
        return compare(self.acks, self.lines, self.options.get("window", "5s"), self.options.get("delay", "1s"), TOPIC,
                       everything=everything, **options)

    def judge_board(self):
        """The oracle's report on what the stand-in has stored."""
        return compare(self.acks, None, self.options.get("window", "5s"), self.options.get("delay", "1s"), TOPIC,
                       thingsboard=self.board.dump(self.folder / "board.jsonl"))

    def sluice(self, *arguments, deadline=120):
        """Runs a verb of the product to its end."""
        return run([binary(), *arguments], deadline)

    def dead_letters(self):
        """The dead letters, as `dlq list --json` prints them."""
        done = self.sluice("dlq", "list", "--json", "--data-dir", self.data_dir)
        if done.returncode:
            raise RuntimeError(f"dlq list: {done.returncode} {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


class SystemTest(unittest.TestCase):
    """A test on real servers."""

    maxDiff = 4000

    def assert_exact(self, report, what=""):
        """0 lost, 0 doubled, 0 wrong, 0 extra, and something was compared."""
        self.assertTrue(report["ok"], f"{what}: {json.dumps(report)[:3000]}")

    def assert_all_applied(self, rig, status):
        """Every distinct reading that was published has been applied, once."""
        self.assertEqual(rig.readings(), applied(status), json.dumps(status))

    def assert_settled(self, status):
        ledger = status["ledger"]
        self.assertTrue(ledger["balanced"], ledger)
        for kind in ("sources", "pipelines", "sinks"):
            for name, part in ledger[kind].items():
                self.assertEqual(0, part["pending"], (kind, name, part))

    @staticmethod
    def report(**figures):
        """One JSON line for whoever reads the log."""
        print(json.dumps(figures), flush=True)


def results_rig(test, sink, **options):
    """A rig whose pipeline goes to the sink `results`, too; sink: what it is, e.g. "kafka: { .. }"."""
    rig = Rig(test, persistence=True, durability="process", window="1s", lateness="8s", **options)
    text = config_text(**rig.options).replace("to: [lines]", "to: [lines, results]")
    rig.service.configure(text + f"  results: {{ {sink} }}\n")
    return rig


def name_of(result):
    """What tells the results of a pipeline by device apart."""
    return result["device"], result["start"], result["revision"]


def lines_of(path):
    """The lines of a file of results by their names."""
    with open(path, "rb") as file:
        return {name_of(json.loads(line)): line.rstrip(b"\n") for line in file}


def by_device(path):
    """The lines of a file of results, per device in their order."""
    found = {}
    with open(path, "rb") as file:
        for line in file:
            found.setdefault(json.loads(line)["device"], []).append(line)
    return found


def total_duplicates(status):
    ledger = status["ledger"]
    return (sum(source["duplicate"] for source in ledger["sources"].values())
            + sum(pipeline["duplicate"] for pipeline in ledger["pipelines"].values()))


def settled(status):
    """True iff the ledger balances and nothing is pending anywhere."""
    ledger = status["ledger"]
    return ledger["balanced"] and all(part["pending"] == 0 for kind in ("sources", "pipelines", "sinks")
                                      for part in ledger[kind].values())


def reconnecting(status):
    """True iff a component waits for its next attempt or has not connected yet."""
    return any(part["state"] in ("backing_off", "connecting", "starting") for part in status["components"].values())


def applied(status):
    return sum(pipeline["applied"] for pipeline in status.get("ledger", {}).get("pipelines", {}).values())


def received(status):
    return sum(source["received"] for source in status.get("ledger", {}).get("sources", {}).values())


def during(seconds, check, interval=0.02):
    """Calls check() over and over for that long: for what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check()
        time.sleep(interval)
