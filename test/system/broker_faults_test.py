"""The broker fails under load: killed and restarted, paused, moved to another port behind a proxy. Only the MQTT source is
restarted (the ids of all other components stay), and nothing is lost that the broker delivered: the reference is the journal
itself (`journal dump`), which must be a subset of what was published."""
import json
import os
import shutil
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mosquitto import start_mosquitto  # noqa: E402
from oracle import compare  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import SOAK, TOPIC, Rig, SystemTest  # noqa: E402
from tcp_proxy import TcpProxy  # noqa: E402


def identities(status):
    return {name: part["id"] for name, part in status["components"].items()}


class BrokerFaults(SystemTest):
    def rig(self, **options):
        rig = Rig(self, board=True, persistence=True, durability="process", **options)
        rig.start(ready=True)
        return rig

    def only_the_source_restarted(self, before, rig):
        status = rig.service.wait_status(
            lambda s: s["ready"] and s["components"]["source.field"]["id"] != before["source.field"], 90,
            "ready with a new source")
        after = identities(status)
        for name, identity in before.items():
            if name != "source.field":
                self.assertEqual(identity, after[name], name)
        return status

    def reference(self, rig):
        """The journal as the oracle's input; every message in it was published."""
        dump = rig.folder / "dump.jsonl"
        done = rig.sluice("journal", "dump", "--data-dir", rig.data_dir)
        self.assertEqual(0, done.returncode, done.stderr)
        with open(dump, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        published = set()
        with open(rig.acks, encoding="utf-8") as file:
            for line in file:
                message = json.loads(line)
                published.add((message["topic"], message["payload"]))
        kept = {(message["topic"], message["payload"]) for message in map(json.loads, done.stdout.splitlines())}
        self.assertLessEqual(len(kept - published), 0, list(kept - published)[:3])
        return dump, len(published - kept)

    def test_a_broker_that_is_killed_and_restarted_costs_only_the_source_a_restart(self):
        rig = self.rig()
        load = rig.load(rate=4000)
        load.wait_published(8000)
        kills = 3 if SOAK else 2
        for _ in range(kills):
            before = identities(rig.service.status())
            rig.broker.restart()
            load.wait_published(load.published + 8000)
            self.only_the_source_restarted(before, rig)
        load.stop()
        status = rig.drain(quiet_s=8)
        self.assert_settled(status)
        dump, missing = self.reference(rig)
        report = compare(dump, rig.lines, "5s", "1s", TOPIC)
        self.assert_exact(report, "against the journal")
        self.assertEqual(0, rig.service.stop())
        self.report(case="killed", kills=kills, published=load.published, lost_by_the_broker=missing,
                    windows=report["windows"])

    def test_a_broker_that_stands_still_is_noticed_and_comes_back(self):
        rig = self.rig(mqtt="keep_alive: 5s")
        load = rig.load(rate=4000)
        load.wait_published(8000)
        before = identities(rig.service.status())
        rig.broker.pause()
        pause = 60 if SOAK else 15  # longer than a keep-alive of 5 s lets a silent broker live
        end = time.monotonic() + pause
        wait_for(lambda: time.monotonic() > end, pause + 10, "the pause")
        rig.broker.resume()
        load.wait_published(load.published + 8000)
        load.stop()
        status = rig.drain(quiet_s=8)
        after = identities(rig.service.wait_ready(60))
        for name, identity in before.items():
            if name != "source.field":
                self.assertEqual(identity, after[name], name)
        self.assertNotEqual(before["source.field"], after["source.field"], "nobody noticed")
        self.assert_settled(status)
        self.assert_exact(rig.judge_lines(), "paused broker")
        self.assert_exact(rig.judge_board(), "paused broker, board")
        self.assertEqual(0, rig.service.stop())
        self.report(case="paused", seconds=pause, published=load.published)

    def test_a_broker_that_forgot_its_sessions_is_subscribed_to_anew_and_nothing_it_delivered_is_lost(self):
        rig = self.rig()
        load = rig.load(rate=4000)
        load.wait_published(8000)
        before = identities(rig.service.status())
        rig.broker.kill()
        shutil.rmtree(rig.broker.store)
        os.makedirs(rig.broker.store)
        rig.broker.start()
        status = self.only_the_source_restarted(before, rig)
        self.assertFalse(status["components"]["source.field"]["session_present"])
        load.wait_published(load.published + 8000)
        load.stop()
        status = rig.drain(quiet_s=8)
        self.assert_settled(status)
        dump, missing = self.reference(rig)
        self.assert_exact(compare(dump, rig.lines, "5s", "1s", TOPIC), "against the journal")
        self.assertEqual(0, rig.service.stop())
        self.report(case="forgotten", published=load.published, lost_by_the_broker=missing)

    def test_a_broker_that_moves_to_another_port_behind_a_proxy_is_found_again(self):
        rig = Rig(self, board=True, persistence=True, durability="process")
        proxy = TcpProxy(rig.broker.port)
        self.addCleanup(proxy.close)
        rig.configure(url=f"mqtt://127.0.0.1:{proxy.port}")
        rig.start(ready=True)
        load = rig.load(rate=4000)
        load.wait_published(8000)
        load.stop()
        before = identities(rig.service.status())
        rig.drain()
        rig.broker.save()
        rig.broker.kill()
        moved = start_mosquitto(rig.folder, name="mosquitto")  # same data, another port
        self.addCleanup(moved.kill)
        proxy.set_target(moved.port)
        self.only_the_source_restarted(before, rig)
        rig.broker = moved
        rig.acks = rig.folder / "acks2.jsonl"
        second = rig.load(rate=4000, count=8000, start=1_700_001_000_000, seed=2, prefix="other-")
        second.join()
        rig.loads = [load, second]
        status = rig.drain()
        self.assert_settled(status)
        both = rig.folder / "both.jsonl"
        with open(both, "w", encoding="utf-8") as file:
            for name in ("acks.jsonl", "acks2.jsonl"):
                with open(rig.folder / name, encoding="utf-8") as part:
                    file.write(part.read())
        self.assert_exact(compare(both, rig.lines, "5s", "1s", TOPIC), "moved broker")
        self.assertEqual(0, rig.service.stop())
        self.report(case="moved", published=load.published + second.published)


if __name__ == "__main__":
    unittest.main(verbosity=2)
