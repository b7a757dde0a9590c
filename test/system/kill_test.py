"""SIGKILL of the service under full load, at random moments and placed in every phase: nothing lost, nothing doubled,
nothing wrong, in the file and in ThingsBoard, and `journal replay` gives what the runs delivered. 20 kills, with
SLUICE_SOAK=1 100, and a crash loop. SLUICE_SEED=N repeats a run's choices."""
import collections
import gc
import os
import random
import statistics
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest, applied, by_device, received, total_duplicates  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))

# One kill of the plan: the phase it is placed in, the crash point ("" = from outside) and its count's bounds.
Placed = collections.namedtuple("Placed", "phase point low high")
# An append holds as many messages as have come, or one with the Paho client.
MESSAGES = 100 if os.environ.get("SLUICE_MQTT_CLIENT") != "paho" else 1
APPEND = (Placed("append", "after_append_write", 1, 20_000 // MESSAGES), Placed("append", "after_append", 1, 20_000 // MESSAGES))
ROLL = Placed("append", "after_roll", 1, 2)
SYNC = Placed("append", "before_append_sync", 1, 3000 // MESSAGES)
CHECKPOINT = (Placed("checkpoint", "before_commit", 1, 8), Placed("checkpoint", "after_commit", 1, 8))
TRUNCATE = Placed("checkpoint", "before_truncate", 1, 2)
RECOVERY = (Placed("recovery", "recovery_opened", 1, 1), Placed("recovery", "recovery_loaded", 1, 1))
DELIVERY = (Placed("delivery", "before_cursor_move", 1, 8), Placed("delivery", "after_cursor_move", 1, 8))
STARTING = Placed("recovery", "", 0, 0)  # killed before the first message of this run
RANDOM = Placed("random", "", 0, 0)


class Killer:
    """Starts and kills the service of a rig, and keeps the figures."""

    def __init__(self, test, rig, choose):
        self.test, self.rig, self.random, self.watch = test, rig, choose, JournalWatch(rig.data_dir)
        self.phases, self.points = collections.Counter(), collections.Counter()
        self.rates, self.first_acks = [], []

    def run_until_killed(self, plan):
        """One start that ends in a SIGKILL: its own at the crash point, or ours."""
        fault = f"crash={plan.point}:{self.random.randint(plan.low, plan.high)}" if plan.point else ""
        service, before = self.rig.service, self.watch.update()
        self.rig.start(fault)
        kill_at = service.started + self.random.uniform(0.01, 0.08) if plan is STARTING else None
        first, samples, end = None, collections.deque(), time.monotonic() + 60
        while service.alive():
            now, count = time.monotonic(), self.watch.update()
            if first is None and count > before:
                first = now - service.started
                if plan is RANDOM:
                    kill_at = now + self.random.uniform(0.0, 1.5)
            samples.append((now, count))
            while now - samples[0][0] > 0.5:
                samples.popleft()
            if kill_at is not None and now >= kill_at:
                service.kill()
            elif now > end:
                self.test.fail(f"{plan}: not reached in 60 s\n{service.tail()}")
            else:
                time.sleep(0.002)
        self.test.assertEqual(-9, service.wait(), f"{plan} {fault}: ended alone\n{service.tail()}")
        count = self.watch.update()
        phase = plan.phase if plan is not STARTING or count == before else "random"
        self.phases[phase] += 1
        self.points[plan.point or ("starting" if plan is STARTING else "random")] += 1
        if first is not None:
            self.first_acks.append(first)
            begin = max(samples[0], (service.started + first, before))
            span = time.monotonic() - begin[0]
            if span > 0.02:
                self.rates.append(round((count - begin[1]) / span))

    def crash_loop(self, times, seconds):
        """Kills that many starts so long after their exec; returns how many messages they kept."""
        before = self.watch.update()
        for _ in range(times):
            self.rig.start()
            time.sleep(max(0.0, self.rig.service.started + seconds - time.monotonic()))
            self.test.assertTrue(self.rig.service.alive(), self.rig.service.tail())
            self.rig.service.kill()
        return self.watch.update() - before

    def figures(self):
        acks = sorted(self.first_acks)
        return {"seed": SEED, "kills": sum(self.phases.values()), "kills_per_phase": dict(self.phases),
                "kills_per_point": dict(self.points), "events_per_s_at_kill": self.rates,
                "exec_to_first_ack_ms": {"median": round(1000 * statistics.median(acks)),
                                         "max": round(1000 * acks[-1])}}


class Kills(SystemTest):
    def setUp(self):
        gc.disable()
        self.addCleanup(gc.enable)
        self.choose = random.Random(SEED)

    def begin(self, ahead, **options):
        rig = Rig(self, **options)
        rig.first_start()
        killer = Killer(self, rig, self.choose)
        load = rig.load(step_ms=100, disorder=0.05, duplicates=0.01, seed=SEED & 0xffff,
                        ahead=(ahead, lambda: killer.watch.count))
        return rig, killer, load

    def finish(self, rig, killer, name):
        """Lets everything come through, stops the service and judges."""
        status = rig.drain(240)
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        reports = {"file": rig.judge_lines()}
        if rig.board:
            reports["thingsboard"] = rig.judge_board()
        redeliveries = received(status) - rig.published()
        self.report(test=name, **killer.figures(), published=rig.published(), redeliveries=redeliveries,
                    duplicates=total_duplicates(status), **{where: {key: report[key] for key in
                                                            ("windows", "lost", "extra", "doubled", "wrong", "revised")}
                                                    for where, report in reports.items()})
        for where, report in reports.items():
            self.assert_exact(report, where)
        self.assertTrue(reports["file"]["revised"] or rig.options.get("delay") != "0s", "no late reading")
        self.assert_settled(status)
        self.assert_all_applied(rig, status)
        self.assertGreater(redeliveries, 0)
        for phase in ("append", "checkpoint", "recovery"):
            self.assertGreaterEqual(killer.phases[phase], 2, killer.phases)

    def test_kills_at_full_speed_lose_and_double_nothing_and_replay_gives_what_was_delivered(self):
        # Without a watermark delay the disorder makes late readings: revisions come through the kills too.
        rig, killer, load = self.begin(30_000, board=True, durability="process", segment="1MiB", delay="0s")
        plans = [*APPEND, *APPEND, ROLL, *CHECKPOINT, *CHECKPOINT, *RECOVERY, STARTING, STARTING, *DELIVERY]
        plans += [RANDOM] * (20 - len(plans))
        plans *= 5 if SOAK else 1
        self.choose.shuffle(plans)
        for plan in plans:
            killer.run_until_killed(plan)
        rig.start(ready=True)
        before = applied(rig.service.wait_status(lambda status: applied(status) > 0, 30))
        rig.service.kill()
        short = killer.crash_loop(50 if SOAK else 10, 0.06)
        longer = killer.crash_loop(20 if SOAK else 5, 0.3)
        rig.start()
        rig.service.wait_status(lambda status: applied(status) > before, 30, "progress after the crash loops")
        load.stop()
        self.report(crash_loops={"60ms": {"kept": short}, "300ms": {"kept": longer}})
        self.assertGreater(longer, 0)
        self.finish(rig, killer, "process")
        replayed = rig.folder / "replayed.jsonl"
        done = rig.sluice("journal", "replay", "--data-dir", rig.data_dir, "--config", rig.service.config_path, "--out",
                          replayed)
        self.assertEqual(0, done.returncode, done.stderr)
        delivered, again = by_device(rig.lines), by_device(replayed)
        self.assertEqual(delivered.keys(), again.keys())
        for device, lines in delivered.items():
            self.assertEqual(lines, again[device], f"{device}: replay gives other bytes")

    def test_kills_with_durability_power_and_short_segments_lose_and_double_nothing(self):
        rig, killer, load = self.begin(10_000, durability="power", retain="0s", segment="64KiB")
        plans = [SYNC, SYNC, ROLL, TRUNCATE, *CHECKPOINT, *RECOVERY, RANDOM, RANDOM] * (5 if SOAK else 1)
        self.choose.shuffle(plans)
        for plan in plans:
            killer.run_until_killed(plan)
        rig.start()
        load.stop()
        self.finish(rig, killer, "power")


if __name__ == "__main__":
    unittest.main()
