"""What the oracle expects: the windows behind an acknowledgement log or journal dump, each distinct reading once."""
import collections
import hashlib
import json
import math
import re
import sys

_BATCH = 20_000
_LARGEST = sys.float_info.max


def topic_pattern(template):
    """A compiled pattern of a topic template: {name} is one level, {name...} the rest."""
    parts = []
    for level in template.split("/"):
        if re.fullmatch(r"\{\w+\.\.\.\}", level):
            parts.append(f"(?P<{level[1:-4]}>.*)")
        elif re.fullmatch(r"\{\w+\}", level):
            parts.append(f"(?P<{level[1:-1]}>[^/]*)")
        else:
            parts.append(re.escape(level))
    return re.compile("/".join(parts) + r"\Z")


def path_of(text):
    """$.a.b as ("a", "b"); None stays None."""
    return tuple(text.removeprefix("$").removeprefix(".").split(".")) if text else None


def at_path(document, path):
    for name in path:
        if not isinstance(document, dict) or name not in document:
            return None
        document = document[name]
    return document


class _Window:
    __slots__ = ("count", "hash", "fields", "times")

    def __init__(self):
        self.count, self.hash, self.fields, self.times = 0, 0, {}, []


class Expected:
    """The windows by (device, start), and what was read to get there."""

    def __init__(self):
        self.windows = {}
        self.highest = {}
        self.counts = collections.Counter()

    def closed(self, size, delay, everything=False):
        """The identities of the windows that must have been emitted."""
        return {(device, start) for device, start in self.windows
                if everything or start + size <= self.highest[device] - delay}


def lines_of(source):
    if isinstance(source, (str, bytes)) or hasattr(source, "__fspath__"):
        with open(source, encoding="utf-8") as file:
            yield from file
    else:
        yield from source


def _batches(source):
    """Lists of (topic, payload as text or object). Parsing many lines at once saves a third of the time."""
    batch = []
    for line in lines_of(source):
        if isinstance(line, dict):
            line = json.dumps(line)
        if line.strip():
            batch.append(line)
        if len(batch) >= _BATCH:
            yield _entries(batch)
            batch = []
    yield _entries(batch)


def _entries(lines):
    try:
        entries = json.loads("[" + ",".join(lines) + "]")
    except ValueError:
        entries = []
        for number, line in enumerate(lines):
            try:
                entries.append(json.loads(line))
            except ValueError:
                if number + 1 < len(lines) or line.endswith("\n"):
                    raise ValueError(f"no JSON in the acknowledgement log: {line[:200]!r}") from None
    payloads = [entry.get("payload") for entry in entries]
    texts = [payload for payload in payloads if isinstance(payload, str)]
    try:
        parsed = json.loads("[" + ",".join(texts) + "]")
        if len(parsed) != len(texts):
            raise ValueError
    except (ValueError, RecursionError):
        parsed = [json_or_none(payload) for payload in texts]
    objects = iter(parsed)
    return [(entry.get("topic", ""), next(objects) if isinstance(payload, str) else payload)
            for entry, payload in zip(entries, payloads)]


def json_or_none(payload):
    """The JSON of a text, None where it is none."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _is_number(value):
    return type(value) in (int, float) and -_LARGEST <= value <= _LARGEST


def expect(ack_log, size, topic="greenhouse/{device}/climate", fields=None, keep=None, sequence="$.seq", time="$.time",
           time_of=None, excluded=(), device_of=None):
    """Reads an acknowledgement log or journal dump (path, lines or objects) into Expected. `fields`: names, or
    {name: path}; None: every number of the payload. `keep(values) -> bool`: the filter; a filtered reading moves the
    device's time only. `excluded`: pairs (device, seq) that count as never received. `time_of(value) -> ms` reads
    times that are not milliseconds. `device_of(match, payload)` names the device where the topic does not."""
    pattern, time_path, sequence_path = topic_pattern(topic), path_of(time), path_of(sequence)
    if fields is not None:
        fields = {name: path_of(name) for name in fields} if not isinstance(fields, dict) else {
            name: path_of(path) for name, path in fields.items()}
    skip = {path[0] for path in (time_path, sequence_path) if path and len(path) == 1}
    result, seen, devices = Expected(), {}, {}
    excluded, windows, counts, highest = set(excluded), result.windows, result.counts, result.highest
    sha256, from_bytes = hashlib.sha256, int.from_bytes
    for batch in _batches(ack_log):
        for topic_name, document in batch:
            if topic_name in devices and device_of is None:
                device = devices[topic_name]
            else:
                match = pattern.match(topic_name)
                if device_of:
                    device = device_of(match, document) if match else None
                else:
                    device = devices[topic_name] = match["device"] if match else None
            if device is None:
                counts["other_topic"] += 1
                continue
            if not isinstance(document, dict):
                counts["unreadable"] += 1
                continue
            moment = document.get(time_path[0]) if len(time_path) == 1 else at_path(document, time_path)
            if time_of:
                moment = time_of(moment)
            if type(moment) is not int:
                if not _is_number(moment):
                    counts["unreadable"] += 1
                    continue
                moment = math.floor(moment)
            number = None
            if sequence_path:
                number = document.get(sequence_path[0]) if len(sequence_path) == 1 else at_path(document, sequence_path)
                if number is None:
                    counts["without_sequence"] += 1
                elif type(number) is not int:
                    counts["unreadable"] += 1
                    continue
                if excluded and (device, number) in excluded:
                    counts["excluded"] += 1
                    continue
                known = seen.get(device)
                if known is None:
                    known = seen[device] = set()
                if number is not None and number in known:
                    counts["duplicates"] += 1
                    continue
            if fields is None:
                values = {name: value for name, value in document.items()
                          if name not in skip and type(value) in (int, float)}
            else:
                values = {name: value for name, value in ((name, at_path(document, path))
                                                         for name, path in fields.items())
                          if type(value) in (int, float)}
            for value in values.values():
                if not -_LARGEST <= value <= _LARGEST:
                    break  # NaN, infinite, or an integer beyond all doubles
            else:
                if number is not None:
                    known.add(number)
                counts["readings"] += 1
                if moment > highest.get(device, -math.inf):
                    highest[device] = moment
                if keep is not None and not keep(values):
                    counts["filtered"] += 1
                    continue
                identity = (device, moment - moment % size)
                window = windows.get(identity)
                if window is None:
                    window = windows[identity] = _Window()
                window.count += 1
                if number is not None:
                    digest = sha256(f"{device}\0{number}".encode()).digest()
                    window.hash += from_bytes(digest[:16], "big")
                window.times.append(moment)
                for name, value in values.items():
                    column = window.fields.get(name)
                    if column is None:
                        column = window.fields[name] = ([], [])
                    column[0].append(value)
                    column[1].append(moment)
                continue
            counts["unreadable"] += 1
    return result
