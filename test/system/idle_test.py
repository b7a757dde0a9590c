"""Windows close by idleness while the source is up, and only then: downtime of the broker or of the service is never
silence."""
import json
import os
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from processes import wait_for  # noqa: E402
from scenario import DRAINED, JournalWatch, Rig, SystemTest, during, settled  # noqa: E402

IDLE = 2.0
OPTIONS = {"idle": "2s", "window": "1s", "delay": "500ms", "lateness": "8s"}


class Idle(SystemTest):
    def begin(self, seconds=1.5):
        """A running service that has received live readings of 10 devices for so long, and now hears nothing more."""
        rig = Rig(self, persistence=True, **OPTIONS)
        rig.start(ready=True)
        load = rig.load(devices=10, live=True, rate=200, sentinels=False)
        load.wait_published(int(200 * seconds))
        load.stop()
        JournalWatch(rig.data_dir).wait_more(rig.published() - 1)
        rig.last = time.monotonic()
        return rig

    def lines(self, rig):
        with open(rig.lines, encoding="utf-8") as file:
            return sum(1 for _ in file)

    def assert_open(self, rig):
        """What is there are the windows that the watermark has closed, each device's last ones are not."""
        report = rig.judge_lines()
        self.assertEqual((0, 0, 0), (report["extra"], report["wrong"], report["doubled"]), report)
        self.assertFalse(rig.judge_lines(everything=True)["ok"])

    def assert_all_closed(self, rig):
        """Waits for all windows; returns the moment on the monotonic clock."""
        def there():
            report = rig.judge_lines(everything=True)
            return report["ok"] or report["wrong"] or report["extra"] or report["doubled"]

        wait_for(there, 20, lambda: f"all windows closed; {rig.judge_lines(everything=True)}\n{rig.service.tail()}",
                 0.05)
        moment = time.monotonic()
        self.assert_exact(rig.judge_lines(everything=True))
        return moment

    def finish(self, rig):
        rig.service.wait_status(settled, 10, "settled")
        self.assertEqual(DRAINED, rig.service.stop(30), rig.service.tail())
        # Still one result per window, and later readings find a device whose windows are closed.
        self.assert_exact(rig.judge_lines(everything=True))

    def test_the_windows_of_a_silent_device_close_after_idle_and_not_before(self):
        rig = self.begin()
        closed = self.assert_all_closed(rig)
        self.assertGreater(closed - rig.last, IDLE - 0.2)
        self.assertLess(closed - rig.last, IDLE + 4)
        self.finish(rig)

    def test_downtime_of_the_broker_is_not_silence(self):
        rig = self.begin()
        self.assertEqual(0, rig.broker.stop())
        self.assertLess(time.monotonic() - rig.last, IDLE, "the machine was too slow for this test")
        rig.service.wait_status(lambda status: not status["ready"], 10, "the connection noticed as lost")
        before = self.lines(rig)
        during(2.5 * IDLE, lambda: self.assertEqual(before, self.lines(rig), "a window closed while the broker was down"),
               0.1)
        self.assert_open(rig)
        rig.broker.start()
        rig.service.wait_status(lambda status: status["ready"], 60, "connected again")
        again = time.monotonic()
        closed = self.assert_all_closed(rig)
        # status.json may be a second old when it says so.
        self.assertGreater(closed - again, IDLE - 1.3)
        self.finish(rig)

    def test_downtime_of_the_service_is_not_silence(self):
        rig = self.begin()
        rig.service.kill()
        self.assertLess(time.monotonic() - rig.last, IDLE, "the machine was too slow for this test")
        time.sleep(1.5 * IDLE)
        before = self.lines(rig)
        rig.start()
        started = time.monotonic()
        rig.service.wait_ready()
        closed = self.assert_all_closed(rig)
        self.assertGreater(closed - started, IDLE - 0.1)
        self.assertLessEqual(before, self.lines(rig))
        self.finish(rig)

    def test_a_device_that_speaks_keeps_its_windows_open_while_a_silent_one_is_closed(self):
        rig = Rig(self, **OPTIONS)
        rig.start(ready=True)
        rig.load(devices=5, live=True, rate=100, count=100, sentinels=False, prefix="quiet-").join()
        talker = rig.load(devices=5, live=True, rate=100, sentinels=False, prefix="loud-")

        def quiet_closed():
            if not os.path.exists(rig.lines):
                return False
            with open(rig.lines, encoding="utf-8") as file:
                count = sum(json.loads(line)["values"]["count"] for line in file if '"quiet-' in line)
            return count == 100

        wait_for(quiet_closed, 20, "the windows of the silent devices closed")
        self.assertFalse(rig.judge_lines(everything=True)["ok"], "those of the others are open")
        talker.stop()
        self.assert_all_closed(rig)
        self.finish(rig)


if __name__ == "__main__":
    unittest.main()
