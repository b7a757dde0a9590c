"""Several connections of one MQTT source that share its topics: each has its own session and duplicate rule, and its supervisor
restarts it alone. SIGKILLs lose nothing and double nothing, of readings that only packet ids tell."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from backlogs import Backlogs  # noqa: E402
from scenario import SOAK, SystemTest  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))
CONNECTIONS = 4


class Connections(SystemTest):
    def rig(self, **options):
        return Backlogs(self, f"client: grouped, connections: {CONNECTIONS}", topic="$share/g/t/{device}", **options)

    def test_kills_with_four_connections_lose_and_double_nothing(self):
        rig = self.rig()
        status = rig.through_kills(random.Random(SEED), 20 if SOAK else 2)
        parts = {name: part for name, part in status["components"].items() if name.startswith("source.")}
        self.assertEqual({f"source.field#{i}" for i in range(1, CONNECTIONS + 1)}, set(parts))
        for name, part in parts.items():
            self.assertEqual("connected", part["state"], name)
            self.assertTrue(part["session_present"], name)
        self.report(case="connections", seed=SEED, connections=CONNECTIONS, **rig.figures())

    def test_a_lost_broker_costs_each_connection_a_restart_and_its_messages_come_over_all_of_them(self):
        rig = self.rig()
        rig.service.start()
        before = rig.service.wait_ready()["components"]
        rig.broker.save()
        rig.broker.restart()
        after = rig.service.wait_status(
            lambda s: s["ready"] and all(part["id"] != before[name]["id"] for name, part in s["components"].items()
                                         if name.startswith("source.")), 60, "new connections")["components"]
        for name, part in before.items():
            if not name.startswith("source."):
                self.assertEqual(part["id"], after[name]["id"], name)
        rig.publish()
        rig.service.wait_status(
            lambda s: sum(part["messages"] for name, part in s["components"].items() if name.startswith("source."))
            >= rig.published, 60, "all received")
        for number in range(1, CONNECTIONS + 1):
            self.assertGreater(rig.service.component(f"source.field#{number}")["messages"], rig.published // 10)
        self.assertEqual(0, rig.service.stop())
        rig.settle()


if __name__ == "__main__":
    unittest.main(verbosity=2)
