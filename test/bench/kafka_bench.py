"""Theodolite's UC2 from a real Kafka: 10 000 sensors, windows of 10 s with count, sum, minimum, maximum, mean and variance, final
results to a topic. All records are in a topic of four partitions before anything is measured; the service with its
checkpoints, a loop by hand and a bare consumer (kafka/) take turns on one core, the broker has the others. Every result is
compared with what the load's formula says. One JSON line per system, medians over the repetitions, then ratios of CPU that
are paired within a repetition."""
import argparse
import json
import os
import random
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_server import KafkaException, start_kafka  # noqa: E402
from processes import ROOT, Folder, Service, run, wait_for  # noqa: E402

SENSORS, PARTITIONS = 10_000, 4
PROGRAM = os.path.join(ROOT, "build", "release", "kafka_bench")
CONFIG = """service: {{ name: uc2, data_dir: @DATA_DIR@, durability: process, shards: 1 }}
sources:
  readings:
    kafka: {{ brokers: {brokers}, topics: {source} {librdkafka} }}
    decode: {{ json: {{ device: $.identifier, time: $.timestamp, fields: {{ valueInW: $.valueInW }} }} }}
pipelines:
  uc2:
    from: readings
    steps:
      - window:
          tumbling: {window}s
          watermark_delay: 1s
          allowed_lateness: 0s
          idle: never
          aggregate: {{ valueInW: {{ count: count, sum: sum, min: min, max: max, mean: mean, var_pop: var_pop }} }}
    to: results
sinks:
  results: {{ kafka: {{ brokers: {brokers}, topic: {results}, transactional: {transactional} }} }}
"""


def peak_mb(pid):
    """Highest resident memory of a process so far, in MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("VmHWM:")).split()[1]) / 1000


def program(*arguments, core=None, deadline=1200):
    """Runs one of kafka/'s programs to its end and returns what it says."""
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    done = run([*pinned, PROGRAM, *arguments], deadline)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


class Bench:
    def __init__(self, folder, records, window, settings):
        self.folder, self.records, self.window, self.settings = folder, records, window, settings
        self.results = records // window  # one record a second
        cores = sorted(os.sched_getaffinity(0))
        self.core = cores[-1]
        os.sched_setaffinity(0, cores[:-1] or cores)  # ours and of what we start: all but the one that is measured
        self.kafka = start_kafka(folder / "server", memory="1g")

    def load(self):
        self.kafka.create("readings", partitions=PARTITIONS)
        began = time.monotonic()
        program("load", self.kafka.bootstrap, "readings", self.records)
        print(f"{self.records} records loaded in {time.monotonic() - began:.1f} s", file=sys.stderr)

    def bare(self, _):
        began = time.monotonic()
        used = program("bare", self.kafka.bootstrap, "readings", self.records, core=self.core)
        return self.figures(used, time.monotonic() - began)

    def loop(self, topic):
        began = time.time()
        used = program("loop", self.kafka.bootstrap, "readings", self.records, self.window, topic, core=self.core)
        return self.judged(used, began, topic)

    def transactions(self, topic):
        """The service with a transactional sink."""
        return self.service(topic, transactional=True)

    def service(self, topic, transactional=False):
        settings = ", librdkafka: " + json.dumps(self.settings) if self.settings else ""
        text = CONFIG.format(brokers=self.kafka.bootstrap, source="readings", results=topic, window=self.window, librdkafka=settings,
                             transactional=str(transactional).lower())
        text = text.replace("name: uc2,", f"name: {topic},")  # a group of its own
        service = Service(os.path.join(ROOT, "build", "release", "sluice"), text, self.folder / (topic + "-data"), self.folder,
                          topic)
        service.command = ["taskset", "-c", str(self.core), *service.command]
        began = time.time()
        service.start()
        try:
            wait_for(lambda: self.all_written(topic, service, transactional), 1200, lambda: json.dumps(service.status()), 0.2)
            used = {"cpu_s": service.cpu(), "peak_mb": peak_mb(service.pid)}
        finally:
            service.stop(60)
        return self.judged(used, began, topic)

    def create(self, topic):
        """A topic for results, with the broker's own times."""
        self.kafka.create(topic, partitions=PARTITIONS, message_timestamp_type="LogAppendTime")
        wait_for(lambda: self.written(topic) == 0, 30, topic, 0.1)

    def written(self, topic):
        """How many records a topic holds; -1: not known at this moment."""
        try:
            return sum(high for _, high in self.kafka.ends(topic).values())
        except KafkaException:
            return -1

    def all_written(self, topic, service, transactional):
        if not service.alive():
            raise RuntimeError(f"{topic}: the service ended with {service.returncode}\n{service.tail()}")
        if transactional:  # the ends of transactions are in the topic, too
            ledger = service.status().get("ledger", {})
            return ledger and ledger["sinks"]["results"]["delivered"] >= self.results
        return self.written(topic) >= self.results

    def judged(self, used, began, topic):
        """Figures of a system whose results are exact; none for others."""
        found = program("check", self.kafka.bootstrap, topic, self.records, self.window)
        if not found["exact"]:
            raise RuntimeError(f"{topic}: {json.dumps(found)}")
        made = self.figures(used, found["last_ms"] / 1000 - began)
        made["first_result_s"] = round(found["first_ms"] / 1000 - began, 2)
        return made

    def figures(self, used, seconds):
        return {"events_per_s": round(self.records / seconds), "cpu_s_per_million": round(used["cpu_s"] * 1e6 / self.records, 3),
                "peak_mb": round(used["peak_mb"], 1)}

    def run(self, systems, repetitions):
        rounds = []
        for number in range(repetitions):
            made = {}
            for system in random.sample(systems, len(systems)):
                topic = f"{system}-{number}"
                if system != "bare":
                    self.create(topic)
                made[system] = getattr(self, system)(topic)
                print(f"{topic}: {json.dumps(made[system])}", file=sys.stderr)
                if system != "bare":
                    self.kafka.delete(topic)
            rounds.append(made)
        return rounds


def report(rounds, systems):
    for system in systems:
        medians = {key: statistics.median(made[system][key] for made in rounds) for key in rounds[0][system]}
        print(json.dumps({"system": system, **medians}))
    for other in (other for other in systems if other != "service" and "service" in systems):
        ratios = [made["service"]["cpu_s_per_million"] / made[other]["cpu_s_per_million"] for made in rounds]
        print(json.dumps({"ratio": f"service to {other}", "cpu": round(statistics.median(ratios), 2),
                          "of": [round(ratio, 2) for ratio in ratios]}))


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench kafka", description=__doc__)
    parser.add_argument("records", nargs="?", type=int, default=10_000_000, help="a multiple of 10000 times the window (default 10000000)")
    parser.add_argument("--window", type=int, default=10, metavar="SECONDS", help="records per window (default 10)")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--systems", default="service,loop,bare", help="of these, and transactions (default service,loop,bare)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the service's librdkafka")
    asked = parser.parse_args()
    if asked.window <= 0 or 3600 % asked.window or asked.records <= 0 or asked.records % (SENSORS * asked.window):
        parser.error(f"records: a multiple of {SENSORS} times the window is wanted, of which an hour is a multiple (got "
                     f"{asked.records} and {asked.window})")
    systems = asked.systems.split(",")
    with Folder("sluice-bench-") as folder:
        bench = Bench(folder, asked.records, asked.window, dict(setting.split("=", 1) for setting in asked.set))
        bench.load()
        report(bench.run(systems, asked.repetitions), systems)
        bench.kafka.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
