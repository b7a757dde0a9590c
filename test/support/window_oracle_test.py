"""The oracle of all window kinds, against small cases worked out by hand; it finds each kind of wrong result."""
import copy
import datetime
import os
import sys
import unittest
from zoneinfo import ZoneInfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from oracle_sketches import delta, distinct, percentile, quantile_bounds, rate, time_weighted_mean  # noqa: E402
from window_grid import Grid  # noqa: E402
from window_oracle import Event, differences, expected  # noqa: E402


def stream(*readings):
    """Events of (device, time[, values])."""
    return [Event(one[0], one[1], number, one[2] if len(one) > 2 else {"x": 1.0}) for number, one in enumerate(readings)]


def windows(events, ended=True, **job):
    """{(key, start, end, number): count} of a job."""
    want = expected(events, {"delay": 0, "lateness": 0, **job}, ended)
    return {identity: samples.whole().count for identity, samples in want.windows.items()}, want.counts


def instant(text, zone):
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


class Grids(unittest.TestCase):
    def test_days_have_23_and_25_hours_when_the_clock_is_changed(self):
        grid = Grid("1d", 6 * 3_600_000, "Europe/Berlin")
        for text, hours in (("2025-03-29T12:00", 23), ("2025-10-25T12:00", 25), ("2025-07-01T12:00", 24)):
            index = grid.index(instant(text, "Europe/Berlin"))
            self.assertEqual(hours * 3_600_000, grid.start(index + 1) - grid.start(index), text)
            self.assertEqual(instant(text[:10] + "T06:00", "Europe/Berlin"), grid.start(index))

    def test_a_start_that_the_clock_skips_is_the_instant_of_the_change(self):
        grid = Grid("1d", 2 * 3_600_000 + 1_800_000, "Europe/Berlin")
        index = grid.index(instant("2025-03-30T12:00", "Europe/Berlin"))
        self.assertEqual(instant("2025-03-30T03:00", "Europe/Berlin"), grid.start(index))

    def test_weeks_begin_on_monday_and_months_on_the_first(self):
        for length, first in (("1w", "2025-03-24"), ("1mo", "2025-03-01"), ("1y", "2025-01-01"), ("3mo", "2025-01-01")):
            grid = Grid(length, 0, "America/New_York")
            time = instant("2025-03-27T12:00", "America/New_York")
            self.assertEqual(instant(first, "America/New_York"), grid.start(grid.index(time)), length)


class Kinds(unittest.TestCase):
    def test_tumbling_takes_what_is_not_gone(self):
        events = stream(("d", 5), ("d", 25), ("d", 7), ("d", 31), ("d", 9))
        self.assertEqual({("d", 0, 10, None): 1, ("d", 20, 30, None): 1, ("d", 30, 40, None): 1},
                         windows(events, kind="tumbling", size="10ms")[0])
        found, counts = windows(events, kind="tumbling", size="10ms", lateness=20)
        self.assertEqual(2, found[("d", 0, 10, None)])
        self.assertEqual(1, counts["late"])

    def test_open_windows_are_missing_while_the_stream_goes_on(self):
        events = stream(("d", 5), ("d", 25))
        self.assertEqual({("d", 0, 10, None): 1}, windows(events, False, kind="tumbling", size="10ms")[0])

    def test_hopping_puts_an_event_into_each_window_that_holds_it(self):
        found, _ = windows(stream(("d", 25)), kind="hopping", size="30ms", every="10ms")
        self.assertEqual({("d", 0, 30, None): 1, ("d", 10, 40, None): 1, ("d", 20, 50, None): 1}, found)

    def test_sessions_are_bridged_and_late_ones_left_out(self):
        found, counts = windows(stream(("d", 0), ("d", 15), ("d", 8), ("d", 100), ("d", 20)), kind="session", gap=10, delay=20)
        self.assertEqual({("d", 0, 25, None): 3, ("d", 100, 110, None): 1}, found)
        self.assertEqual(1, counts["late"])

    def test_count_windows_are_numbered(self):
        found, _ = windows(stream(("d", 9), ("d", 3), ("d", 5)), kind="count", n=2)
        self.assertEqual({("d", 3, 10, 1): 2, ("d", 5, 6, 2): 1}, found)

    def test_running_adds_up(self):
        events = stream(("d", 5), ("d", 15), ("d", 6), ("d", 25))
        self.assertEqual({("d", 0, 10, None): 1, ("d", 0, 20, None): 3, ("d", 0, 30, None): 4},
                         windows(events, kind="running", every="10ms", lateness=80)[0])
        self.assertEqual({("d", 5, 6, 1): 1, ("d", 5, 16, 2): 2, ("d", 5, 16, 3): 3, ("d", 5, 26, 4): 4},
                         windows(events, kind="running")[0])

    def test_a_key_waits_for_its_slowest_device_and_never_goes_back(self):
        values = {"site": "a"}
        events = stream(("p", 5, values), ("q", 6, values), ("p", 90, values), ("q", 7, values), ("r", 1, values))
        found, counts = windows(events, False, kind="tumbling", size="10ms", key=["site"])
        self.assertEqual({}, found)
        self.assertEqual(0, counts["late"])
        self.assertEqual(1, windows(stream(("p", 5), ("p", 6)), kind="tumbling", size="10ms", key=["site"])[1]["key_missing"] - 1)

    def test_a_sequence_counts_once(self):
        event = stream(("d", 5))[0]
        self.assertEqual({("d", 0, 10, None): 1}, windows([event, event], kind="tumbling", size="10ms")[0])


