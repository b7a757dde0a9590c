"""The oracle of all window kinds: semantics.md as a computation over a list of events in the order in which they came.
Shares no code with the service. `expected(events, job)` gives the last revision of every identity for a stream that
ends (END closes what is open) without closing by idleness."""
import collections
import hashlib
import json

from oracle_sketches import sketch_agrees
from oracle_statistics import agrees, statistic
from window_grid import Grid

Event = collections.namedtuple("Event", "device time seq values")
_NEVER = -(2**63)


class Samples:
    """The events in one window."""

    def __init__(self):
        self.count, self.hash, self.fields = 0, 0, {}

    def add(self, number, event):
        self.count += 1
        if event.seq is not None:
            digest = hashlib.sha256(f"{event.device}\0{event.seq}".encode()).digest()
            self.hash += int.from_bytes(digest[:16], "big")
        for name, value in event.values.items():
            self.fields.setdefault(name, []).append((event.time, number, value))

    def merge(self, other):
        self.count, self.hash = self.count + other.count, self.hash + other.hash
        for name, samples in other.fields.items():
            self.fields.setdefault(name, []).extend(samples)

    def copy(self):
        made = Samples()
        made.merge(self)
        return made

    def whole(self):
        return self


class _First:
    """The first so many of a growing list of (number, event): Samples of them when asked."""

    def __init__(self, events):
        self.events, self.count = events, len(events)

    def whole(self):
        made = Samples()
        for number, event in self.events[:self.count]:
            made.add(number, event)
        return made


class Expected:
    """windows: {(key, start, end, number): Samples}; counts: applied, late, duplicate, key_missing."""

    def __init__(self):
        self.windows, self.counts = {}, collections.Counter()


def key_text(event, key):
    """The key of an event as results show it; None when it lacks a field. `key`: None = by device, else field names."""
    if key is None:
        return event.device
    if any(name not in event.values for name in key):
        return None
    return json.dumps({name: event.values[name] for name in key}, separators=(",", ":"), ensure_ascii=False)


def expected(events, job, ended=True):
    """job: kind (tumbling, hopping, session, count, running), size, every (texts), gap, n, timezone, offset (ms), delay,
    lateness (ms), key. `ended`: END closes what the watermark has not."""
    result, seen, keys = Expected(), set(), {}
    make = {"tumbling": _InTime, "hopping": _InTime, "session": _Session, "count": _Count, "running": _Running}[job["kind"]]
    if job["kind"] == "running" and not job.get("every"):
        make = _Each
    for number, event in enumerate(events):
        key = key_text(event, job.get("key"))
        if key is None:
            result.counts["key_missing"] += 1
            continue
        if event.seq is not None and (event.device, event.seq) in seen:
            result.counts["duplicate"] += 1
            continue
        seen.add((event.device, event.seq))
        state = keys.get(key)
        if state is None:
            state = keys[key] = make(key, job, result)
        state.take(number, event)
    for state in keys.values():
        if not ended:
            state.finish()
        else:
            state.end()
    return result


class _Key:
    """What one key keeps; the watermark is the lowest of its devices' and never goes back."""

    def __init__(self, key, job, result):
        self.key, self.job, self.result = key, job, result
        self.highest, self.watermark = {}, _NEVER

    def emit(self, samples, start, end, number=None):
        self.result.windows[(self.key, start, end, number)] = samples

    def move(self, event):
        self.highest[event.device] = max(self.highest.get(event.device, _NEVER), event.time)
        self.watermark = max(self.watermark, min(self.highest.values()) - self.job["delay"])

    def take(self, number, event):
        late = self.is_late(event)
        self.result.counts["late" if late else "applied"] += 1
        if late:
            return
        places = self.places(event)
        self.move(event)
        self.close()
        self.put(number, event, places)

    def places(self, event):
        return None

    def close(self):
        pass

    def finish(self):
        """The stream goes on, so what is open stays open."""


class _InTime(_Key):
    """Tumbling and hopping windows."""

    def __init__(self, key, job, result):
        super().__init__(key, job, result)
        every = job.get("every") or job["size"]
        self.grid = Grid(every, job.get("offset", 0), job.get("timezone", "UTC"))
        self.size, self.open = job["size"], {}
        self.panes = 1
        if every != self.size:
            self.length = Grid(self.size, 0, job.get("timezone", "UTC"))
            if self.length.unit != self.grid.unit:
                raise ValueError("size and every of different units")

    def end_of(self, index):
        """The end of the window that starts with step `index`."""
        if self.size == self.job.get("every", self.size):
            return self.grid.start(index + 1)
        if self.grid.unit == "ms":
            return self.grid.start(index) + self.length.amount
        steps, rest = divmod(self.length.amount, self.grid.amount)
        if rest:
            raise ValueError("days of which size is no multiple of every")
        return self.grid.start(index + steps)

    def gone(self, end):
        return end + self.job["lateness"] <= self.watermark

    def windows_of(self, time):
        index = self.grid.index(time)
        while self.end_of(index) > time:
            yield index
            index -= 1

    def is_late(self, event):
        return all(self.gone(self.end_of(index)) for index in self.windows_of(event.time))

    def places(self, event):
        return [index for index in self.windows_of(event.time) if not self.gone(self.end_of(index))]

    def put(self, number, event, places):
        for index in places:
            window = self.open.get(index)
            if window is None:
                window = self.open[index] = Samples()
            window.add(number, event)

    def end(self, to=None):
        for index, samples in self.open.items():
            if to is None or self.end_of(index) <= to:
                self.emit(samples, self.grid.start(index), self.end_of(index))

    def finish(self):
        self.end(to=self.watermark)


