"""Each protection against loss and doubling is needed, and the oracle sees it: with one of them switched off, kills that
the product survives leave lost or doubled readings behind."""
import gc
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from scenario import JournalWatch, Rig, SystemTest, applied  # noqa: E402


class Protections(SystemTest):
    def setUp(self):
        gc.disable()
        self.addCleanup(gc.enable)

    def run_without(self, protection, kill, kills=3, rate=4000):
        """Load and kills of the service without that protection; kill: a crash fault, or None for SIGKILLs of ours."""
        rig = Rig(self, durability="process", segment="1MiB")
        rig.first_start()
        watch = JournalWatch(rig.data_dir)
        load = rig.load(step_ms=100, rate=rate)
        for _ in range(kills):
            rig.start(f"{kill},{protection}" if kill else protection)
            if kill is None:
                watch.wait_more(watch.update() + 2000, alive=rig.service.alive)
                rig.service.kill()
            self.assertEqual(-9, rig.service.wait(60), rig.service.tail())
        rig.start(protection, ready=True)
        load.stop()
        status = rig.drain(quiet_s=3)
        rig.service.stop(60)
        report = rig.judge_lines()
        self.report(test="protection off", protection=protection, kills=kills, published=rig.published(),
                    readings=rig.readings(), applied=applied(status),
                    **{key: report[key] for key in ("windows", "lost", "extra", "doubled", "wrong")})
        self.assertFalse(report["ok"], f"{protection}: not caught")
        return rig, status, report

    def test_acknowledging_before_the_append_loses_readings_at_a_kill(self):
        rig, status, report = self.run_without("acknowledge_first", None)
        self.assertLess(applied(status), rig.readings())
        self.assertGreater(report["wrong"] + report["lost"], 0)

    def test_without_the_duplicate_check_a_redelivered_message_counts_twice(self):
        rig, status, report = self.run_without("no_duplicate_check", "crash=after_append:3000")
        self.assertGreater(applied(status), rig.readings())
        self.assertGreater(report["wrong"], 0)
        self.assertEqual(0, report["lost"])

    def test_moving_the_cursor_before_the_sinks_acknowledgement_loses_results_at_a_kill(self):
        rig, status, report = self.run_without("cursor_first", "crash=after_cursor_move:4")
        self.assert_all_applied(rig, status)
        self.assertGreater(report["lost"], 0)

    def test_the_same_kills_with_all_protections_on_lose_nothing(self):
        rig = Rig(self, durability="process", segment="1MiB")
        rig.first_start()
        load = rig.load(step_ms=100, rate=4000)
        for kill in ("crash=after_append:3000", "crash=after_cursor_move:4"):
            rig.start(kill)
            self.assertEqual(-9, rig.service.wait(60), rig.service.tail())
        rig.start(ready=True)
        load.stop()
        status = rig.drain()
        rig.service.stop(60)
        self.assert_exact(rig.judge_lines())
        self.assert_all_applied(rig, status)


if __name__ == "__main__":
    unittest.main()
