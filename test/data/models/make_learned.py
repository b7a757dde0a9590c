"""Makes learned.csv, rows to learn from, and learned.json: parameters of Python's xgboost 1.7.4, and what the model that it trains
with them on these rows says of each of them."""
import csv
import json
import math
import os

import numpy as np
import xgboost as xgb

HERE = os.path.dirname(os.path.abspath(__file__))
FEATURES = ["temperature", "humidity", "light", "room"]
random = np.random.default_rng(5)
rows = []
for _ in range(80):
    temperature, humidity, light = round(random.normal(21, 2), 2), round(random.normal(40, 10), 2), round(random.exponential(150), 2)
    room = str(random.choice(["hall", "kitchen", "office"]))
    occupied = int((light > 130) != (random.random() < .1))
    level = "low" if light < 60 else "middle" if temperature > 21 else "high"
    comfort = round(.5 * temperature + .01 * light - (room == "hall") + random.normal(0, .2), 3)
    humidity = "" if random.random() < .1 else humidity
    rows.append([temperature, humidity, light, room, occupied, level, comfort])
with open(os.path.join(HERE, "learned.csv"), "w", encoding="utf-8", newline="") as out:
    csv.writer(out, lineterminator="\n").writerows([[*FEATURES, "occupied", "level", "comfort"], *rows])


def standardised(values):
    """(x - mean) / deviation, summed in the order of the rows: every bit as a plain loop has it."""
    known = [v for v in values if not math.isnan(v)]
    mean = squares = 0.0
    for v in known:
        mean += v
    mean /= len(known)
    for v in known:
        squares += (v - mean) * (v - mean)
    return [(v - mean) / math.sqrt(squares / len(known)) for v in values]


columns = [standardised([math.nan if row[i] == "" else row[i] for row in rows]) for i in range(3)]
columns.append([["hall", "kitchen", "office"].index(row[3]) for row in rows])
table = np.column_stack(columns).astype(np.float32)
labels = {"occupied": [row[4] for row in rows], "level": [["high", "low", "middle"].index(row[5]) for row in rows],
          "comfort": [row[6] for row in rows]}
objectives = {"occupied": {"objective": "binary:logistic"}, "level": {"objective": "multi:softprob", "num_class": "3"},
              "comfort": {"objective": "reg:squarederror"}}
linear = {"booster": "gblinear", "updater": "coord_descent", "feature_selector": "cyclic", "eta": "0.5", "lambda": "0.01", "alpha": "0.001"}
tree = {"booster": "gbtree", "tree_method": "exact", "max_depth": "3", "min_child_weight": "1", "lambda": "0.5", "eta": "1"}
forest = {**tree, "num_parallel_tree": "20", "subsample": "0.8", "colsample_bynode": "0.75"}
boosted = {**tree, "eta": "0.3", "alpha": "0.1", "gamma": "0.05", "subsample": "0.9", "colsample_bytree": "0.75"}
kinds = {"linear": (linear, 40), "decision_tree": (tree, 1), "random_forest": (forest, 1), "boosted_trees": (boosted, 8)}

models = []
for kind, (parameters, rounds) in kinds.items():
    for label, objective in objectives.items():
        asked = {**objective, "seed": "7", "nthread": "1", **parameters}
        answers = xgb.train(asked, xgb.DMatrix(table, label=labels[label]), rounds).predict(xgb.DMatrix(table))
        name = kind if kind != "linear" else "linear_regression" if label == "comfort" else "logistic_regression"
        models.append({"kind": name, "label": label, "parameters": {**asked, "rounds": rounds},
                       "answers": [[float(format(v, ".9g")) for v in np.atleast_1d(row)] for row in answers]})
with open(os.path.join(HERE, "learned.json"), "w", encoding="utf-8") as out:
    out.write("[\n" + ",\n".join(json.dumps(model, separators=(",", ":")) for model in models) + "\n]\n")
