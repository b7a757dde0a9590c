#!/usr/bin/env python3
"""The reference oracle: computes from what was acknowledged (or from `journal dump`) the windows that must have come
out, and compares. Shares no code with the service. Prints one JSON line; exit 0 only if everything is there, once and
right. Library: compare(). Example:
  oracle.py --ack-log acks.jsonl --results out.jsonl --topic 'greenhouse/{device}/climate' --window 5s --delay 1s

Expected are the windows [start, end) of a device with end <= its highest time - delay. A reading counts once per
(device, seq): the first of equal ones. Of several revisions of a window the last counts."""
import argparse
import gc
import json
import re
import sys

from oracle_expected import at_path, expect, json_or_none, lines_of, path_of, topic_pattern
from oracle_results import read_results
from oracle_statistics import agrees, statistic

_FUNCTIONS = ("count", "sum", "mean", "min", "max", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "first", "last")
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(text):
    """"5s", "250ms", "1m" or a number of milliseconds."""
    if isinstance(text, (int, float)):
        return int(text)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text.strip())
    if not match:
        raise ValueError(f"{text!r} is no duration (want e.g. 5s, 250ms)")
    return int(float(match[1]) * _UNITS[match[2]])


def meaning(name, fields, renamed):
    """The (field, function) behind an output name; None when it is not one of an aggregate known here."""
    if name in renamed:
        return tuple(renamed[name])
    if name in ("count", "set_hash"):
        return None, name
    for function in _FUNCTIONS:
        if name.endswith("_" + function) and name[:-len(function) - 1] in fields:
            return name[:-len(function) - 1], function
    return None


def exclude_dead_letters(dead_letters, topic, sequence="$.seq", reasons=None):
    """The (device, seq) of dead letters (`dlq list` as JSON lines or objects), optionally of some reasons only."""
    pattern, path, pairs = topic_pattern(topic), path_of(sequence), set()
    for line in lines_of(dead_letters):
        letter = line if isinstance(line, dict) else json.loads(line)
        match = pattern.match(letter.get("topic") or "")
        payload = json_or_none(letter.get("payload") or "null")
        number = at_path(payload, path) if isinstance(payload, dict) else None
        if match and number is not None and (reasons is None or letter.get("reason") in reasons):
            pairs.add((match["device"], number))
    return pairs


def compare(ack_log, results, window, delay, topic="greenhouse/{device}/climate", fields=None, keep=None,
            sequence="$.seq", time="$.time", time_of=None, excluded=(), device_of=None, required=("count", "set_hash"),
            renamed=None, pipeline=None, everything=False, thingsboard=None, timestamp="end", device=None,
            examples=5):
    """Compares what came out with what must have come out and returns a report: {"windows" (expected), "results",
    "lost", "extra", "doubled", "wrong", "revised", "ok", "examples": {kind: [..]}, and the counts of the input}.

    ack_log, topic .. device_of: as of expect(). results: path, lines or objects of result records, or None with
    `thingsboard`: rows of the stand-in's dump. window, delay: "5s" or ms. required: output names that every window
    must have; names that occur in any result are required in all (where the field has values). renamed: {output
    name: (field, function)}. pipeline: only its results count. everything: all windows are expected (END, idleness).
    timestamp: whether a ThingsBoard ts is the window's start or end; device: the name all stored rows are of
    (ThingsBoard's device mode: the stored name does not count). doubled: one identity and revision twice."""
    size, delay, renamed = milliseconds(window), milliseconds(delay), renamed or {}
    expected = expect(ack_log, size, topic, fields, keep, sequence, time, time_of, excluded, device_of)
    actual = read_results(results, thingsboard, size, pipeline, timestamp, device)
    known_fields = {name for window in expected.windows.values() for name in window.fields}
    names = {name for record in actual.last.values() for name in record.values} | set(required)
    outputs, unknown = {}, set()
    for name in sorted(names):
        found = meaning(name, known_fields, renamed)
        if found is None:
            unknown.add(name)
        else:
            outputs[name] = found
    due = expected.closed(size, delay, everything)
    found = {kind: [] for kind in ("lost", "extra", "doubled", "wrong")}
    for identity in sorted(due - actual.last.keys()):
        found["lost"].append({"device": identity[0], "start": identity[1],
                              "count": expected.windows[identity].count})
    for identity in sorted(actual.last.keys() - due):
        found["extra"].append({"device": identity[0], "start": identity[1],
                               "values": actual.last[identity].values})
    found["doubled"] = actual.doubled
    for identity in sorted(due & actual.last.keys()):
        wrong = _differences(expected.windows[identity], actual.last[identity], outputs, size, identity[1],
                             actual.rounded)
        if wrong:
            found["wrong"].append({"device": identity[0], "start": identity[1], **wrong})
    report = {"windows": len(due), "results": actual.count, **{kind: len(rows) for kind, rows in found.items()},
              "revised": actual.revised, "readings": expected.counts["readings"],
              **{name: expected.counts[name] for name in
                 ("duplicates", "filtered", "excluded", "unreadable", "other_topic", "without_sequence")},
              "devices": len(expected.highest), "checked": sorted(outputs), "unchecked": sorted(unknown)}
    report["ok"] = bool(due) and not any(found.values())
    report["examples"] = {kind: rows[:examples] for kind, rows in found.items() if rows}
    return report


