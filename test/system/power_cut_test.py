"""Power cuts: the data directory lies on a loop-mounted ext4 image; a cut is a copy of the image taken while the service
stands still, which holds what was synced and not what the kernel still kept in memory. `durability: power` loses
nothing; with `process` the same test sees losses, and the service starts and goes on. Needs root for the mounts."""
import gc
import os
import random
import subprocess
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from mosquitto import program  # noqa: E402
from processes import run  # noqa: E402
from scenario import DRAINED, SOAK, JournalWatch, Rig, SystemTest, applied, received  # noqa: E402

SEED = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1 << 31))


def must(*command):
    done = run(command)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}")


class Disk:
    """An ext4 image mounted on a folder. cut() throws away what was not synced."""

    def __init__(self, test, folder):
        self.image, self.mount_point, self.cuts = os.path.join(folder, "disk.img"), os.path.join(folder, "disk"), 0
        os.makedirs(self.mount_point)
        with open(self.image, "wb") as file:
            file.truncate(768 << 20)
        must(program("mkfs.ext4"), "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", self.image)
        test.addCleanup(self.unmount, True)
        self.mount()

    def mount(self):
        must(program("mount"), "-o", "loop", self.image, self.mount_point)

    def unmount(self, lazily=False):
        if os.path.ismount(self.mount_point):
            must(program("umount"), *(["-l"] if lazily else []), self.mount_point)

    def cut(self, service):
        """The power fails now: the service is killed and finds, at its next start, only what had reached the disk."""
        service.pause()
        self.cuts += 1
        after = f"{self.image}.{self.cuts}"
        must("cp", "--sparse=always", self.image, after)
        service.kill()
        self.unmount()
        os.replace(after, self.image)
        self.mount()


class PowerCuts(SystemTest):
    def setUp(self):
        gc.disable()
        self.addCleanup(gc.enable)
        self.choose = random.Random(SEED)

    def run_with_cuts(self, durability, cuts):
        """Load with power cuts; returns the oracle's report and figures. The file sink writes to the same disk."""
        # With process nothing syncs the journal but the start of a new segment: one segment for all.
        rig = Rig(self, durability=durability, segment="1MiB" if durability == "power" else "1GiB")
        disk = Disk(self, str(rig.folder))
        rig.service.data_dir = rig.data_dir = os.path.join(disk.mount_point, "data")
        rig.lines = os.path.join(disk.mount_point, "out.jsonl")
        if durability == "process":
            rig.lines = rig.folder / "out.jsonl"  # else a file shorter than its mark would rightly stop the sink
        rig.configure(lines=rig.lines)
        rig.first_start()
        subprocess.run(["sync"], check=True)
        watch = JournalWatch(rig.data_dir)
        load = rig.load(step_ms=200, disorder=0.02, duplicates=0.01, seed=SEED & 0xffff,
                        ahead=(1500, lambda: watch.count))
        for _ in range(cuts):
            before = watch.update()
            rig.start()
            watch.wait_more(before + 800, alive=rig.service.alive)
            end = time.monotonic() + self.choose.uniform(0.2, 1.5)
            while time.monotonic() < end:
                watch.update()
                time.sleep(0.005)
            disk.cut(rig.service)
            watch.count += 1000  # what is gone is not waited for
        rig.start()
        watch.count += 1 << 40
        load.stop()
        status = rig.drain(240)  # every message waits for the disk here, which may be slow
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        report = rig.judge_lines()
        self.report(test="power cut", durability=durability, seed=SEED, cuts=disk.cuts, published=rig.published(),
                    received=received(status), applied=applied(status),
                    **{key: report[key] for key in ("windows", "lost", "extra", "doubled", "wrong")})
        return rig, status, report

    def test_with_durability_power_nothing_that_was_acknowledged_is_lost(self):
        rig, status, report = self.run_with_cuts("power", 10 if SOAK else 3)
        self.assert_exact(report)
        self.assert_settled(status)
        self.assert_all_applied(rig, status)

    def test_with_durability_process_the_same_oracle_reports_the_loss_and_the_service_goes_on(self):
        _, status, report = self.run_with_cuts("process", 5 if SOAK else 3)
        self.assertFalse(report["ok"], "a power cut without a sync must cost something, else this test proves nothing")
        self.assertGreater(report["lost"] + report["wrong"], 0, report)
        self.assert_settled(status)


if __name__ == "__main__":
    if os.getuid() != 0:
        print("power_cut_test: skipped, loop mounts need root")
        sys.exit(77)
    unittest.main()
