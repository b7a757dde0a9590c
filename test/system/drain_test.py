"""Starting and stopping: SIGTERM drains, also under load and with a dead sink; exit codes; a pause of the whole process
is forgiven; one owner per data directory; a changed pipeline or a removed sink with state is refused until told."""
import os
import signal
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from oracle import compare  # noqa: E402
from processes import Service, binary, wait_for  # noqa: E402
from scenario import (CONFIGURATION, DRAINED, FENCED, PENDING, SOAK, TOPIC, JournalWatch, Rig, SystemTest,  # noqa: E402
                      applied, config_text, received, settled)


def with_arguments(rig, *arguments):
    """The next starts get these arguments after the configuration."""
    command = rig.service.command
    rig.service.command = command[:3] + [str(argument) for argument in arguments]
    return rig.service


class Drain(SystemTest):
    def assert_replays_nothing(self, rig):
        """A start after a drain has nothing to read again: what it reads is only what comes now."""
        status = rig.start(ready=True).status()
        self.assertEqual(0, status["components"]["reader"]["messages"], status["components"]["reader"])
        self.assert_settled(status)

    def test_sigterm_under_load_drains_and_the_next_start_replays_nothing(self):
        rig = Rig(self, board=True)
        rig.start(ready=True)
        watch = JournalWatch(rig.data_dir)
        load = rig.load(step_ms=100, disorder=0.02, ahead=(20_000, lambda: watch.count))
        for _ in range(3):
            watch.wait_more(watch.update() + 5000)
            self.assertEqual(DRAINED, rig.service.stop(30), rig.service.tail())
            status = rig.service.status()
            self.assertEqual("stopped", status["state"])
            self.assert_settled(status)
            self.assertEqual(watch.update(), received(status))
            rig.start()
        watch.count += 1 << 40
        load.stop()
        rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_replays_nothing(rig)
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines(), "file")
        self.assert_exact(rig.judge_board(), "thingsboard")

    def test_sigint_drains_too(self):
        rig = Rig(self)
        rig.start(ready=True)
        self.assertEqual(DRAINED, rig.service.stop(30, signal.SIGINT))

    def test_with_a_dead_sink_the_exit_code_is_75_and_the_results_wait_for_the_next_start(self):
        rig = Rig(self, board=True, drain_timeout="1s")
        rig.start(ready=True)
        rig.board.kill()
        rig.load(count=10_000, step_ms=200).join()
        rig.service.wait_status(lambda status: applied(status) >= rig.readings(), 30, "all applied")
        self.assertEqual(PENDING, rig.service.stop(30), rig.service.tail())
        sinks = rig.service.status()["ledger"]["sinks"]
        self.assertGreater(sinks["board"]["pending"], 0)
        self.assertEqual(0, sinks["lines"]["pending"])
        rig.board.start()
        rig.start(ready=True)
        rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_board(), "thingsboard")
        self.assert_exact(rig.judge_lines(), "file")

    def test_a_second_sigterm_ends_a_drain_that_waits(self):
        rig = Rig(self, board=True, drain_timeout="10m")
        rig.start(ready=True)
        rig.board.switch(silent=1)
        rig.load(count=10_000, step_ms=200).join()
        rig.service.wait_status(lambda status: applied(status) >= rig.readings(), 30, "all applied")
        rig.service.send_signal(signal.SIGTERM)
        rig.service.wait_status(lambda status: status["state"] == "draining", 10, "draining")
        self.assertTrue(rig.service.alive())
        self.assertEqual(PENDING, rig.service.stop(5), rig.service.tail())
        rig.board.switch(silent=0)
        rig.start(ready=True)
        rig.drain()
        self.assert_exact(rig.judge_board(), "thingsboard")

    def test_a_pause_of_the_whole_process_is_forgiven_and_nothing_is_lost(self):
        rig = Rig(self)
        rig.start(ready=True)
        watch = JournalWatch(rig.data_dir)
        load = rig.load(step_ms=100, ahead=(50_000, lambda: watch.count))
        watch.wait_more(5000)
        before = {name: part["id"] for name, part in rig.service.status()["components"].items()}
        for seconds in [30 if SOAK else 5] + [0.8] * 4:
            count = applied(rig.service.status())
            rig.service.pause()
            time.sleep(seconds)
            rig.service.resume()
            watch.wait_more(watch.update() + 5000)
            # Also when the pause has hit a checkpoint, results go on at once.
            rig.service.wait_status(lambda status: applied(status) > count + 5000, 6, "applied after the pause")
        watch.count += 1 << 40
        load.stop()
        status = rig.drain()
        after = {name: part["id"] for name, part in status["components"].items()}
        self.assertEqual({name: id for name, id in before.items() if not name.startswith("source.")},
                         {name: id for name, id in after.items() if not name.startswith("source.")})
        self.assertNotIn("hangs", rig.service.stderr())
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines())
        self.assert_all_applied(rig, status)


