"""Number rules, judged by the stand-in (Python Decimal): of 10 000 random doubles of all magnitudes exactly those with
|x| >= 2^63 or subnormal are left out and counted; the others read back within 5e-16 absolute or 1e-15 relative; none is
stored as a string. A table of cases that a real server's converter was seen with is sent too."""
import json
import math
import os
import random
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from mqtt_load import AckLog, publish_all  # noqa: E402
from processes import ROOT  # noqa: E402
from scenario import Rig, SystemTest  # noqa: E402

START = 1_700_000_000_000

# Written by hand: where the server's converter changes type, rounds, or makes a string of a number.
TABLE = [0.0, -0.0, 1.0, -1.0, 42.0, 1000.0, 1e7, 9999999.0, 12345678.0, 12345678.5, 1234567.0, 0.001, 0.0001,
         0.00012345678901234, 1e-15, 1e-16, 1e-17, 0.30000000000000004, 0.1, 0.2, 1 / 3, 2 / 3, 1e18, 9.2e18,
         9223372036854774784.0, 9223372036854775808.0, -9223372036854775808.0, 1e19, 123456789012345680.0, 1e300,
         1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1e-300, 123456.789,
         0.1 + 0.7, 100.00000000000001, 4503599627370496.5, 9007199254740993.0]


def from_shared_data():
    """Numbers of the recorded cases, where that data is present."""
    path = os.path.join(ROOT, "..", "shared", "data", "thingsboard", "stored.txt")
    if not os.path.exists(path):
        return []
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("{"):
                continue
            try:
                document = json.loads(line)
            except ValueError:
                continue
            found += [float(value) for value in document.values()
                      if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(float(value))]
    return found


def random_doubles(count, seed):
    rnd, found = random.Random(seed), []
    while len(found) < count:
        kind = rnd.random()
        if kind < 0.5:  # all bit patterns: all magnitudes
            value = struct.unpack("<d", struct.pack("<Q", rnd.getrandbits(64)))[0]
        elif kind < 0.8:
            value = rnd.uniform(-1, 1) * 10.0 ** rnd.randint(-20, 20)
        elif kind < 0.85:  # subnormal
            value = struct.unpack("<d", struct.pack("<Q", rnd.getrandbits(52) | (rnd.getrandbits(1) << 63)))[0]
        else:
            value = rnd.uniform(-1000, 1000)
        if math.isfinite(value):
            found.append(value)
    return found


def storable(value):
    return abs(value) < 2.0 ** 63 and (value == 0 or abs(value) >= sys.float_info.min)


class Numbers(SystemTest):
    def test_exactly_the_numbers_that_cannot_be_stored_are_left_out_and_counted(self):
        values = TABLE + from_shared_data() + random_doubles(10_000, 20)
        rig = Rig(self, board=True, window="1s", delay="0s", lateness="0s", durability="process",
                  aggregate='{ x: [last] , "*": [count] }')
        rig.start(ready=True)
        # One device, one reading per one-second window: the last value of each window is the reading itself.
        messages = [("greenhouse/n/climate", '{"time":%d,"seq":%d,"x":%s}' % (START + 1000 * i, i + 1, repr(value)))
                    for i, value in enumerate(values)]
        messages.append(("greenhouse/n/climate", '{"time":%d,"seq":%d,"x":1}' % (START + 1000 * len(values), len(values) + 1)))
        log = AckLog(rig.acks)
        publish_all(messages, rig.broker.port, log=log)
        log.close()
        status = rig.service.wait_drained(120, received=len(messages))
        sink = status["ledger"]["sinks"]["board"]
        self.assertEqual(len(values), sink["delivered"])
        left_out = [value for value in values if not storable(value)]
        self.assertEqual(len(left_out), sink["value_range"], sink)
        rows = {row["ts"]: row for row in rig.board.points("n", "x_last")}
        wrong = []
        for i, value in enumerate(values):
            row = rows.pop(START + 1000 * (i + 1), None)
            if not storable(value):
                if row is not None:
                    wrong.append((value, row))
                continue
            good = row is not None and row["type"] in ("DOUBLE", "LONG")
            if good:
                back = float(row["value"])
                good = abs(back - value) <= max(5e-16, 1e-15 * abs(value))
            if not good:
                wrong.append((value, row))
        self.assertEqual([], wrong[:20], f"{len(wrong)} wrong")
        self.assertEqual({}, rows)
        self.assertEqual(0, sum(1 for row in rig.board.points("n") if row["type"] == "STRING"))
        self.assertEqual(0, rig.service.stop())
        self.report(numbers=len(values), left_out=len(left_out), strings=0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
