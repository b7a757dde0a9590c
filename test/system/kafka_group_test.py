"""Processes that share a topic as one group: partitions move when they join and leave, each record is applied once by one of
them; after a kill what the group was not told yet is applied again by the next owner, and nothing is lost."""
import json
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from kafka_scenario import KafkaTest  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import SOAK, applied  # noqa: E402

PARTITIONS = 6


class KafkaGroup(KafkaTest):
    def setUp(self):
        super().setUp()
        self.server = self.kafka()
        self.server.create("climate", partitions=PARTITIONS)
        self.total = 0

    def more(self):
        self.server.produce("climate", [(f"d{i % 40}", json.dumps({"t": i})) for i in range(2000)])
        self.total += 2000

    @staticmethod
    def shares(*services):
        return [service.status().get("components", {}).get("source.readings", {}).get("partitions", 0) for service in services]

    def wait_shares(self, *services):
        """Until the partitions are spread evenly over exactly these."""
        want = [PARTITIONS // len(services)] * len(services)
        wait_for(lambda: self.shares(*services) == want, 60, lambda: f"{self.shares(*services)} partitions, want {want}", 0.1)

    def wait_all(self, *services):
        wait_for(lambda: len(set(self.taken(*services))) == self.total, 60,
                 lambda: f"{len(set(self.taken(*services)))} of {self.total} records", 0.2)

    def test_three_processes_join_and_leave_and_each_record_is_applied_once(self):
        services = [self.plain(self.server, name) for name in ("one", "two", "three")]
        for turn in range(10 if SOAK else 1):
            for service in services:
                if not service.alive():
                    service.start()
                    self.more()
            self.wait_shares(*services)
            self.more()
            self.wait_all(*services)
            stays = services[turn % 3]
            for service in services:
                if service is not stays:
                    self.more()
                    self.assertEqual(0, service.stop())
            self.wait_shares(stays)
            self.more()
            self.wait_all(*services)
        self.assertEqual(0, stays.stop())
        taken = self.taken(*services)
        self.assertEqual((self.total, self.total), (len(taken), len(set(taken))), "lost or doubled")

    def test_after_a_kill_what_the_group_was_not_told_is_applied_again_and_nothing_is_lost(self):
        one, two = self.plain(self.server, "one"), self.plain(self.server, "two")
        enough = threading.Event()

        def load():
            while not enough.is_set():
                self.more()
                enough.wait(0.1)
        one.start()
        one.wait_ready(60)
        writer = threading.Thread(target=load, daemon=True)
        writer.start()
        again = 0
        for _ in range(10 if SOAK else 1):
            two.start()
            self.wait_shares(one, two)
            before = len(self.taken(two))
            wait_for(lambda b=before: len(self.taken(two)) > b + 2000, 60, "the second at work", 0.1)
            two.kill()
            again += 1
            wait_for(lambda: self.shares(one) == [PARTITIONS], 60, "its partitions taken over", 0.1)
        two.start()
        self.wait_shares(one, two)
        enough.set()
        writer.join(60)
        self.wait_all(one, two)
        for service in (one, two):
            service.wait_drained(60)
            self.assertEqual(0, service.stop())
        first, second = self.taken(one), self.taken(two)
        self.assertEqual((len(set(first)), len(set(second))), (len(first), len(second)), "one process applied a record twice")
        both = set(first) & set(second)
        self.assertLess(len(both), again * 20_000, "more than one interval of commits")
        self.report(case="kafka group kills", kills=again, records=self.total, twice=len(both))

    def test_a_second_process_under_our_name_in_the_group_shuts_the_first_one_out(self):
        one, two = self.plain(self.server, "one"), self.plain(self.server, "two")
        with open(two.config_path, encoding="utf-8") as file:
            two.configure(file.read().replace("instance: two", "instance: one"))
        one.start()
        one.wait_ready(60)
        two.start()
        status = self.reason(one, "another process has joined group plain as instance one")
        self.assertEqual("fenced", status["components"]["source.readings"]["state"])
        two.wait_ready(60)
        self.server.produce("climate", [("a", "{}") for _ in range(100)])
        two.wait_status(lambda s: applied(s) == 100, 60, "the second reads")
        self.assertEqual([], self.taken(one))
        for service in (one, two):
            self.assertEqual(0, service.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
