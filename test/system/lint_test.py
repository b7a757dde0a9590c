"""Broken configurations, run through the binary: exact message, line and column for each, exit 78, and nothing spawned."""
import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from processes import ROOT, Folder, binary, run  # noqa: E402
from scenario import Rig, SystemTest  # noqa: E402

CASES = os.path.join(ROOT, "test", "data", "lint")


class Lint(SystemTest):
    def cases(self, broken=True):
        """Paths of the configurations that have errors, or (broken=False) of those with warnings only."""
        found = []
        for path in sorted(glob.glob(os.path.join(CASES, "*.yaml"))):
            if os.path.exists(path[:-5] + ".expected") and (": error: " in self.expected(path)) == broken:
                found.append(path)
        return found

    @staticmethod
    def expected(path):
        with open(path[:-5] + ".expected", encoding="utf-8") as file:
            return file.read()

    def test_every_broken_configuration_gives_exactly_the_lines_written_by_hand_and_exit_78(self):
        cases = self.cases()
        self.assertGreaterEqual(len(cases), 25)
        for path in cases:
            name = os.path.basename(path)
            with self.subTest(name):
                done = run([binary(), "lint", name], 20, cwd=CASES)
                self.assertEqual(self.expected(path), done.stderr)
                self.assertEqual(78, done.returncode)
        self.report(broken_configurations=len(cases))

    def test_a_warning_is_printed_and_changes_no_exit_code(self):
        for path in self.cases(broken=False):
            done = run([binary(), "lint", os.path.basename(path)], 20, cwd=CASES)
            self.assertEqual((0, self.expected(path)), (done.returncode, done.stderr), path)

    def test_run_refuses_a_broken_configuration_before_anything_is_spawned(self):
        for path in self.cases():
            with self.subTest(os.path.basename(path)), Folder() as folder:
                done = run([binary(), "run", path], 20, cwd=str(folder))
                self.assertEqual(78, done.returncode, done.stderr)
                self.assertEqual([], os.listdir(str(folder)))  # not even a data directory

    def test_a_data_directory_with_state_of_the_same_configuration_has_nothing_against_it(self):
        rig = Rig(self)
        rig.first_start()
        lint = [binary(), "lint", rig.service.config_path, "--data-dir", rig.data_dir]
        done = run(lint, 20)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        rig.start(ready=True)  # beside the running service too
        done = run(lint, 20)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(0, rig.service.stop())

    def test_the_shipped_examples_are_clean(self):
        for path in sorted(glob.glob(os.path.join(ROOT, "config", "pipelines", "*.yaml"))):
            if path.endswith(".test.yaml"):
                continue  # cases of `sluice test`, no configuration
            done = run([binary(), "lint", path], 20)
            self.assertEqual((0, ""), (done.returncode, done.stderr), path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