class Sketches(unittest.TestCase):
    def test_the_words_of_percentiles(self):
        self.assertEqual([0.5, 0.95, 0.999, None, None], [value and float(value) for value in
                                                          map(percentile, ("median", "p95", "p99_9", "mean", "p"))])

    def test_quantiles_lie_between_their_ranks(self):
        low, high = quantile_bounds([4, 1, 3, 2], percentile("p50"))
        self.assertTrue(low <= 2.5 <= high and high - low < 1e-10)
        low, high = quantile_bounds(range(1, 1002), percentile("p50"))
        self.assertTrue(low <= 496 and high >= 506 and high < 507)

    def test_counters(self):
        samples = [(0, 0, 10), (2000, 2, 3), (1000, 1, 15), (3000, 3, 5)]
        self.assertEqual(10, delta(samples))
        self.assertEqual(10 / 3, float(rate(samples)))
        self.assertIsNone(delta(samples[:1]))

    def test_the_time_weighted_mean(self):
        self.assertEqual(2, time_weighted_mean([(20, 0, 1), (40, 1, 3)], 60))

    def test_distinct(self):
        self.assertEqual(4, distinct([1, 1.0, True, "1", 0.5]))


class Verdicts(unittest.TestCase):
    OUTPUTS = {"count": (None, "count"), "x_p50": ("x", "p50"), "x_last": ("x", "last")}

    def setUp(self):
        self.want = expected(stream(("d", 5, {"x": 2.0}), ("d", 3, {"x": 4.0}), ("d", 25, {"x": 7})),
                             {"kind": "tumbling", "size": "10ms", "delay": 10, "lateness": 0})
        self.right = [{"pipeline": "p", "device": "d", "start": 0, "end": 10, "revision": 0,
                       "values": {"count": 2, "x_p50": 3, "x_last": 2}},
                      {"pipeline": "p", "device": "d", "start": 20, "end": 30, "revision": 0,
                       "values": {"count": 1, "x_p50": 7, "x_last": 7}}]

    def found(self, results):
        return [kind for kind, _, _ in differences(self.want, results, self.OUTPUTS, "p")]

    def test_right_results_are_accepted_and_each_wrong_one_is_found(self):
        self.assertEqual([], self.found(self.right))
        self.assertEqual(["lost"], self.found(self.right[:1]))
        self.assertEqual(["doubled"], self.found([*self.right, self.right[0]]))
        self.assertEqual(["extra"], self.found([*self.right, {**self.right[0], "start": 10, "end": 20}]))
        for name in self.OUTPUTS:
            wrong = copy.deepcopy(self.right)
            wrong[0]["values"][name] += 1
            self.assertEqual(["wrong"], self.found(wrong), name)
        self.assertEqual(["wrong"], self.found([self.right[0], {**self.right[1], "values": {"count": 1, "x_last": 7}}]))
        self.assertEqual([], self.found([{**self.right[0], "values": {}}, {**self.right[0], "revision": 1}, self.right[1]]))


if __name__ == "__main__":
    unittest.main()
