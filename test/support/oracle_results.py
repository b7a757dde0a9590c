"""Reads what the service delivered, for the oracle: result records of a file, or rows read back from ThingsBoard."""
import json


class Record:
    __slots__ = ("revision", "end", "values")

    def __init__(self, revision, end, values):
        self.revision, self.end, self.values = revision, end, values


class Results:
    """last: (device, start) -> Record of its highest revision; doubled: identities with one revision twice;
    rounded: numbers went through ThingsBoard, which keeps 15 decimals."""

    def __init__(self, rounded):
        self.last, self.doubled, self.count, self.revised, self.rounded = {}, [], 0, 0, rounded


def objects(source):
    """JSON objects of a path, of lines, or as they are. Raises ValueError at a line that is none: a torn line in a
    result file is a fault of the service."""
    if source is None:
        return
    if isinstance(source, (str, bytes)) or hasattr(source, "__fspath__"):
        with open(source, encoding="utf-8") as file:
            yield from objects(file)
        return
    for number, line in enumerate(source, 1):
        if isinstance(line, dict):
            yield line
            continue
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            raise ValueError(f"line {number} of the results is no JSON: {line[:200]!r}") from None


def read_results(results, thingsboard, size, pipeline=None, timestamp="end", device=None):
    """Results of either source; see oracle.compare."""
    if thingsboard is not None:
        return _stored(thingsboard, size, timestamp, device)
    found, seen = Results(False), set()
    for record in objects(results):
        if pipeline is not None and record.get("pipeline") != pipeline:
            continue
        found.count += 1
        key = record.get("device")
        if key is None:
            key = json.dumps(record.get("key"), sort_keys=True)
        identity, revision = (key, record["start"]), record.get("revision", 0)
        row = (record.get("pipeline"), *identity, record.get("number"), revision)
        if row in seen:
            found.doubled.append({"device": key, "start": record["start"], "revision": revision})
        seen.add(row)
        before = found.last.get(identity)
        found.revised += before is not None
        if before is None or revision > before.revision:
            found.last[identity] = Record(revision, record.get("end"), record["values"])
    return found


def _stored(rows, size, timestamp, device):
    found = Results(True)
    for row in objects(rows):
        start = row["ts"] - (size if timestamp == "end" else 0)
        identity = (device if device is not None else row["device"], start)
        record = found.last.get(identity)
        if record is None:
            record = found.last[identity] = Record(0, None, {})
            found.count += 1
        record.values[row["key"]] = row["value"]
    return found
