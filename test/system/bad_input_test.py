"""Bad input: each bad message ends in the dead letters with its reason, its neighbours are unaffected, the ledger balances."""
import base64
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mqtt_raw import Client  # noqa: E402
from processes import wait_for  # noqa: E402
from scenario import Rig, SystemTest  # noqa: E402

START = 1_700_000_000_000


def reading(seq, temperature="20.5", at=None, device=None):
    more = f',"device":"{device}"' if device else ""
    return f'{{"time":{at if at is not None else START + seq * 100},"seq":{seq},"temperature":{temperature}{more}}}'.encode()


def bad_messages():
    """(topic's device, payload, reason) of one bad message each."""
    now = int(time.time() * 1000)
    return [
        ("a", b'{"time":1700000000000,"seq":1,', "json.syntax"),
        ("a", b"", "json.syntax"),
        ("a", b"not json", "json.syntax"),
        ("a", b'{"time":1700000000000,"seq":1,"temperature":NaN}', "json.syntax"),
        ("a", b'{"time":1700000000000,"seq":1,"temperature":1e999}', "json.number"),
        ("a", b'{"time":1700000000000,"seq":1,"temperature":-1e999}', "json.number"),
        ("a", b"[" * 200_000, "json.depth"),
        ("a", b'{"time":1700000000000,"seq":1,"x":' + b"[" * 500_000, "message.too_large"),
        ("a", b'{"time":1700000000000,"seq":1,"pad":"' + b"x" * (1 << 20) + b'"}', "message.too_large"),
        ("a", b'{"time":1700000000000,"seq":1,"name":"\xff\xfe"}', "json.utf8"),
        ("a", b'[1,2,3]', "json.not_object"),
        ("a", b'{"seq":1,"temperature":20}', "time.missing"),
        ("a", b'{"time":"yesterday","seq":1,"temperature":20}', "time.invalid"),
        ("a", b'{"time":%d,"seq":1,"temperature":20}' % (now + 3_600_000), "time.future"),
        ("a", b'{"time":1000,"seq":1,"temperature":20}', "time.ancient"),
        ("a", b'{"time":1700000000000,"temperature":20}', "sequence.missing"),
        ("a", b'{"time":1700000000000,"seq":"x","temperature":20}', "sequence.invalid"),
        ("a", b'{"time":1700000000000,"seq":-1,"temperature":20}', "sequence.invalid"),
        ("bad device", reading(1), "device.invalid"),
        ("a", b'{"time":1700000000000,"seq":900000,"temperature":"warm"}', "field.type"),
    ]


class BadInput(SystemTest):
    def test_each_bad_message_is_a_dead_letter_with_its_reason_and_its_neighbours_are_unaffected(self):
        rig = Rig(self)
        rig.start(ready=True)
        client = Client(rig.broker.port, timeout=30)
        client.connect()
        acks = open(rig.acks, "w", encoding="utf-8")
        seq = {"good": 0, "a": 0}

        def good(device):
            seq[device] += 1
            payload = reading(seq[device])
            client.publish(f"greenhouse/{device}/climate", payload, 1)
            acks.write(json.dumps({"topic": f"greenhouse/{device}/climate", "payload": payload.decode()}) + "\n")

        bad = bad_messages()
        for device, payload, _ in bad:
            good("good")
            good("a")  # the neighbour of the same device
            client.publish(f"greenhouse/{device}/climate", payload, 1)
        for device in ("good", "a"):
            for ahead in (60_000, 120_000):
                seq[device] += 1
                payload = reading(seq[device], at=START + ahead)
                client.publish(f"greenhouse/{device}/climate", payload, 1)
                acks.write(json.dumps({"topic": f"greenhouse/{device}/climate", "payload": payload.decode()}) + "\n")
        acks.close()
        total = len(bad) * 3 + 4
        status = rig.service.wait_drained(60, received=total)
        wait_for(lambda: len(rig.dead_letters()) >= len(bad), 20, lambda: f"dead letters: {rig.dead_letters()}")
        letters = rig.dead_letters()
        self.assertEqual(sorted(reason for _, _, reason in bad), sorted(letter["reason"] for letter in letters))
        wanted = {}
        for device, payload, reason in bad:
            wanted.setdefault(reason, []).append((f"greenhouse/{device}/climate", payload[: 256 << 10]))
        for letter in letters:
            self.assertEqual("field", letter["source"])
            shown = self.whole(rig, letter["id"])
            payload = base64.b64decode(shown["payload_base64"]) if "payload_base64" in shown else shown["payload"].encode()
            self.assertIn((shown["topic"], payload), wanted[letter["reason"]], letter["reason"])
            self.assertTrue(shown["detail"] or shown["where"], shown)
        status = rig.service.wait_drained(30, received=total)
        self.assert_settled(status)
        source = status["ledger"]["sources"]["field"]
        self.assertEqual(total, source["received"])
        self.assert_exact(rig.judge_lines(fields=["temperature"]), "neighbours")
        self.assertEqual(0, rig.service.stop())
        self.report(bad=len(bad), dead_letters=len(letters), received=source["received"], balanced=True)

    def whole(self, rig, letter_id):
        done = rig.sluice("dlq", "show", str(letter_id), "--data-dir", rig.data_dir)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
