"""Models for tests, without any code of ours: XGBoost through its C interface trains, saves and scores (the offline scoring
that the step predict is compared with), and bundles are written as their format says."""
import ctypes
import hashlib
import json
import os
import shutil
import struct


class Xgboost:
    """A booster of the system's libxgboost."""

    def __init__(self, parameters=None, model=None):
        self.library = ctypes.CDLL("libxgboost.so.0")
        self.library.XGBGetLastError.restype = ctypes.c_char_p
        self.handle = ctypes.c_void_p()
        self._call("XGBoosterCreate", None, ctypes.c_uint64(0), ctypes.byref(self.handle))
        self._set({"nthread": 1, **(parameters or {})})
        if model:
            self._call("XGBoosterLoadModel", self.handle, os.fsencode(model))
            self._set({"nthread": 1})

    def _call(self, name, *arguments):
        if getattr(self.library, name)(*arguments) != 0:
            raise RuntimeError(f"{name}: {self.library.XGBGetLastError().decode()}")

    def _set(self, parameters):
        for name, value in parameters.items():
            self._call("XGBoosterSetParam", self.handle, name.encode(), str(value).encode())

    def _matrix(self, rows):
        width = len(rows[0])
        flat = [float("nan") if value is None else value for row in rows for value in row]
        data, matrix = (ctypes.c_float * len(flat))(*flat), ctypes.c_void_p()
        self._call("XGDMatrixCreateFromMat", data, ctypes.c_uint64(len(rows)), ctypes.c_uint64(width),
                   ctypes.c_float(float("nan")), ctypes.byref(matrix))
        return matrix

    def train(self, rows, labels, rounds):
        matrix, values = self._matrix(rows), (ctypes.c_float * len(labels))(*labels)
        self._call("XGDMatrixSetFloatInfo", matrix, b"label", values, ctypes.c_uint64(len(labels)))
        self._set({"num_feature": len(rows[0])})
        for number in range(rounds):
            self._call("XGBoosterUpdateOneIter", self.handle, number, matrix)
        self._call("XGDMatrixFree", matrix)
        return self

    def predict(self, rows):
        """One number per row, or one list of them."""
        matrix, length, out = self._matrix(rows), ctypes.c_uint64(), ctypes.POINTER(ctypes.c_float)()
        self._call("XGBoosterPredict", self.handle, matrix, 0, ctypes.c_uint(0), 0, ctypes.byref(length), ctypes.byref(out))
        numbers = [out[i] for i in range(length.value)]
        self._call("XGDMatrixFree", matrix)
        width = length.value // len(rows)
        return numbers if width == 1 else [numbers[i:i + width] for i in range(0, len(numbers), width)]

    def save(self, path):
        self._call("XGBoosterSaveModel", self.handle, os.fsencode(path))


def float32(value):
    """The number as a 32-bit float, which models speak in."""
    return struct.unpack("f", struct.pack("f", value))[0]


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _seen(values, bins=10):
    values = sorted(values)
    edges = sorted({values[len(values) * i // bins] for i in range(1, bins)}) if values else []
    counts = [0] * (len(edges) + 2)
    for value in values:
        counts[sum(edge < value for edge in edges)] += 1
    return {"edges": edges, "shares": [count / max(1, len(values)) for count in counts]}


def write_bundle(path, model, features, rows, classes=None, name="rooms", version="1", missing="refuse"):
    """Writes a bundle for a trained Xgboost; what is at `path` is exchanged in one step. `rows` are those it was trained on.
    Returns the hash that names it in the journal."""
    new = f"{path}.made"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    model.save(f"{new}/model.json")
    with open(f"{new}/model.json", "rb") as file:
        model_hash = _sha256(file.read())
    samples = ""
    for row, answer in zip(rows[:20], model.predict(rows[:20])):
        outputs = answer if isinstance(answer, list) else [1 - answer, answer] if classes else [answer]
        samples += json.dumps({"row": row, "outputs": outputs}) + "\n"
    with open(f"{new}/samples.jsonl", "w", encoding="utf-8") as file:
        file.write(samples)
    columns = list(zip(*rows))
    text = json.dumps({
        "format": "sluice model bundle", "format_version": 1, "name": name, "version": version, "kind": "boosted_trees",
        "task": "classification" if classes else "regression",
        "model": {"library": "xgboost", "file": "model.json", "sha256": model_hash, "parameters": {}},
        "label": {"name": "label", **({"classes": classes} if classes else {})}, "missing": missing,
        "features": [{"name": feature, "type": "number", "center": 0, "scale": 1, "usual": sum(column) / len(column),
                      "seen": _seen(column)} for feature, column in zip(features, columns)],
        "stop_words": [], "data": {"rows": len(rows), "sha256": "00"},
        "samples": {"file": "samples.jsonl", "sha256": _sha256(samples.encode())}, "metrics": {}}, indent=2) + "\n"
    with open(f"{new}/bundle.json", "w", encoding="utf-8") as file:
        file.write(text)
    exchange(new, str(path))
    return _sha256(text.encode())


def exchange(new, path):
    """Puts the folder `new` in the place of `path` in one step, as `sluice train` does."""
    if not os.path.exists(path):
        os.rename(new, path)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(-100, os.fsencode(new), -100, os.fsencode(path), 2) != 0:  # AT_FDCWD, RENAME_EXCHANGE
        raise OSError(ctypes.get_errno(), f"cannot exchange {path}")
    shutil.rmtree(new)