class Refusals(SystemTest):
    def refused(self, rig, code, *words):
        rig.service.start()
        self.assertEqual(code, rig.service.wait(30), rig.service.tail())
        said = rig.service.stderr()
        for word in words:
            self.assertIn(word, said)

    def test_a_second_service_on_the_same_data_directory_ends_with_76(self):
        rig = Rig(self)
        rig.start(ready=True)
        second = Service(binary(), config_text(**rig.options), rig.data_dir, rig.folder, name="second")
        self.addCleanup(second.kill)
        # Its start() would remove the status of the first.
        super(Service, second).start()
        self.assertEqual(FENCED, second.wait(20), second.tail())
        self.assertIn(rig.data_dir, second.stderr())
        self.assertTrue(rig.service.alive())
        rig.load(count=5000, step_ms=200).join()
        rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines())

    def with_open_windows(self, **options):
        """A rig stopped after a load without sentinels: its last windows are open in the state."""
        rig = Rig(self, **options)
        rig.start(ready=True)
        rig.load(count=10_000, step_ms=100, sentinels=False).join()
        rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines(), "before the change")
        self.assertFalse(rig.judge_lines(everything=True)["ok"], "some windows must be open")
        return rig

    def goes_on_with_10s_windows(self, rig):
        """New readings come out in windows of the new definition, of a state that began empty."""
        acks, size = rig.folder / "later.jsonl", os.path.getsize(rig.lines)
        rig.acks = acks
        rig.loads.clear()
        applied_before = applied(rig.service.wait_ready())
        load = rig.load(count=10_000, step_ms=100, start=1_700_100_000_000)
        load.join()
        rig.service.wait_status(lambda status: settled(status)
                                and applied(status) >= applied_before + rig.readings(), 60, "applied and delivered")
        self.assertEqual(DRAINED, rig.service.stop(30))
        with open(rig.lines, encoding="utf-8") as file:
            file.seek(size)
            self.assert_exact(compare(acks, file.readlines(), "10s", "1s", TOPIC), "after the change")

    def test_a_changed_pipeline_is_refused_with_its_name_and_close_emits_its_open_windows(self):
        rig = self.with_open_windows()
        rig.configure(window="10s", lateness="80s")
        self.refused(rig, CONFIGURATION, "climate", "--on-change")
        with_arguments(rig, "--on-change", "close").start()
        rig.service.wait_status(lambda status: status.get("ready") and settled(status), 30, "closed and delivered")
        self.assert_exact(compare(rig.acks, rig.lines, "5s", "1s", TOPIC, everything=True), "close")
        self.assertEqual(DRAINED, rig.service.stop(30))
        with_arguments(rig).start()  # accepted from now on, without the flag
        self.goes_on_with_10s_windows(rig)

    def test_discard_drops_the_open_windows_of_a_changed_pipeline(self):
        rig = self.with_open_windows()
        size = os.path.getsize(rig.lines)
        rig.configure(window="10s", lateness="80s")
        self.refused(rig, CONFIGURATION, "climate")
        with_arguments(rig, "--on-change", "discard").start()
        rig.service.wait_status(lambda status: status.get("ready") and settled(status), 30, "settled")
        self.assertEqual(size, os.path.getsize(rig.lines))
        self.goes_on_with_10s_windows(rig)

    def test_options_without_meaning_for_the_state_may_change(self):
        rig = self.with_open_windows()
        rig.configure(drain_timeout="3s", retain="2h")
        rig.start(ready=True)
        rig.load(count=5000, step_ms=100, start=1_700_100_000_000, prefix="new-").join()
        rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines())

    def test_a_removed_sink_with_pending_results_is_refused_until_they_are_dropped(self):
        rig = Rig(self, board=True, drain_timeout="1s")
        rig.start(ready=True)
        rig.board.kill()
        rig.load(count=10_000, step_ms=200).join()
        rig.service.wait_status(lambda status: applied(status) >= rig.readings(), 30, "all applied")
        self.assertEqual(PENDING, rig.service.stop(30))
        rig.configure(board=None)
        self.refused(rig, CONFIGURATION, "board", "--drop-pending")
        with_arguments(rig, "--drop-pending", "board").start()
        status = rig.service.wait_ready()
        self.assertEqual(["lines"], sorted(status["ledger"]["sinks"]))
        self.assertEqual(DRAINED, rig.service.stop(30))
        with_arguments(rig).start()
        rig.service.wait_ready()
        self.assertEqual(DRAINED, rig.service.stop(30))
        self.assert_exact(rig.judge_lines())

    def test_wrong_usage_is_64_and_a_broken_configuration_is_78_and_spawns_nothing(self):
        rig = Rig(self)
        self.assertEqual(64, rig.sluice("run", "--no-such-flag").returncode)
        self.assertEqual(64, rig.sluice().returncode)
        rig.service.configure(config_text(**rig.options).replace("tumbling", "tumblin"))
        self.refused(rig, CONFIGURATION, "sluice.yaml:", "tumbling")
        self.assertFalse(os.path.exists(rig.data_dir))
        wait_for(lambda: not rig.service.alive(), 1)


if __name__ == "__main__":
    unittest.main()
