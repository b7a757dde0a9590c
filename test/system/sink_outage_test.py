"""A dead sink costs disk, not memory or ingest rate: the stand-in down for minutes, then until the quota is reached; both come
back and everything is delivered."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from processes import wait_for  # noqa: E402
from scenario import SOAK, Rig, SystemTest, received  # noqa: E402


class SinkOutage(SystemTest):
    def rate(self, rig, seconds):
        """Messages received per second over that long."""
        first, begin = received(rig.service.status()), time.monotonic()
        wait_for(lambda: time.monotonic() - begin >= seconds, seconds + 10, "the measurement")
        return (received(rig.service.status()) - first) / (time.monotonic() - begin)

    def test_a_dead_sink_changes_neither_the_ingest_rate_nor_resident_memory_and_gets_everything_after(self):
        rig = Rig(self, board=True, durability="process", window="1s", lateness="8s")
        rig.start(ready=True)
        load = rig.load(rate=3000, step_ms=200)
        load.wait_published(12000)
        before = self.rate(rig, 5)
        rig.board.kill()
        outage = 120 if SOAK else 30
        warm = 15  # the database's write buffers fill up to their bound first
        self.rate(rig, warm)
        resident = rig.service.rss()
        during = self.rate(rig, outage - warm)
        after = rig.service.rss()
        pending = rig.service.ledger()["sinks"]["board"]["pending"]
        self.assertGreater(pending, 0)
        self.assertGreater(during, 0.9 * before)
        self.assertLess(after - resident, 8 << 20)  # what waits is ten times as much
        self.assertLess(after, 64 << 20)
        rig.board.start()
        load.stop()
        status = rig.drain(quiet_s=10)
        self.assert_settled(status)
        self.assert_exact(rig.judge_board(), "board")
        self.assert_exact(rig.judge_lines(), "lines")
        self.assertEqual(0, rig.service.stop())
        self.report(case="outage", seconds=outage, rate_before=round(before), rate_during=round(during),
                    resident_bytes=[resident, after], waited=pending)

    def test_at_the_quota_the_source_disconnects_and_everything_drains_when_the_sink_is_back(self):
        rig = Rig(self, board=True, persistence=True, durability="process", window="1s", lateness="1s", retain="0s",
                  segment="1MiB", quota="24MiB")
        rig.start(ready=True)
        rig.board.kill()
        load = rig.load(rate=None, devices=400, step_ms=1000, ahead=(20000, lambda: received(rig.service.status())))
        status = rig.service.wait_status(
            lambda s: s["components"]["source.field"]["state"] in ("waiting_for_room", "backing_off")
            and "quota" in s["components"]["source.field"].get("reason", ""), 240, "the source away for the quota")
        self.assertFalse(status["ready"])
        load.stop()
        rig.board.start()
        status = rig.drain(deadline=240, quiet_s=15)
        self.assert_settled(status)
        self.assert_exact(rig.judge_board(), "board after the quota")
        self.assert_exact(rig.judge_lines(), "lines after the quota")
        self.assertEqual(0, rig.service.stop())
        self.report(case="quota", published=load.published, readings=rig.readings())


if __name__ == "__main__":
    unittest.main(verbosity=2)
