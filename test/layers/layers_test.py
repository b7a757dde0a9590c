#!/usr/bin/env python3
"""The tree keeps its layers; and each rule, planted against in a copy of the tree, is seen to fail."""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import layers  # noqa: E402
import rules  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))

# (file to add or to append to, what is put there, what the check must say)
PLANTED = {
    "messages include config": ("messages/planted.hpp", '#include "config/report.hpp"', "messages must not include config"),
    "config includes actors": ("config/planted.hpp", '#include "actors/store/store.hpp"', "config must not include actors"),
    "actors include app": ("actors/store/planted.hpp", '#include "app/configuration.hpp"', "actors must not include app"),
    "a room includes another room's actor": (
        "actors/ingest/planted_actor.cpp", '#include "actors/store/planted_actor.hpp"', "never includes another room's actor"),
    "a room without an edge": ("actors/store/planted.hpp", '#include "actors/window/plan.hpp"', "store has no edge to window"),
    "logic of a sink includes the client": (
        "actors/publish/planted.cpp", '#include "actors/client/mqtt_client.hpp"', "publish has no edge to client/mqtt_client.hpp"),
    "one sink includes another": (
        "actors/publish/file/planted.hpp", '#include "actors/publish/thingsboard/options.hpp"', "one sink never includes"),
    "CAF in a logic file": ("actors/window/planted.hpp", "#include <caf/actor.hpp>", "<caf/actor.hpp>: only"),
    "CAF through another header": (
        "actors/window/planted.hpp", '#include "messages/interfaces.hpp"', "a logic file reaches CAF"),
    "Paho in a second file": ("actors/client/planted.cpp", "#include <mqtt/async_client.h>", "<mqtt/async_client.h>: only"),
    "Paho's C library in a second file": ("actors/client/planted.cpp", "#include <MQTTAsync.h>", "<MQTTAsync.h>: only"),
    "RocksDB outside rocks": ("actors/store/planted.cpp", "#include <rocksdb/db.h>", "<rocksdb/db.h>: only"),
    "simdjson in a second file": ("actors/ingest/planted.cpp", "#include <simdjson.h>", "<simdjson.h>: only"),
    "yaml-cpp in a second file": ("config/planted.cpp", "#include <yaml-cpp/yaml.h>", "<yaml-cpp/yaml.h>: only"),
    "CLI11 below app": ("actors/simulate/planted.cpp", "#include <CLI/CLI.hpp>", "<CLI/CLI.hpp>: only"),
    "spdlog in a logic file": ("actors/window/planted.cpp", "#include <spdlog/spdlog.h>", "<spdlog/spdlog.h>: only"),
    "JSON in messages": ("messages/planted.cpp", "#include <nlohmann/json.hpp>", "<nlohmann/json.hpp>: only"),
    "the test library in the service": ("app/planted.cpp", "#include <doctest/doctest.h>", "<doctest/doctest.h>: only tests"),
    "test code in the service": ("app/planted.cpp", '#include "test/support/planted.hpp"', "only test code includes test/"),
    "the system clock": ("actors/window/planted.cpp", "auto t = std::chrono::system_clock::now();", "reads the world"),
    "the monotonic clock": ("config/planted.cpp", "auto t = std::chrono::steady_clock::now();", "reads the world"),
    "time()": ("messages/planted.cpp", "auto t = std::time(nullptr);", "reads the world"),
    "gettimeofday": ("actors/store/planted.cpp", "void f() { gettimeofday(&t, nullptr); }", "reads the world"),
    "the environment": ("config/planted.cpp", 'auto home = std::getenv("HOME");', "reads the world"),
    "a random device": ("actors/supervise/planted.cpp", "std::random_device d;", "reads the world"),
    "a path that does not start at the root": ("actors/store/planted.cpp", '#include "store.hpp"', "is no file"),
    "another header before its own": (
        "messages/planted.cpp", '#include <string>\n#include "messages/planted.hpp"', "comes first"),
    "no #pragma once": ("messages/bare.hpp", None, "#pragma once is missing"),
}
# Files the plantings need to be there.
PROPS = {
    "actors/store/planted_actor.hpp": "#pragma once\n",
    "messages/interfaces.hpp": "#pragma once\n#include <caf/typed_actor.hpp>\n",
    "messages/planted.hpp": "#pragma once\n",
    "test/support/planted.hpp": "#pragma once\n",
}


class TheTree(unittest.TestCase):
    def test_keeps_its_layers(self):
        self.assertEqual([], [f"{path}:{line}: {text}" for path, line, text in layers.violations(ROOT)])


class AViolation(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="sluice-layers-")
        self.addCleanup(shutil.rmtree, self.root)
        for layer in rules.LAYERS:
            shutil.copytree(os.path.join(ROOT, layer), os.path.join(self.root, layer))
        for path, text in PROPS.items():
            if not os.path.exists(os.path.join(self.root, path)):
                self.write(path, text)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def found_in(self, path):
        return [text for where, _, text in layers.violations(self.root) if where == path]

    def test_of_each_rule_is_found(self):
        for name, (path, text, wanted) in PLANTED.items():
            with self.subTest(name):
                target = os.path.join(self.root, path)
                prop = PROPS.get(path, "")
                pragma = "#pragma once\n" if path.endswith(".hpp") and text else ""
                self.write(path, pragma + (text or "") + "\n")
                found = self.found_in(path)
                self.assertTrue(any(wanted in fault for fault in found), f"wanted {wanted!r}, found {found}")
                if prop:
                    self.write(path, prop)
                else:
                    os.remove(target)

    def test_in_a_comment_or_a_text_is_none(self):
        self.write("messages/planted.hpp", "#pragma once\n// #include <caf/all.hpp>, steady_clock::now()\n"
                                           '/* #include "app/configuration.hpp" */\nconst char* t = "getenv";\n')
        self.assertEqual([], self.found_in("messages/planted.hpp"))

    def test_by_an_actor_shell_or_app_that_may_is_none(self):
        self.write("actors/window/planted_actor.cpp", "#include <caf/all.hpp>\nauto t = std::chrono::steady_clock::now();\n")
        self.write("app/planted.cpp", '#include <CLI/CLI.hpp>\n#include <caf/all.hpp>\nauto h = std::getenv("H");\n')
        self.assertEqual([], self.found_in("actors/window/planted_actor.cpp") + self.found_in("app/planted.cpp"))


if __name__ == "__main__":
    unittest.main()
