"""The disk fills and gets room again: nothing acknowledged is lost, nothing doubled. The data directory is a small tmpfs."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from processes import run, wait_for  # noqa: E402
from scenario import Rig, SystemTest, received  # noqa: E402


class DiskFull(SystemTest):
    def test_a_full_disk_is_survived_and_nothing_is_lost_when_there_is_room_again(self):
        if os.getuid() != 0:
            self.skipTest("mounting a tmpfs needs root")
        rig = Rig(self, persistence=True, durability="process", retain="0s", segment="1MiB")
        mount = rig.folder / "disk"
        os.mkdir(mount)
        done = run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", mount])
        self.assertEqual(0, done.returncode, done.stderr)
        self.addCleanup(lambda: run(["umount", "-l", mount]))
        self.addCleanup(rig.service.kill)
        rig.data_dir = rig.service.data_dir = os.path.join(mount, "data")
        rig.configure()
        rig.start(ready=True)
        load = rig.load(rate=5000)
        load.wait_published(10000)
        # Somebody else fills the disk to the last byte.
        filler = os.path.join(mount, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
        wait_for(lambda: not rig.service.alive() or not rig.service.status().get("ready", True), 60,
                 lambda: "the service noticed\n" + rig.service.tail())
        noticed = "ended with 74" if not rig.service.alive() else "disconnected"
        if not rig.service.alive():
            self.assertEqual(74, rig.service.returncode, rig.service.tail())
        load.wait_published(load.published + 5000)
        os.unlink(filler)
        if not rig.service.alive():
            rig.service.start()
        rig.service.wait_ready(60)
        load.wait_published(load.published + 10000)
        load.stop()
        status = rig.drain(quiet_s=8)
        self.assert_settled(status)
        self.assert_exact(rig.judge_lines(), "after a full disk")
        self.assertEqual(0, rig.service.stop())
        self.report(case="disk_full", noticed=noticed, received=received(status))


if __name__ == "__main__":
    unittest.main(verbosity=2)
