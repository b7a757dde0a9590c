"""What the tests of `sluice train` share: tables that they make themselves, the real ones where the shared data is there, and
models from a configuration."""
import csv
import io
import json
import os
import random
import re

from processes import Folder, binary, run
from scenario import SystemTest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SLUICE_SHARED_DATA") or os.path.join(ROOT, "..", "shared", "data")


def rooms(rows, seed, lamp=400.0):
    """A week of a room, as the files of the occupancy data are written: a row number that the header does not name."""
    rng = random.Random(seed)
    out = io.StringIO()
    out.write('"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"\n')
    for i in range(rows):
        busy = 8 <= i // 60 % 24 < 18 and rng.random() < 0.9
        light = max(0.0, rng.gauss(lamp, 60) if busy else rng.gauss(20, 30))
        values = [rng.gauss(22 if busy else 20.5, 0.7), rng.gauss(27, 3), light, rng.gauss(800 if busy else 480, 90), rng.gauss(0.004, 0.0005)]
        date = f"2015-02-{4 + i // 1440:02d} {i // 60 % 24:02d}:{i % 60:02d}:00"
        out.write(f'"{i + 1}","{date}",{",".join(format(v, ".6g") for v in values)},{int(busy)}\n')
    return out.getvalue()


def complaints(rows, seed):
    """Complaints: a word of their group among words that all of them have."""
    rng = random.Random(seed)
    words = {"cobrança": ["cobrança", "tarifa", "fatura"], "entrega": ["entrega", "atraso", "pacote"], "dados": ["dados", "vazamento", "senha"]}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["grupo_problema", "problema", "assunto", "area"])
    for _ in range(rows):
        group = rng.choice(list(words))
        text = f"a {rng.choice(words[group])} não foi\nresolvida, the {rng.choice(words[group])}"
        table.writerow([group, text, rng.choice(["banco", "loja"]), "serviços"])
    return out.getvalue()


def air(rows, seed, verdict):
    """Readings of the air of a city, as RIoTBench's tables: quality follows dust; with the class that follows quality."""
    rng = random.Random(seed)
    out = ["Temp,Humid,Light,Dust,airquality" + (",result" if verdict else "")]
    for _ in range(rows):
        dust = rng.uniform(100, 3000)
        quality = 10 + dust / 100 + rng.gauss(0, 2)
        row = f"{rng.uniform(0, 35):.2f},{rng.uniform(20, 90):.2f},{rng.uniform(0, 1500):.2f},{dust:.2f},{quality:.2f}"
        out.append(row + (f",{'Bad' if quality > 25 else 'Good'}" if verdict else ""))
    return "\n".join(out) + "\n"


class Training(SystemTest):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.remove)

    def write(self, name, text):
        with open(self.folder / name, "w", encoding="utf-8") as file:
            file.write(text)
        return self.folder / name

    def occupancy(self):
        """Paths of the training file and the two test files; True iff they are the real ones."""
        real = [os.path.join(SHARED, "occupancy", name) for name in ("datatraining.txt", "datatest.txt", "datatest2.txt")]
        if all(os.path.exists(path) for path in real):
            return real, True
        return [self.write("train.csv", rooms(4000, 1)), self.write("test1.csv", rooms(1500, 2)), self.write("test2.csv", rooms(3000, 3))], False

    def riotbench(self, name, verdict):
        """Path of a table of RIoTBench as CSV; True iff it is the real one."""
        path = os.path.join(SHARED, "riotbench", name)
        if not os.path.exists(path):
            return self.write(name + ".csv", air(400, 4, verdict)), False
        with open(path, encoding="utf-8") as file:
            text = file.read()
        columns = re.findall(r"^@ATTRIBUTE\s+(\S+)", text, re.MULTILINE)
        return self.write(name + ".csv", ",".join(columns) + "\n" + text.split("@DATA", 1)[1].strip() + "\n"), True

    def train(self, text, *names, code=0):
        """Trains the models of a configuration: the lines of stdout, and stderr."""
        config = self.write("models.yaml", text)
        done = run([binary(), "train", config, *names, "--quiet"], 300, cwd=str(self.folder))
        self.assertEqual(code, done.returncode, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def entry(self, name, kind, files, label, features, more=""):
        """One entry of `models:`; its kind stands in its second line, its label in the fourth."""
        return f"  {name}:\n    {kind}\n    data: {{ files: {json.dumps(files)} }}\n    label: {label}\n" \
               f"    features: {json.dumps(features)}\n{more}"

    def made(self, line, name):
        """Path of a file of the bundle that a line of stdout is about."""
        return os.path.join(self.folder / line["bundle"], name)
