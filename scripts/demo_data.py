#!/usr/bin/env python3
"""What scripts/demo --data runs after the build: demo_data.py FILE... Back-fills the files through the example pipelines that
fit them, one service for each kind of file, and compares every window with a computation of its own. Everything it says is
on stderr, but for the one final line."""
import json
import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

from data_reference import REFERENCE, differences, kind_of, last_revisions  # noqa: E402
from demo import Failed, balanced, figures, pending, run_demo, say  # noqa: E402
from processes import Process, binary, start_standin  # noqa: E402

TOKEN = "data-demo"
SUFFIX = {"occupancy": ".txt", "sense_your_city": ".csv", "complaints": ".csv"}


def grouped(paths):
    """The files by kind, each under a name of its own."""
    groups = {}
    for path in paths:
        kind = kind_of(path)
        if kind is None:
            raise Failed(f"{path}: none of the files that an example pipeline is for (want {', '.join(sorted(REFERENCE))})")
        name = os.path.splitext(os.path.basename(path))[0]
        group = groups.setdefault(kind, {})
        if name in group:
            raise Failed(f"{path}: {group[name]} has the same name")
        group[name] = os.path.abspath(path)
    return groups


def wait_end(service, data, deadline=600):
    """Shows what happens until the service has ended by itself; returns its exit code and last status."""
    end, shown, status = time.monotonic() + deadline, time.monotonic(), {}
    while service.alive():
        if time.monotonic() > end:
            raise Failed(f"the service does not come to its end\n{service.tail()}")
        if time.monotonic() - shown >= 1:
            shown = time.monotonic()
            sums = figures(status)
            say(f"  received {sums['received']:8}  applied {sums['applied']:8}  delivered {sums['delivered']:6}/{sums['results']:<6}"
                f"  pending {pending(status):5}")
        time.sleep(0.05)
        status = read_status(data) or status
    return service.wait(), read_status(data)


def read_status(data):
    try:
        with open(os.path.join(data, "status.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def check_board(rows, expected, problems):
    """Every count must have been stored by ThingsBoard too."""
    stored = sum(int(row["value"]) for row in rows if row["key"] == "count")
    wanted = sum(values["count"] for values in expected.values())
    if stored != wanted:
        problems.append(f"ThingsBoard has stored counts of {stored} events, {wanted} were read")


def back_fill(kind, files, folder):
    """One service over the files of one kind. Returns its figures and what is wrong."""
    say(f"\n{kind}: {', '.join(sorted(files))}")
    place = os.path.join(str(folder), kind)
    names = os.path.join(place, "files")
    os.makedirs(names)
    for name, path in files.items():
        os.symlink(path, os.path.join(names, name + SUFFIX[kind]))
    rows, expected = REFERENCE[kind]([os.path.join(names, name + SUFFIX[kind]) for name in files])
    data, results = os.path.join(place, "data"), os.path.join(place, "results.jsonl")
    board = start_standin(place, gateway_tokens=[TOKEN])
    config = os.path.join(ROOT, "config", "pipelines", kind + ".yaml")
    service = Process([binary(), "run", config], place, "sluice", env={
        "SLUICE_DATA": data, "FILES": names, "RESULTS": results, "TB_URL": f"mqtt://127.0.0.1:{board.port}", "TB_TOKEN": TOKEN})
    service.start()
    code, status = wait_end(service, data)
    if code != 0:
        raise Failed(f"the service ended with {code} (want 0)\n{service.tail()}")
    problems = [f"{kind}: {line}" for line in differences(expected, last_revisions(results))[:5]]
    check_board(board.points(), expected, problems)
    board.stop()
    if not balanced(status):
        problems.append(f"{kind}: the ledger does not balance: {status.get('ledger', {}).get('mismatches')}")
    if pending(status):
        problems.append(f"{kind}: {pending(status)} pending")
    sums = figures(status)
    if sums["applied"] != rows:
        problems.append(f"{kind}: {rows} rows in the files, {sums['applied']} applied")
    say(f"  {rows} rows, {len(expected)} windows, {'all equal' if not problems else 'NOT EQUAL'} to a computation in Python")
    return sums, balanced(status), problems


def back_fill_all(paths, folder):
    began, total, whole, problems = time.monotonic(), {}, True, []
    for kind, files in sorted(grouped(paths).items()):
        sums, good, wrong = back_fill(kind, files, folder)
        total = {name: total.get(name, 0) + value for name, value in sums.items()}
        whole = whole and good
        problems += wrong
    result = {"published": total["received"], **total, "ledger": "balanced" if whole else "not balanced",
              "seconds": round(time.monotonic() - began, 1)}
    return result, problems


if __name__ == "__main__":
    sys.exit(run_demo(lambda folder: back_fill_all(sys.argv[1:], folder)))
