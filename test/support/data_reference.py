"""What the example pipelines for files (config/pipelines/{occupancy,sense_your_city,complaints}.yaml) must make of their
files, recomputed from the files alone: (device, start) -> values. Shares no code with the service."""
import csv
import datetime
import json
import os
import zoneinfo

_UTC = datetime.timezone.utc


def kind_of(path):
    """Which of the three the file is, by its first bytes; None for another one."""
    with open(path, "rb") as file:
        start = file.read(200).removeprefix(b"\xef\xbb\xbf")
    if start.startswith(b'"date","Temperature"'):
        return "occupancy"
    if start.startswith(b"canal_de_origem,"):
        return "complaints"
    number, _, rest = start.partition(b",")
    return "sense_your_city" if number.strip().isdigit() and rest.lstrip().startswith(b"{") else None


def _device(path):
    return os.path.splitext(os.path.basename(path))[0]


def _windows(rows, size_ms):
    """(device, time ms, fields) rows -> {(device, start): [fields ..] in the order of time, then of the file}."""
    found = {}
    for number, (device, time, fields) in enumerate(rows):
        found.setdefault((device, time // size_ms * size_ms), []).append((time, number, fields))
    return {key: [fields for _, _, fields in sorted(events, key=lambda e: e[:2])] for key, events in found.items()}


def _column(events, name):
    return [event[name] for event in events if name in event]


def _mean(values):
    return sum(values) / len(values)


def occupancy(paths):
    zone, rows = zoneinfo.ZoneInfo("Europe/Brussels"), []
    for path in sorted(paths):
        with open(path, newline="", encoding="utf-8") as file:
            for row in list(csv.reader(file))[1:]:
                local = datetime.datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
                names = ["temperature", "humidity", "light", "co2", "humidity_ratio", "occupancy"]
                rows.append((_device(path), int(local.timestamp()) * 1000, dict(zip(names, map(float, row[2:])))))
    expected = {}
    for key, events in _windows(rows, 15 * 60_000).items():
        values = {"count": len(events), "occupied": _mean(_column(events, "occupancy"))}
        for name in ("temperature", "humidity", "co2", "light"):
            column = _column(events, name)
            values.update({name + "_mean": _mean(column), name + "_min": min(column), name + "_max": max(column)})
        expected[key] = values
    return len(rows), expected


def sense_your_city(paths):
    rows = []
    for path in sorted(paths):
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.strip():
                    continue
                pack = json.loads(line.partition(",")[2])
                entries = {e["n"]: e.get("v", e.get("sv")) for e in pack["e"]}
                device = entries.pop("source")
                rows.append((device, int(pack["bt"]), {name: float(value) for name, value in entries.items()}))
    expected = {}
    for key, events in _windows(rows, 60_000).items():
        values = {"count": len(events)}
        for name in ("temperature", "humidity", "dust"):
            column = _column(events, name)
            if column:
                values.update({name + "_mean": _mean(column), name + "_max": max(column)})
        expected[key] = values
    return len(rows), expected


def complaints(paths):
    rows = []
    for path in sorted(paths):
        with open(path, newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                day = datetime.datetime.strptime(row["data_abertura"], "%Y-%m-%d").replace(tzinfo=_UTC)
                rows.append((_device(path), int(day.timestamp()) * 1000, row))
    expected = {}
    for key, events in _windows(rows, 86_400_000).items():
        values = {"count": len(events)}
        for name in ("area", "grupo_problema", "resumo"):
            column = [text for text in _column(events, name) if text]
            if column:
                values.update({name + "_first": column[0], name + "_last": column[-1]})
        expected[key] = values
    return len(rows), expected


REFERENCE = {"occupancy": occupancy, "sense_your_city": sense_your_city, "complaints": complaints}


def last_revisions(path):
    """The last revision of each window in a file of results."""
    last = {}
    with open(path, "rb") as file:
        for record in map(json.loads, file):
            key = record["device"], record["start"]
            if key not in last or record["revision"] > last[key]["revision"]:
                last[key] = record
    return last


def differences(expected, found):
    """One line for each window that is missing, extra or wrong. Counts, minima, maxima and texts are equal; means to 1e-9."""
    wrong = [f"missing: {key}" for key in sorted(expected.keys() - found.keys())]
    wrong += [f"extra: {key}" for key in sorted(found.keys() - expected.keys())]
    for key in sorted(expected.keys() & found.keys()):
        values, got = expected[key], found[key]["values"]
        if values.keys() != got.keys():
            wrong.append(f"{key}: {sorted(got)}, want {sorted(values)}")
            continue
        for name, value in values.items():
            near = isinstance(value, float) and (name.endswith("_mean") or name == "occupied")
            if got[name] != value and not (near and abs(got[name] - value) <= 1e-9 * max(1.0, abs(value))):
                wrong.append(f"{key} {name}: {got[name]!r}, want {value!r}")
    return wrong
