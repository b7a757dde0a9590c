"""What a broker sends again after a SIGKILL, of readings without a time or a sequence number of their own, so that only packet
ids and DUP tell. mosquitto 2.0.11 has a whole backlog under way at once, whatever the Receive Maximum (ARCHITECTURE.md section
16), so more comes again than it allows: nothing of it is lost, nothing counts twice."""
import collections
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from mqtt_load import publish_all  # noqa: E402
from processes import Folder, Service, binary  # noqa: E402
from scenario import SOAK, JournalWatch, SystemTest, received, settled  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))
BACKLOG = 15_000
CONFIG = """service: {{ name: again, data_dir: @DATA_DIR@, durability: process }}
sources:
  field:
    mqtt: {{ url: "{url}", topics: ["t/{{device}}"], receive_maximum: {maximum} }}
    decode: {{ json: {{ time: arrival }} }}
pipelines:
  all: {{ from: field, to: [lines] }}
sinks:
  lines: {{ file: {{ path: "{lines}" }} }}
"""


class Watch(JournalWatch):
    MARK = b'"n":'


class Redelivery(SystemTest):
    def through_kills(self, maximum, rounds):
        """Backlogs that are read into kills. After two of them all must settle: packet ids name 65 535 messages at most."""
        choose = random.Random(SEED)
        folder = Folder()
        self.addCleanup(folder.remove)
        broker = start_mosquitto(folder, extra="max_inflight_messages 20")
        self.addCleanup(broker.kill)
        lines = folder / "out.jsonl"
        service = Service(binary(), CONFIG.format(url=broker.url, maximum=maximum, lines=lines), folder / "data", folder)
        self.addCleanup(service.kill)
        service.start()
        service.wait_ready()
        self.assertEqual(0, service.stop())
        published, kills, watch = 0, 0, Watch(service.data_dir)
        for _ in range(rounds):
            for _ in range(2):
                publish_all(((f"t/d{i % 7}", '{"n":%d}' % i) for i in range(published, published + BACKLOG)), broker.port)
                published += BACKLOG
                before = watch.update()
                service.start()
                watch.wait_more(before + choose.randrange(1000, BACKLOG), interval=0.001)
                service.kill()
                kills += 1
            service.start()
            end = published
            status = service.wait_status(lambda s: s.get("ready") and settled(s)
                                         and received(s) - s["ledger"]["sources"]["field"]["duplicate"] >= end, 120, "all through")
            with open(lines, encoding="utf-8") as file:
                numbers = collections.Counter(int(line.split('"n":')[1].split("}")[0].split(",")[0]) for line in file)
            self.assertEqual(published, len(numbers), "lost")
            self.assertEqual([], [n for n, times in numbers.items() if times > 1][:5], "doubled")
            self.assertEqual(0, service.stop())
        again = received(status) - published
        self.assertGreater(again, 0)
        self.report(case="redelivery", seed=SEED, receive_maximum=maximum, kills=kills, published=published, again=again)

    def test_what_comes_again_with_the_default_receive_maximum_counts_once(self):
        self.through_kills(1000, 20 if SOAK else 2)

    def test_what_comes_again_beyond_a_small_receive_maximum_counts_once(self):
        self.through_kills(20, 20 if SOAK else 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
