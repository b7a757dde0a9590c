#!/usr/bin/env python3
"""Every Python file parses, imports only the standard library and files of ours (and what MORE names), and leaves no
bytecode behind."""
import ast
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Packages that single files may import, with the reason.
MORE = {
    "test/system/schema_test.py": {"jsonschema", "yaml"},  # a validator and a reader of YAML that are not ours
    "test/support/kafka_server.py": {"confluent_kafka"},  # a client of Kafka that is not ours
    "test/data/models/make_models.py": {"numpy", "xgboost"},  # run by hand: what it made is committed
    "test/data/models/make_learned.py": {"numpy", "xgboost"},
    "test/system/train_figures_test.py": {"numpy", "xgboost"},  # where they are: a judge that is not ours
}


def main():
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
               "--", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = sorted({path for path in listed.split("\0") if path and os.path.exists(os.path.join(ROOT, path))})
    ours = {os.path.basename(path)[:-3] for path in paths}
    faults = 0
    for path in paths:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        try:
            tree = ast.parse(text, path)
        except SyntaxError as error:
            print(f"{path}:{error.lineno}:{error.offset}: {error.msg}")
            faults += 1
            continue
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in (name.split(".")[0] for name in names):
                if name not in sys.stdlib_module_names and name not in ours | MORE.get(path, set()):
                    print(f"{path}:{node.lineno}: imports {name} (want the standard library or a file of ours)")
                    faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
