#!/usr/bin/env python3
"""What scripts/demo runs after the build: demo.py SECONDS [kafka]. Everything it says is on stderr, but for the one final line."""
import json
import os
import signal
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

import oracle  # noqa: E402
from mosquitto import start_mosquitto  # noqa: E402
from processes import Folder, Process, Service, binary, start_standin, table  # noqa: E402

KAFKA = sys.argv[2:] == ["kafka"]  # the windows go through a Kafka topic on their way
CONFIG = os.path.join(ROOT, "config", "pipelines", "kafka_board.yaml" if KAFKA else "greenhouse.yaml")
# What the final line counts: with Kafka windows are the messages of a second source.
COUNTED = {"sources": "field", "pipelines": "climate", "sinks": "board"} if KAFKA else {}
TOPIC = "greenhouse/{device}/climate"
DEVICES, RATE = 200, 2000
WINDOW, DELAY = "5s", "2s"
TOKEN = "greenhouse-demo"
STUCK = 60.0  # seconds without any progress after which it is given up


class Failed(Exception):
    """The demo did not come out right; the text says what."""


def say(text=""):
    print(text, file=sys.stderr, flush=True)


class Lines:
    """Counts the lines of a growing file, reading each byte once."""

    def __init__(self, path):
        self.path, self.offset, self.seen = path, 0, 0

    def count(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                for chunk in iter(lambda: file.read(1 << 20), b""):
                    self.offset += len(chunk)
                    self.seen += chunk.count(b"\n")
        except FileNotFoundError:
            pass
        return self.seen


def parts(status, kind):
    return status.get("ledger", {}).get(kind, {}).values()


def total(status, kind, name):
    if kind in COUNTED and name != "pending":
        return status.get("ledger", {}).get(kind, {}).get(COUNTED[kind], {}).get(name, 0)
    return sum(part[name] for part in parts(status, kind))


def figures(status):
    """The sums of the final line that the service knows."""
    return {"received": total(status, "sources", "received"), "applied": total(status, "pipelines", "applied"),
            "results": total(status, "sinks", "results"), "delivered": total(status, "sinks", "delivered"),
            "dead_letters": status.get("dead_letters", 0)}


def pending(status):
    return sum(total(status, kind, "pending") for kind in ("sources", "pipelines", "sinks"))


def balanced(status):
    return bool(status.get("ledger", {}).get("balanced")) and any(True for _ in parts(status, "sources"))


class Progress:
    """One line a second: what has happened so far, and how fast."""

    def __init__(self, service, acks):
        self.service, self.acks = service, acks
        self.began, self.last, self.published = time.monotonic(), 0.0, 0

    def show(self, what):
        now = time.monotonic() - self.began
        if now - self.last < 1.0:
            return
        published = self.acks.count()
        rate, self.published = (published - self.published) / (now - self.last), published
        self.last = now
        status = self.service.status()
        sums = figures(status)
        say(f"{now:5.0f} s  {what:10}  published {published:8}  {rate:6.0f}/s  received {sums['received']:8}  applied "
            f"{sums['applied']:8}  delivered {sums['delivered']:6}/{sums['results']:<6}  pending {pending(status):5}  dead "
            f"letters {sums['dead_letters']:3}  {status.get('process', {}).get('rss_bytes', 0) >> 20:3} MB  "
            f"{'balanced' if balanced(status) else 'NOT BALANCED'}")


def check_alive(*processes):
    for process in processes:
        if not process.alive():
            raise Failed(f"{process.name} ended with {process.returncode}\n{process.tail()}")


def settle(service, progress, published):
    """Waits until all that was published has arrived, and nothing is pending nor comes any more; returns that status."""
    moved, still, report, before = time.monotonic(), 0, None, None
    while time.monotonic() - moved < STUCK:
        check_alive(service)
        progress.show("settling")
        status = service.status()
        if status and status["uptime_s"] != report:  # a new report
            report, now = status["uptime_s"], (figures(status), pending(status))
            if now != before:
                moved, still, before = time.monotonic(), 0, now
            elif now[1] == 0 and now[0]["received"] >= published:
                still += 1
                if still == 2:
                    return status
        time.sleep(0.1)
    raise Failed(f"nothing moved for {STUCK:.0f} s, and it is not settled: {json.dumps(service.status())}")


def show_stored(rows):
    """A few of the stored windows, as a person would look at them."""
    records = {}
    for row in rows:
        records.setdefault((row["device"], row["ts"]), {})[row["key"]] = row["value"]
    say(f"\nstored by ThingsBoard (the stand-in): {len(rows)} values in {len(records)} records of "
        f"{len({device for device, _ in records})} devices; the last of some devices:")
    newest = {device: (ts, values) for (device, ts), values in sorted(records.items(), key=lambda item: item[0])}
    for device, (ts, values) in list(newest.items())[:5]:
        say(f"  {time.strftime('%H:%M:%S', time.gmtime(ts / 1000))}  {device:12}  "
            + "  ".join(f"{key}={value}" for key, value in sorted(values.items())))
    return records


def judge_stored(rows, records, ack_log, status):
    """The sums of what was stored must fit the ledger, and each window what the simulator's log says of it."""
    counted = sum(int(values["count"]) for values in records.values() if "count" in values)
    applied = total(status, "pipelines", "applied")
    say(f"\nsum of the stored counts {counted}, applied {applied}: {applied - counted} readings are in windows still open")
    if counted > applied:
        raise Failed("more readings were stored than applied")
    report = oracle.compare(ack_log, None, WINDOW, DELAY, TOPIC, thingsboard=rows, renamed={} if KAFKA else {"rh": ("humidity", "mean")},
                            keep=lambda reading: -40 < reading.get("temperature", 99) < 85)
    say(f"reference: {report['windows']} windows expected of {report['readings']} readings: {report['lost']} lost, "
        f"{report['extra']} extra, {report['doubled']} doubled, {report['wrong']} wrong")
    if not report["ok"]:
        raise Failed(f"what was stored is not what was published: {json.dumps(report)}")


def demo(seconds, folder):
    data = os.path.join(str(folder), "data")
    program = binary()
    with open(CONFIG, encoding="utf-8") as file:
        text = file.read()
    broker = start_mosquitto(folder)
    board = start_standin(folder, gateway_tokens=[TOKEN])
    kafka = None
    if KAFKA:
        from kafka_server import start_kafka  # its client is there only when it is needed
        kafka = start_kafka(folder)
        kafka.create("greenhouse.windows", partitions=4)
        say(f"Kafka at {kafka.bootstrap}")
    service = Service(program, text, data, folder, env={
        "SLUICE_DATA": data, "MQTT_URL": broker.url, "TB_URL": f"mqtt://127.0.0.1:{board.port}", "TB_TOKEN": TOKEN,
        "KAFKA_BROKERS": kafka.bootstrap if kafka else "",
        "RESULTS": os.path.join(str(folder), "results.jsonl"), "WINDOW": WINDOW, "WATERMARK_DELAY": DELAY,
        "IDLE": "never"})  # what closes by idleness is no matter of the readings alone: the reference could not know
    service.command = [program, "run", CONFIG]
    ack_log = os.path.join(str(folder), "acks.jsonl")
    simulator = Process([program, "simulate", "--url", broker.url, "--topic", TOPIC, "--devices", DEVICES, "--rate", RATE,
                         "--for", f"{seconds}s", "--ack-log", ack_log], folder, "simulate")

    say(f"mosquitto on port {broker.port}, ThingsBoard stand-in on port {board.port}, folder {folder}")
    say(f"windows of {WINDOW}, {DELAY} of patience, durability power")
    began = time.monotonic()
    service.start()
    service.wait_ready(60)
    say(f"service ready; {DEVICES} devices send {RATE} readings/s for {seconds} s")
    simulator.start()
    acks = Lines(ack_log)
    progress = Progress(service, acks)
    while simulator.alive():
        check_alive(broker, board, service)
        if time.monotonic() - began > 3 * seconds + 120:
            raise Failed(f"the simulator does not come to its end\n{simulator.tail()}")
        progress.show("running")
        time.sleep(0.1)
    if simulator.wait() != 0:
        raise Failed(f"simulate ended with {simulator.returncode}\n{simulator.tail()}")
    published = acks.count()
    settle(service, progress, published)

    code = service.stop(60)
    status = service.status()
    if code != 0:
        raise Failed(f"the service ended with {code} (want 0)\n{service.tail()}")
    elapsed = time.monotonic() - began
    rows = board.points()
    records = show_stored(rows)
    board.stop()
    broker.stop()
    if kafka:
        kafka.stop()

    result = {"published": published, **figures(status), "ledger": "balanced" if balanced(status) else "not balanced",
              "seconds": round(elapsed, 1)}
    problems = []
    if not balanced(status):
        problems.append(f"the ledger does not balance: {status.get('ledger', {}).get('mismatches')}")
    if pending(status):
        problems.append(f"{pending(status)} pending")
    if result["received"] < published:
        problems.append(f"{published} published, only {result['received']} received")
    if not result["results"] or result["delivered"] == 0:
        problems.append("nothing was delivered")
    try:
        judge_stored(rows, records, ack_log, status)
    except Failed as problem:
        problems.append(str(problem))
    return result, problems


def run_demo(work):
    """Runs work(folder), which returns the final line and what went wrong, and returns the exit code."""
    # A kill must stop what was started as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with Folder("sluice-demo-") as folder:
        try:
            result, problems = work(folder)
        except (Failed, RuntimeError, TimeoutError, OSError) as problem:
            say(f"scripts/demo: {problem}")
            return 1
        except KeyboardInterrupt:
            say("scripts/demo: interrupted")
            return 130
        finally:
            table.kill_all()
    say()
    for problem in problems:
        say(f"scripts/demo: {problem}")
    print(json.dumps(result, separators=(",", ":")), flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run_demo(lambda folder: demo(int(sys.argv[1]) if len(sys.argv) > 1 else 60, folder)))
