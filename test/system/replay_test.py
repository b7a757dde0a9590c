"""`sluice journal`: verify, dump and replay give back what was received; a journal without its beginning is not replayed,
a damaged one is named by file and offset, and the service does not start on it."""
import json
import os
import shutil
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from oracle import compare  # noqa: E402
from scenario import DRAINED, STORAGE, TOPIC, Rig, SystemTest, by_device, received  # noqa: E402


class Replay(SystemTest):
    def journal(self, rig, verb, *arguments, data_dir=None):
        return rig.sluice("journal", verb, "--data-dir", data_dir or rig.data_dir, *arguments)

    def replay(self, rig, out):
        return self.journal(rig, "replay", "--config", rig.service.config_path, "--out", out)

    def served(self, **options):
        """A rig whose service has received a load, delivered all of it and stopped. Returns it and the last status."""
        rig = Rig(self, **options)
        rig.start(ready=True)
        rig.load(count=30_000, step_ms=200, disorder=0.05, duplicates=0.02, seed=7).join()
        status = rig.drain()
        self.assertEqual(DRAINED, rig.service.stop(60), rig.service.tail())
        return rig, status

    def test_verify_dump_and_replay_give_back_what_was_received_and_delivered(self):
        rig, status = self.served(segment="1MiB")
        verified = self.journal(rig, "verify")
        self.assertEqual(0, verified.returncode, verified.stdout + verified.stderr)
        dumped = self.journal(rig, "dump")
        self.assertEqual(0, dumped.returncode, dumped.stderr)
        rows = [json.loads(line) for line in dumped.stdout.splitlines()]
        self.assertEqual(received(status), len(rows))
        with open(rig.acks, encoding="utf-8") as file:
            acknowledged = sorted((row["topic"], row["payload"]) for row in map(json.loads, file))
        self.assertEqual(acknowledged, sorted((row["topic"], row["payload"]) for row in rows))
        sequences = [row["sequence"] for row in rows]
        self.assertEqual(sorted(set(sequences)), sequences)
        self.assertEqual({"field"}, {row["source"] for row in rows})
        self.assert_exact(compare(rows, rig.lines, "5s", "1s", TOPIC), "oracle on the dump")
        out = rig.folder / "replayed.jsonl"
        for _ in range(2):
            done = self.replay(rig, out)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(by_device(rig.lines), by_device(out))

    def test_replay_refuses_a_journal_that_does_not_begin_at_record_1(self):
        rig = Rig(self, segment="64KiB", retain="0s")
        rig.start(ready=True)
        rig.load(count=30_000, step_ms=200).join()
        rig.service.wait_status(lambda status: status["journal"]["first"] > 1, 30, "old segments removed")
        rig.drain()
        rig.service.stop(60)
        done = self.replay(rig, rig.folder / "replayed.jsonl")
        self.assertEqual(STORAGE, done.returncode, done.stderr)
        self.assertIn("does not begin at record 1", done.stderr)
        self.assertFalse(os.path.exists(rig.folder / "replayed.jsonl"))
        self.assertEqual(0, self.journal(rig, "verify").returncode)

    def test_a_flipped_bit_is_named_and_the_service_refuses_to_start_on_it(self):
        rig, _ = self.served()
        segments = sorted(os.listdir(os.path.join(rig.data_dir, "journal")))
        segments = [name for name in segments if name.endswith(".seg")]
        damaged = rig.folder / "damaged"
        shutil.copytree(rig.data_dir, damaged)
        path = os.path.join(damaged, "journal", segments[-1])
        place = os.path.getsize(path) // 2
        with open(path, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 0x10]))
        verified = self.journal(rig, "verify", data_dir=damaged)
        self.assertEqual(STORAGE, verified.returncode, verified.stdout + verified.stderr)
        said = verified.stdout + verified.stderr
        self.assertIn(segments[-1], said)
        self.assertRegex(said, r"offset \d+")
        self.assertEqual(0, self.journal(rig, "verify").returncode, "the undamaged one")
        rig.service.data_dir = damaged
        rig.configure()
        rig.service.start()
        self.assertEqual(STORAGE, rig.service.wait(30), rig.service.tail())
        self.assertIn(segments[-1], rig.service.stderr())

    def test_verify_and_dump_work_beside_the_running_service(self):
        rig = Rig(self, segment="1MiB")
        rig.start(ready=True)
        load = rig.load(step_ms=100)
        load.wait_published(5000)
        # Often: a look may meet a record that is being written, which is no damage.
        for verb in ["verify", "dump"] * 15:
            done = self.journal(rig, verb)
            self.assertEqual(0, done.returncode, (verb, done.stdout[-2000:], done.stderr))
        load.stop()
        status = rig.drain()
        self.assertEqual(rig.published(), received(status))


if __name__ == "__main__":
    unittest.main()
