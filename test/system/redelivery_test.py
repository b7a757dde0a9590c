"""What a broker sends again after a SIGKILL, of readings without a time or a sequence number of their own, so that only packet
ids and DUP tell. mosquitto 2.0.11 has a whole backlog under way at once, whatever the Receive Maximum (ARCHITECTURE.md section
16), so more comes again than it allows: nothing of it is lost, nothing counts twice."""
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from backlogs import Backlogs  # noqa: E402
from scenario import SOAK, SystemTest  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))


class Redelivery(SystemTest):
    def through_kills(self, maximum, rounds):
        rig = Backlogs(self, f"receive_maximum: {maximum}")
        rig.through_kills(random.Random(SEED), rounds)
        self.report(case="redelivery", seed=SEED, receive_maximum=maximum, **rig.figures())

    def test_what_comes_again_with_the_default_receive_maximum_counts_once(self):
        self.through_kills(1000, 20 if SOAK else 2)

    def test_what_comes_again_beyond_a_small_receive_maximum_counts_once(self):
        self.through_kills(20, 20 if SOAK else 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
