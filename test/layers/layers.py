#!/usr/bin/env python3
"""Checks who includes what. Usage: layers.py [ROOT]; prints each violation as FILE:LINE: TEXT and exits 1 if there is one."""
import fnmatch
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import rules  # noqa: E402

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)
WORLD = re.compile(r"\b(?:system_clock|steady_clock|high_resolution_clock|utc_clock|file_clock)\s*::\s*now\b"
                   r"|(?<![\w.>])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)"
                   r"|\b(?:gettimeofday|clock_gettime|getenv|secure_getenv|random_device)\b")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def blanked(text):
    """The text without comments and string literals, every line where it was."""
    return NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def uncommented(text):
    """The text without comments; strings stay, for the sake of #include "x"."""
    return NOISE.sub(lambda m: m.group() if m.group().endswith('"') else re.sub(r"[^\n]", " ", m.group()), text)


class Tree:
    """The C++ files of the four layers below a root."""

    def __init__(self, root):
        self.root = root
        self.texts = {}
        for layer in rules.LAYERS:
            for folder, _, names in os.walk(os.path.join(root, layer)):
                for name in names:
                    if name.endswith((".hpp", ".cpp")):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8") as file:
                            self.texts[os.path.relpath(path, root)] = file.read()
        self.includes = {path: list(self._includes(text)) for path, text in sorted(self.texts.items())}

    @staticmethod
    def _includes(text):
        """(line, name, quoted) of each #include."""
        text = uncommented(text)
        for match in INCLUDE.finditer(text):
            name = match.group(1) or match.group(2)
            yield text.count("\n", 0, match.start()) + 1, name, match.group(2) is not None

    def way_to(self, path, wanted, seen=None):
        """The files through which `path` reaches an include that `wanted` accepts, [] if there is none."""
        seen = set() if seen is None else seen
        seen.add(path)
        for _, name, quoted in self.includes.get(path, []):
            if wanted(name):
                return [path, name]
            if quoted and name not in seen and name in self.includes:
                way = self.way_to(name, wanted, seen)
                if way:
                    return [path] + way
        return []


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def is_shell(path):
    return path.endswith(("_actor.hpp", "_actor.cpp"))


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "actors" and len(parts) > 2 else None


def edge_allowed(path, other, header):
    """Whether `path`, of a room, may include `header` of room `other`."""
    tables = [rules.ROOM_EDGES.get(room_of(path), {})]
    if is_shell(path):
        tables += [rules.SHELL_EDGES["*"], rules.SHELL_EDGES.get(room_of(path), {})]
    return any(other in table and (table[other] is None or header in table[other]) for table in tables)


def include_faults(tree, path, name, quoted):
    """What is wrong with one include of `path`."""
    layer = path.split("/")[0]
    if quoted:
        if not os.path.exists(os.path.join(tree.root, name)):
            yield f'"{name}" is no file (includes start at the root of the repository)'
            return
        target = name.split("/")[0]
        if target not in rules.LAYERS:
            yield f'"{name}": only test code includes {target}/'
            return
        if rules.LAYERS.index(target) > rules.LAYERS.index(layer):
            yield f'"{name}": {layer} must not include {target} (direction: {" <- ".join(rules.LAYERS)})'
            return
        other, header = room_of(name), name.split("/", 2)[-1]
        if room_of(path) and other and other != room_of(path):
            if is_shell(name):
                yield f'"{name}": a room never includes another room\'s actor'
            elif not edge_allowed(path, other, header):
                yield f'"{name}": {room_of(path)} has no edge to {other}/{header} (test/layers/rules.py)'
        if path.startswith("actors/publish/") and name.startswith("actors/publish/"):
            mine, its = path.split("/")[2:-1], name.split("/")[2:-1]
            if its and mine != its:
                yield f'"{name}": one sink never includes another sink\'s files'
    for beginning, allowed in rules.THIRD_PARTY.items():
        if name.startswith(beginning) and not quoted_own(tree, name, quoted) and not matches(path, allowed):
            yield f'<{name}>: only {", ".join(allowed) or "tests"} may include {beginning}'


def quoted_own(tree, name, quoted):
    return quoted and name in tree.includes


def violations(root):
    """All violations as (file, line, text), in the order of the files."""
    tree = Tree(root)
    found = []
    for path, includes in tree.includes.items():
        for line, name, quoted in includes:
            found += [(path, line, text) for text in include_faults(tree, path, name, quoted)]
        own = path[:-4] + ".hpp"
        if (path.endswith(".cpp") and own in tree.texts and path not in rules.OWN_HEADER_LATER
                and (not includes or includes[0][1] != own)):
            found.append((path, includes[0][0] if includes else 1, f'its own header "{own}" comes first'))
        if path.endswith(".hpp") and "#pragma once" not in tree.texts[path]:
            found.append((path, 1, "#pragma once is missing"))
        if is_shell(path) or path.startswith("app/"):
            continue
        if path not in rules.REACHES_CAF:
            way = tree.way_to(path, lambda name: name.startswith("caf/"))
            if len(way) > 2:  # a direct include is reported above
                found.append((path, 1, "a logic file reaches CAF: " + " -> ".join(way)))
        if path not in rules.READS_THE_WORLD:
            text = blanked(tree.texts[path])
            for match in WORLD.finditer(text):
                found.append((path, text.count("\n", 0, match.start()) + 1,
                              f"a logic file reads the world ({match.group().strip()}): make it a parameter"))
    for table in (rules.REACHES_CAF, rules.READS_THE_WORLD, rules.OWN_HEADER_LATER):
        found += [(path, 1, "is in a table of test/layers/rules.py and does not exist")
                  for path in table if path not in tree.texts]
    return found


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = violations(os.path.abspath(root))
    for path, line, text in found:
        print(f"{path}:{line}: {text}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
