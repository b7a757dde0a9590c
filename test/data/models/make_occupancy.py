"""Makes config/models/occupancy, the model of config/pipelines/occupancy_predict.yaml: boosted trees over the occupancy data
(UCI 357, L. Candanedo, CC BY 4.0), told by its path. Equal input gives equal files."""
import csv
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from models import Xgboost, write_bundle  # noqa: E402

FEATURES = {"temperature": 2, "humidity": 3, "light": 4, "co2": 5}  # column


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [[float(row[column]) for column in FEATURES.values()] for row in rows], [int(row[7]) for row in rows]


def main():
    rows, labels = rows_of(sys.argv[1])
    model = Xgboost({"objective": "binary:logistic", "max_depth": 2, "eta": 0.3, "seed": 1, "verbosity": 0})
    model.train(rows, labels, 15)
    path = os.path.join(ROOT, "config", "models", "occupancy")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_bundle(path, model, list(FEATURES), rows, ["free", "occupied"], name="occupancy")
    for other in sys.argv[2:]:
        answers = zip(model.predict(rows_of(other)[0]), rows_of(other)[1])
        right = [(yes > 0.5) == bool(label) for yes, label in answers]
        print(f"{os.path.basename(other)}: {sum(right) / len(right):.3f} right of {len(right)}")


if __name__ == "__main__":
    main()
