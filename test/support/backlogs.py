"""Backlogs that a service reads into SIGKILLs: what the broker sends again, of readings without a time or a sequence number of
their own, so that only packet ids and DUP tell."""
import collections

from mosquitto import start_mosquitto
from mqtt_load import publish_all
from processes import Folder, Service, binary
from scenario import JournalWatch, received, settled

BACKLOG = 15_000
_CONFIG = """service: {{ name: again, data_dir: @DATA_DIR@, durability: {durability} }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["{topic}"], {options} }}
    decode: {{ json: {{ time: arrival }} }}
pipelines:
  all: {{ from: field, to: [lines] }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


class _Watch(JournalWatch):
    MARK = b'"n":'


class Backlogs:
    """A broker with a backlog, and a service that has connected once. `options` are those of the source's mqtt, as YAML."""

    def __init__(self, test, options, topic="t/{device}", durability="process"):
        self.test, folder = test, Folder()
        test.addCleanup(folder.remove)
        self.broker = start_mosquitto(folder, extra="max_inflight_messages 20")
        test.addCleanup(self.broker.kill)
        self.lines = folder / "out.jsonl"
        text = _CONFIG.format(url=self.broker.url, topic=topic, options=options, lines=self.lines, durability=durability)
        self.service = Service(binary(), text, folder / "data", folder)
        test.addCleanup(self.service.kill)
        self.published, self.kills, self.again, self.watch = 0, 0, 0, _Watch(self.service.data_dir)
        self.service.start()
        self.service.wait_ready()
        test.assertEqual(0, self.service.stop())

    def publish(self, count=BACKLOG):
        begin, self.published = self.published, self.published + count
        publish_all(((f"t/d{i % 7}", '{"n":%d}' % i) for i in range(begin, self.published)), self.broker.port)

    def kill_after(self, kept):
        """Starts the service and kills it once so many more messages are in the journal."""
        before = self.watch.update()
        self.service.start()
        self.watch.wait_more(before + kept, interval=0.001)
        self.service.kill()
        self.kills += 1

    def settle(self):
        """Lets all come through; nothing is lost, nothing counts twice. Returns the last status."""
        self.service.start()
        status = self.service.wait_status(
            lambda s: s.get("ready") and settled(s)
            and received(s) - s["ledger"]["sources"]["field"]["duplicate"] >= self.published, 120, "all through")
        with open(self.lines, encoding="utf-8") as file:
            numbers = collections.Counter(int(line.split('"n":')[1].split("}")[0].split(",")[0]) for line in file)
        self.test.assertEqual(self.published, len(numbers), "lost")
        self.test.assertEqual([], [n for n, times in numbers.items() if times > 1][:5], "doubled")
        self.test.assertEqual(0, self.service.stop())
        self.again = received(status) - self.published
        return status

    def through_kills(self, choose, rounds):
        """After two backlogs that end in kills all must settle: packet ids name 65 535 messages at most. Whether a broker
        has read every PUBACK before a kill is up to chance: rounds go on until something came again."""
        for number in range(rounds + 10):
            for _ in range(2):
                self.publish()
                self.kill_after(choose.randrange(1000, BACKLOG))
            status = self.settle()
            if number + 1 >= rounds and self.again > 0:
                return status
        raise AssertionError(f"nothing came again in {self.kills} kills")

    def figures(self):
        return {"kills": self.kills, "published": self.published, "again": self.again}