def _differences(window, record, outputs, size, start, rounded):
    """{"name", "got", "want"} of the first output that is not as it must be, or None."""
    if record.end is not None and record.end != start + size:
        return {"name": "end", "got": record.end, "want": start + size}
    for name, (field, function) in outputs.items():
        if function == "count" and field is None:
            want = window.count
        elif function == "set_hash":
            want = f"{window.hash % 2**128:032x}"
        else:
            want = statistic(function, *window.fields[field]) if field in window.fields else None
        got = record.values.get(name)
        if not agrees(function, want, got, window.fields.get(field, ((), ()))[0], rounded):
            return {"name": name, "got": got, "want": want if not isinstance(want, list) else want[:5]}
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ack-log", required=True, help="of simulate, or the output of journal dump")
    parser.add_argument("--results", help="JSON lines of result records (the file sink)")
    parser.add_argument("--standin-dump", help="instead: the dump of the ThingsBoard stand-in")
    parser.add_argument("--topic", default="greenhouse/{device}/climate")
    parser.add_argument("--window", required=True)
    parser.add_argument("--delay", default="10s", help="watermark_delay")
    parser.add_argument("--fields", help="names or name=path, comma between (default: every number)")
    parser.add_argument("--time", default="$.time")
    parser.add_argument("--sequence", default="$.seq", help="empty: readings have none")
    parser.add_argument("--require", default="count,set_hash", help="outputs that every window must have")
    parser.add_argument("--rename", action="append", default=[], metavar="OUTPUT=FIELD:FUNCTION")
    parser.add_argument("--pipeline")
    parser.add_argument("--timestamp", choices=("start", "end"), default="end")
    parser.add_argument("--device", help="device mode: the one device of the acknowledgement log")
    parser.add_argument("--dead-letters", help="JSON lines of dlq list: their readings are not expected")
    parser.add_argument("--all", action="store_true", help="expect all windows (the source ended, or all was idle)")
    options = parser.parse_args()
    gc.disable()  # no cycles here, and a million readings to walk through in vain
    if not options.results and not options.standin_dump:
        parser.error("--results or --standin-dump is needed")
    fields = None
    if options.fields:
        fields = {name: path or name for name, _, path in (part.partition("=") for part in options.fields.split(","))}
    renamed = {}
    for text in options.rename:
        output, _, rest = text.partition("=")
        renamed[output] = tuple(rest.split(":"))
    excluded = ()
    if options.dead_letters:
        excluded = exclude_dead_letters(options.dead_letters, options.topic, options.sequence)
    report = compare(options.ack_log, options.results, options.window, options.delay, options.topic, fields,
                     sequence=options.sequence or None, time=options.time, excluded=excluded,
                     required=tuple(filter(None, options.require.split(","))), renamed=renamed,
                     pipeline=options.pipeline, everything=options.all, thingsboard=options.standin_dump,
                     timestamp=options.timestamp, device=options.device)
    print(json.dumps(report), flush=True)
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
