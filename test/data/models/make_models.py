"""Makes the models of this folder with Python's xgboost 1.7.4, and python.json: rows they were asked and what they answered."""
import json
import os

import numpy as np
import xgboost as xgb

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(3)
COUNT = 400
table = np.round(np.column_stack([random.normal(21, 2, COUNT), random.normal(40, 10, COUNT), random.exponential(150, COUNT)]), 2)
table[random.random((COUNT, 3)) < .03] = np.nan
light, temperature = np.nan_to_num(table[:, 2]), np.nan_to_num(table[:, 0], nan=21)
two = ((light > 150) ^ (random.random(COUNT) < .05)).astype(int)
three = np.where(light < 60, 0, np.where(temperature > 21, 2, 1))
number = .5 * temperature + .01 * light + random.normal(0, .1, COUNT)
rows = table[:12]
models = {}


def make(file, labels, parameters, rounds):
    data = xgb.DMatrix(table.astype(np.float32), label=labels)
    model = xgb.train({**parameters, "nthread": 1, "seed": 3}, data, rounds)
    model.save_model(os.path.join(HERE, file))
    answers = model.predict(xgb.DMatrix(rows.astype(np.float32)))
    models[file] = [[float(v) for v in np.atleast_1d(row)] for row in answers]


make("binary.ubj", two, {"objective": "binary:logistic", "max_depth": 2, "eta": .3}, 4)
make("classes.json", three, {"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, 2)
make("number.ubj", number, {"objective": "reg:squarederror", "max_depth": 2}, 5)
make("linear.json", number, {"booster": "gblinear", "updater": "coord_descent", "objective": "reg:squarederror"}, 20)
asked = [[None if np.isnan(v) else float(v) for v in row] for row in rows]
with open(os.path.join(HERE, "python.json"), "w", encoding="utf-8") as out:
    out.write(json.dumps({"rows": asked, "models": models}) + "\n")
