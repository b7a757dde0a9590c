"""What the ThingsBoard stand-in has stored: an upsert per (device, key, ts), latest values, client attributes, and a
log file that survives a SIGKILL of the stand-in (not a power cut)."""
import json
import os


class Store:
    """Telemetry and attributes of all devices. With `path`, every record is appended to that file before `flush` returns, and read
    back at start; a half line at its end is cut off."""

    def __init__(self, path=None):
        self.series = {}  # device -> key -> ts -> (type, value)
        self.latest = {}  # (device, key) -> (ts, type, value)
        self.attributes = {}  # device -> key -> (type, value): the last write wins
        self.attribute_writes = []  # (device, key, value) of this process, in their order
        self.counts = {"upserts": 0, "overwrites": 0, "changed": 0, "records": 0, "values": 0}
        self._waiting = []
        self._file = None
        if path:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self._read_back(path)

    def put(self, device, ts, values):
        """Stores one record: {key: (type, value)} at `ts`. The last write of an equal (device, key, ts) wins."""
        self._apply(device, ts, values)
        if self._file is not None:
            self._waiting.append(json.dumps([device, ts, values], separators=(",", ":")))

    def set_attributes(self, device, values):
        """Stores client attributes: {key: (type, value)}."""
        self._apply_attributes(device, values)
        self.attribute_writes += [(device, key, value[1]) for key, value in values.items()]
        if self._file is not None:
            self._waiting.append(json.dumps([device, None, values], separators=(",", ":")))

    def _apply_attributes(self, device, values):
        self.series.setdefault(device, {})
        self.attributes.setdefault(device, {}).update(values)

    def know(self, device):
        """Creates the device; True iff it was new."""
        if device in self.series:
            return False
        self.series[device] = {}
        if self._file is not None:
            self._waiting.append(json.dumps([device, 0, {}]))
        return True

    def flush(self):
        if self._waiting:
            data = ("\n".join(self._waiting) + "\n").encode()
            self._waiting.clear()
            while data:
                data = data[os.write(self._file, data):]

    def _apply(self, device, ts, values):
        keys = self.series.setdefault(device, {})
        counts = self.counts
        counts["records"] += bool(values)
        for key, value in values.items():
            counts["upserts"] += 1
            points = keys.setdefault(key, {})
            before = points.get(ts)
            if before is None:
                counts["values"] += 1
            else:
                counts["overwrites"] += 1
                if before != value:
                    counts["changed"] += 1
            points[ts] = value
            last = self.latest.get((device, key))
            if last is None or ts >= last[0]:
                self.latest[device, key] = (ts, *value)

    def _read_back(self, path):
        with open(path, "rb") as file:
            data = file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._file, whole)
        for line in data[:whole].splitlines():
            device, ts, values = json.loads(line)
            values = {key: tuple(value) for key, value in values.items()}
            if ts is None:
                self._apply_attributes(device, values)
            else:
                self._apply(device, ts, values)
        # What was stored before this start is content, not traffic of this process.
        self.counts.update(upserts=0, overwrites=0, changed=0, records=0)

    def points(self, device=None, key=None):
        """Every stored value, or those of one device or key, as rows of the dump, by device, key and ts."""
        for name in [device] if device is not None else sorted(self.series):
            for one in [key] if key is not None else sorted(self.series.get(name, ())):
                for ts, (kind, value) in sorted(self.series.get(name, {}).get(one, {}).items()):
                    yield {"device": name, "key": one, "ts": ts, "type": kind, "value": value}

    def latest_points(self, device):
        return [{"device": device, "key": key, "ts": ts, "type": kind, "value": value}
                for (name, key), (ts, kind, value) in sorted(self.latest.items()) if name == device]
