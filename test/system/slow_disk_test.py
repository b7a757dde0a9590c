"""A disk on which each sync takes 20 ms longer, under all the load that the service takes, with a keep-alive of 2 s: the
connection lives, memory stays bounded, nothing is lost."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from processes import ROOT, run, wait_for  # noqa: E402
from scenario import SOAK, JournalWatch, Rig, SystemTest, received  # noqa: E402


class SlowDisk(SystemTest):
    def test_a_slow_disk_under_load_costs_no_connection_no_message_and_no_memory(self):
        rig = Rig(self, durability="power", window="1s", lateness="8s", mqtt="keep_alive: 2s")
        library = rig.folder / "slow_sync.so"
        built = run(["cc", "-shared", "-fPIC", "-O1", "-o", library, os.path.join(ROOT, "test", "support", "slow_sync.c"), "-ldl"])
        self.assertEqual(0, built.returncode, built.stderr)
        rig.service.env["LD_PRELOAD"] = library
        rig.start(ready=True)
        before = rig.service.component("source.field")["id"]
        grouped = os.environ.get("SLUICE_MQTT_CLIENT") != "paho"
        # One message per sync, or a batch: what waits at the end has to come through, too.
        watch = JournalWatch(rig.data_dir)
        load = rig.load(step_ms=100, devices=20, disorder=0.02, ahead=(4000 if grouped else 200, watch.update))
        warm, seconds = 5, 60 if SOAK else 15
        begun = time.monotonic()
        wait_for(lambda: time.monotonic() > begun + warm, 30, "the buffers filled", 0.1)
        resident, first = rig.service.rss(), received(rig.service.status())
        wait_for(lambda: time.monotonic() > begun + seconds, seconds + 30, "the load", 0.1)
        growth, rate = rig.service.rss() - resident, (received(rig.service.status()) - first) / (seconds - warm)
        load.stop()
        status = rig.drain(240)
        self.report(case="slow disk", seconds=seconds, published=load.published, rate=round(rate), resident_bytes=resident,
                    growth_bytes=growth)
        self.assertEqual(before, status["components"]["source.field"]["id"], "the connection was lost")
        self.assertLess(growth, 16 << 20)
        self.assertLess(resident + growth, 96 << 20)
        self.assertGreater(rate, 2000 if grouped else 10)
        # 48 syncs/s at most; a status may be a second old.
        self.assertLess(rate, 16_000 if grouped else 65, "the disk was not slow")
        self.assert_settled(status)
        self.assert_exact(rig.judge_lines())
        self.assert_all_applied(rig, status)
        self.assertEqual(0, rig.service.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
