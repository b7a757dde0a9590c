"""The ThingsBoard stand-in behind its connections: who may connect, the switches that spoil it, its counters, and
what becomes of an accepted record (stored, delayed, lost)."""
import asyncio
import collections
import random
import time

import thingsboard_values as values
from thingsboard_store import Store

# Switch -> (default, what it does). The type of the default is the type of the switch.
SWITCHES = {
    "shuffle": (0, "PUBACKs leave in blocks of up to N, shuffled"),
    "lose": (0.0, "this share of the publishes is acknowledged and lost"),
    "lose_last_ms": (0, "records are stored only N ms after their PUBACK: a kill loses the last N ms"),
    "rate": ("", "telemetry messages as n or n:seconds; beyond it the connection is closed"),
    "points": ("", "telemetry values as n or n:seconds; beyond it the connection is closed"),
    "connect_rate": ("", "CONNECTs as n or n:seconds; beyond it 0x03 / 0x9F"),
    "slow": (0, "every PUBACK comes N ms late"),
    "silent": (0, "publishes are neither answered nor stored; 2: nothing at all is answered"),
    "mute": (0, "publishes are stored and never answered"),
    "frozen": (0, "nothing is read or written any more; connections stay open"),
    "database_down": (0, "CONNECT is refused after database_down_ms; what is acknowledged may be lost"),
    "database_down_ms": (10_000, "how long a CONNECT waits for the database"),
    "database_down_loss": (0.5, "share of the publishes that a dead database loses"),
    "reject": ("", "poison: closes after a publish whose payload holds one of these texts (comma between)"),
    "refuse": ("", "answers a publish whose payload holds one of these texts as a malformed one"),
    "puback_per_device": (1, "a gateway publish gets one PUBACK per device; 0: one in all, as from 4.3 on"),
    "connect_ms": (20, "how long a CONNECT waits for its token check"),
    "inactivity_s": (600, "a session silent for so long is closed"),
    "seed": (1, "of the random numbers behind shuffle and the losses"),
}


class Bucket:
    """A rate limit "n:seconds": n at once, refilled evenly."""

    def __init__(self, limit):
        amount, _, seconds = str(limit).partition(":")
        self.size, self.period = float(amount), float(seconds or 1)
        self.level, self.at = self.size, time.monotonic()

    def take(self, amount):
        now = time.monotonic()
        self.level = min(self.size, self.level + (now - self.at) * self.size / self.period)
        self.at = now
        if self.level < amount:
            return False
        self.level -= amount
        return True


class Board:
    """tokens and gateways: {token: device name}. All calls come from one event loop."""

    def __init__(self, tokens, gateways, database=None, switches=None):
        self.tokens, self.gateways = dict(tokens), dict(gateways)
        self.store = Store(database)
        self.sessions = {}  # token -> its one session
        self.connections = set()
        self.switches = {name: row[0] for name, row in SWITCHES.items()}
        self.counts = collections.Counter()
        self.refused, self.versions = collections.Counter(), collections.Counter()
        self.max_unacknowledged = 0
        self.buckets = {}
        self.late = collections.deque()  # (due, device, record) while lose_last_ms holds records back
        self.late_timer = None
        self.random = random.Random(1)
        self.poison = self.malformed = ()
        for name in list(self.tokens.values()) + list(self.gateways.values()):
            self.store.know(name)
        for name, value in (switches or {}).items():
            self.switch(name, value)

    def switch(self, name, value):
        """Sets a switch from its text. Raises ValueError for a name or value that does not exist."""
        if name not in SWITCHES:
            raise ValueError(f"no switch {name!r} (there are {', '.join(SWITCHES)})")
        kind = type(SWITCHES[name][0])
        value = {"true": "1", "false": "0", "on": "1", "off": "0"}.get(str(value), str(value))
        if kind is str:
            value = "" if value == "0" else value
        self.switches[name] = value = kind(value)
        if name in ("rate", "points", "connect_rate"):
            if value:
                Bucket(value)
            self.buckets.clear()
        elif name == "seed":
            self.random.seed(value)
        elif name == "reject":
            self.poison = tuple(part.encode() for part in value.split(",") if part)
        elif name == "refuse":
            self.malformed = tuple(part.encode() for part in value.split(",") if part)
        elif name == "frozen":
            for connection in list(self.connections):
                connection.freeze(bool(value))
        elif name == "lose_last_ms" and not value:
            self.store_late(everything=True)

    def within(self, limit, token, amount=1):
        """True iff the rate limit of that name has room for `amount` more from this token."""
        if not self.switches[limit]:
            return True
        bucket = self.buckets.get((limit, token))
        if bucket is None:
            bucket = self.buckets[limit, token] = Bucket(self.switches[limit])
        return bucket.take(amount)

    def accept(self, device, records):
        """Takes records of the first parse that will be acknowledged: stores them now, later, or never."""
        loss = self.switches["lose"]
        if self.switches["database_down"]:
            loss = max(loss, self.switches["database_down_loss"])
        if loss and self.random.random() < loss:
            self.counts["lost"] += 1
            return
        if self.switches["lose_last_ms"]:
            due = time.monotonic() + self.switches["lose_last_ms"] / 1000
            self.late.extend((due, device, record) for record in records)
            if self.late_timer is None:
                self._wait_for_late()
            return
        for record in records:
            self._store(device, record)

    def accept_attributes(self, device, found):
        """Takes client attributes that will be acknowledged; they are lost as telemetry is, but never late."""
        self.counts["attributes"] += 1
        loss = self.switches["lose"]
        if self.switches["database_down"]:
            loss = max(loss, self.switches["database_down_loss"])
        if loss and self.random.random() < loss:
            self.counts["lost"] += 1
            return
        kept = values.stored_attributes(found)
        if kept is None:
            self.counts["lost_records"] += 1
        elif kept:
            self.store.set_attributes(device, kept)

    def _store(self, device, record):
        kept = values.stored(record)
        if kept is None:
            self.counts["lost_records"] += 1
            return
        ts, content = kept
        if record[2]:
            for key, value in content.items():
                if value[0] == "STRING" and key in record[2]:
                    self.counts["strings_for_numbers"] += 1
        if content:
            self.store.put(device, ts, content)

    def _wait_for_late(self):
        self.late_timer = asyncio.get_running_loop().call_later(
            max(0.001, self.late[0][0] - time.monotonic()), self.store_late)

    def store_late(self, everything=False):
        """Stores the records that lose_last_ms has held back long enough."""
        if self.late_timer is not None:
            self.late_timer.cancel()
            self.late_timer = None
        now = time.monotonic()
        while self.late and (everything or self.late[0][0] <= now):
            _, device, record = self.late.popleft()
            self._store(device, record)
        self.store.flush()
        if self.late:
            self._wait_for_late()

    def stats(self):
        names = ("connects", "publishes", "duplicates_flagged", "pubacks", "lost", "lost_records",
                 "strings_for_numbers", "attributes")
        return {**{name: self.counts[name] for name in names}, **self.store.counts, "refused": dict(self.refused),
                "devices": len(self.store.series), "sessions": len(self.sessions),
                "versions": {str(version): count for version, count in self.versions.items()},
                "max_unacknowledged": self.max_unacknowledged}