class _Session(_Key):
    """Events less than a gap apart belong together; a late one is never merged."""

    def __init__(self, key, job, result):
        super().__init__(key, job, result)
        self.sessions = []  # [start, last, samples], not emitted yet
        self.emitted_to = _NEVER

    def touched(self, time):
        gap = self.job["gap"]
        return [s for s in self.sessions if s[0] - gap < time < s[1] + gap]

    def is_late(self, event):
        last = max([event.time] + [s[1] for s in self.touched(event.time)])
        return event.time < self.emitted_to or last + self.job["gap"] <= self.watermark

    def close(self, everything=False):
        for session in list(self.sessions):
            end = session[1] + self.job["gap"]
            if everything or end <= self.watermark:
                self.emit(session[2], session[0], end)
                self.emitted_to = max(self.emitted_to, end)
                self.sessions.remove(session)

    def put(self, number, event, places):
        joined = [event.time, event.time, Samples()]
        for session in self.touched(event.time):
            joined = [min(joined[0], session[0]), max(joined[1], session[1]), joined[2]]
            joined[2].merge(session[2])
            self.sessions.remove(session)
        joined[2].add(number, event)
        self.sessions.append(joined)

    def end(self):
        self.close(everything=True)


class _Count(_Key):
    """So many events in the order in which they came; END closes the last, shorter one."""

    def __init__(self, key, job, result):
        super().__init__(key, job, result)
        self.number, self.samples, self.times = 0, Samples(), []

    def is_late(self, event):
        return False

    def put(self, number, event, places):
        self.samples.add(number, event)
        self.times.append(event.time)
        if self.samples.count == self.job["n"]:
            self.close_window()

    def close_window(self):
        self.number += 1
        self.emit(self.samples, min(self.times), max(self.times) + 1, self.number)
        self.samples, self.times = Samples(), []

    def end(self):
        if self.times:
            self.close_window()


class _Each(_Count):
    """Running, after each event."""

    def __init__(self, key, job, result):
        super().__init__(key, job, result)
        self.events = []

    def put(self, number, event, places):
        self.events.append((number, event))
        self.times = [min([event.time, *self.times]), max([event.time, *self.times])]
        self.number += 1
        self.emit(_First(self.events), self.times[0], self.times[1] + 1, self.number)

    def end(self):
        pass


class _Running(_Key):
    """The total of all closed panes, emitted when a pane closes; a late event is in the next emission."""

    def __init__(self, key, job, result):
        super().__init__(key, job, result)
        self.grid = Grid(job["every"], job.get("offset", 0), job.get("timezone", "UTC"))
        self.panes, self.total, self.start, self.last_end, self.behind = {}, Samples(), None, None, False

    def is_late(self, event):
        return self.grid.start(self.grid.index(event.time) + 1) + self.job["lateness"] <= self.watermark

    def places(self, event):
        index = self.grid.index(event.time)
        return index, self.grid.start(index + 1) <= self.watermark

    def close(self, everything=False):
        for index in sorted(self.panes):
            end = self.grid.start(index + 1)
            if everything or end <= self.watermark:
                self.include(index, self.panes.pop(index))
                self.last_end, self.behind = end, False
                self.emit(self.total.copy(), self.start, end)

    def include(self, index, samples):
        self.total.merge(samples)
        start = self.grid.start(index)
        self.start = start if self.start is None else min(self.start, start)

    def put(self, number, event, places):
        index, closed = places
        if not closed:
            self.panes.setdefault(index, Samples()).add(number, event)
            return
        late = Samples()
        late.add(number, event)
        self.include(index, late)
        self.last_end = max(self.last_end or _NEVER, self.grid.start(index + 1))
        self.behind = True

    def end(self):
        self.close(everything=True)
        if self.behind:
            self.emit(self.total, self.start, self.last_end)


def differences(want, results, aggregates, pipeline=None, most=400):
    """What is wrong with result records: [(kind, identity, detail)], kind lost, extra, doubled or wrong. `aggregates`:
    {output name: (field or None, function)}. The values of `most` windows are compared, evenly spread."""
    found, last, seen = [], {}, set()
    for record in results:
        if pipeline is not None and record["pipeline"] != pipeline:
            continue
        key = record["device"] if "device" in record else json.dumps(record["key"], separators=(",", ":"), ensure_ascii=False)
        identity = (key, record["start"], record["end"], record.get("number"))
        if (identity, record["revision"]) in seen:
            found.append(("doubled", identity, record["revision"]))
        seen.add((identity, record["revision"]))
        if identity not in last or record["revision"] > last[identity]["revision"]:
            last[identity] = record
    found += [("lost", identity, window.count) for identity, window in want.windows.items() if identity not in last]
    found += [("extra", identity, record["values"]) for identity, record in last.items() if identity not in want.windows]
    compared = sorted(identity for identity in want.windows if identity in last)
    for identity in compared[::max(1, len(compared) // most)]:
        window = want.windows[identity].whole()
        values = last[identity]["values"]
        for name, (field, function) in aggregates.items():
            if not _right(window, field, function, values.get(name), identity[2]):
                found.append(("wrong", identity, (name, values.get(name))))
    return found


def _right(window, field, function, got, end):
    if field is None:
        return got == (window.count if function == "count" else f"{window.hash % 2**128:032x}")
    samples = window.fields.get(field)
    if not samples:
        return got is None
    sketch = sketch_agrees(function, samples, got, end)
    if sketch is not None:
        return sketch
    values = [sample[2] for sample in samples]
    if function in ("first", "last"):
        return got == (min if function == "first" else max)(samples)[2]
    return agrees(function, statistic(function, values, [sample[0] for sample in samples]), got, values, False)
