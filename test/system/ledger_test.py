"""The ledger of the running service: balanced in every status under load; red when a shard drops one event; a reading
that throws is one dead letter and nothing else."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from oracle import exclude_dead_letters  # noqa: E402
from scenario import TOPIC, DRAINED, Rig, SystemTest, applied, received, total_duplicates  # noqa: E402


class Ledger(SystemTest):
    def test_every_status_under_load_is_balanced_and_the_last_one_adds_up(self):
        rig = Rig(self, board=True)
        rig.start(ready=True)
        load = rig.load(step_ms=100, disorder=0.05, duplicates=0.05, seed=5)
        times, red = set(), []

        def look(status):
            if status["time"] not in times:
                times.add(status["time"])
                if not status["ledger"]["balanced"]:
                    red.append(status["ledger"])
            return len(times) >= 6

        rig.service.wait_status(look, 60, "six statuses under load")
        load.stop()
        status = rig.drain()
        self.assertEqual([], red)
        self.assert_settled(status)
        pipeline, source = status["ledger"]["pipelines"]["climate"], status["ledger"]["sources"]["field"]
        self.assertEqual(rig.published(), received(status))
        self.assert_all_applied(rig, status)
        self.assertEqual(rig.published() - rig.readings(), total_duplicates(status))
        self.assertEqual((source["decoded"], 0, 0), (pipeline["in"], pipeline["late"], pipeline["dead_lettered"]))
        for sink in status["ledger"]["sinks"].values():
            self.assertEqual((sink["results"], pipeline["results"]), (sink["delivered"], sink["results"]))
        self.assertEqual("ok", status["health"]["level"], status["health"])
        self.assertEqual(DRAINED, rig.service.stop(60))
        self.assert_exact(rig.judge_lines(), "file")
        self.assert_exact(rig.judge_board(), "thingsboard")
        asked = rig.sluice("status", "--data-dir", rig.data_dir)
        self.assertNotEqual(0, asked.returncode, "status of a service that does not run")

    def test_one_event_dropped_inside_a_shard_turns_it_red(self):
        rig = Rig(self)
        rig.start("drop_event=20", ready=True)
        rig.load(count=20_000, step_ms=100).join()
        status = rig.service.wait_status(
            lambda status: received(status) >= rig.published() and not status["ledger"]["balanced"], 30,
            "a ledger that does not balance")
        self.assertEqual("failed", status["health"]["level"], status["health"])
        self.assertTrue(any("climate" in text for text in status["ledger"]["mismatches"]), status["ledger"])
        pipeline = status["ledger"]["pipelines"]["climate"]
        self.assertEqual(1, pipeline["in"] - sum(pipeline[key] for key in (
            "applied", "filtered", "duplicate", "late", "dead_lettered", "pending")))

    def test_an_event_that_throws_is_one_dead_letter_and_nothing_else_changes(self):
        rig = Rig(self)
        rig.start("throw=20", ready=True)
        ids = {name: part["id"] for name, part in rig.service.status()["components"].items()}
        rig.load(count=20_000, step_ms=100).join()
        status = rig.service.wait_drained(60, received=rig.published())
        self.assertEqual(ids, {name: part["id"] for name, part in status["components"].items()})
        self.assertEqual((1, 1), (status["dead_letters"], status["ledger"]["pipelines"]["climate"]["dead_lettered"]))
        self.assertEqual(rig.readings() - 1, applied(status))
        self.assert_settled(status)
        self.assertEqual(DRAINED, rig.service.stop(60))
        letters = rig.dead_letters()
        self.assertEqual(["apply.error"], [letter["reason"] for letter in letters], letters)
        self.assertTrue(letters[0]["detail"], letters)
        gone = exclude_dead_letters(letters, TOPIC)
        self.assertEqual(1, len(gone), letters)
        self.assert_exact(rig.judge_lines(excluded=gone))


if __name__ == "__main__":
    unittest.main()
