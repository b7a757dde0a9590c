"""The PUBACKs of one connection of the ThingsBoard stand-in on their way out: shuffled, then delayed, then sent."""
import collections
import time


class Answers:
    """Appends packets to `out` when their time has come; `flush` is called where that is later than now."""

    def __init__(self, board, loop, out, flush):
        self.board, self.loop, self.out, self.flush = board, loop, out, flush
        self.shuffled, self.slow = [], collections.deque()
        self.shuffle_timer = self.slow_timer = None
        self.unacknowledged = 0
        self.closed = False

    def expect_one(self):
        """Counts a publish that waits for its PUBACK from now on."""
        self.unacknowledged += 1
        self.board.max_unacknowledged = max(self.board.max_unacknowledged, self.unacknowledged)

    def add(self, packet):
        block = self.board.switches["shuffle"]
        if block <= 1 and not self.shuffled:
            self._delay(packet)
            return
        self.shuffled.append(packet)
        if len(self.shuffled) >= block:
            self._release_shuffled()
        elif self.shuffle_timer is None:
            self.shuffle_timer = self.loop.call_later(0.003, self._shuffle_due)

    def release(self):
        """Sends everything now: the connection ends."""
        self.closed = True
        self._release_shuffled()
        self._release_slow(everything=True)

    def _shuffle_due(self):
        self._release_shuffled()
        self.flush()

    def _release_shuffled(self):
        if self.shuffle_timer is not None:
            self.shuffle_timer.cancel()
            self.shuffle_timer = None
        self.board.random.shuffle(self.shuffled)
        for packet in self.shuffled:
            self._delay(packet)
        self.shuffled.clear()

    def _delay(self, packet):
        wait = self.board.switches["slow"]
        if self.closed or not wait and not self.slow:
            self._send(packet)
            return
        self.slow.append((time.monotonic() + wait / 1000, packet))
        if self.slow_timer is None:
            self.slow_timer = self.loop.call_later(wait / 1000, self._release_slow)

    def _release_slow(self, everything=False):
        if self.slow_timer is not None:
            self.slow_timer.cancel()
            self.slow_timer = None
        now = time.monotonic()
        while self.slow and (everything or self.slow[0][0] <= now):
            self._send(self.slow.popleft()[1])
        if self.slow:
            self.slow_timer = self.loop.call_later(max(0.0005, self.slow[0][0] - now), self._release_slow)
        if not everything:
            self.flush()

    def _send(self, packet):
        self.unacknowledged -= 1
        self.board.counts["pubacks"] += 1
        self.out.append(packet)
