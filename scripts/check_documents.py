#!/usr/bin/env python3
"""Relative links of every *.md lead to files and headings that exist; no file names a developer's machine or folder."""
import os
import re
import subprocess
import sys
from urllib.parse import unquote

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
FENCE = re.compile(r"^([ \t]*)(```|~~~).*?^\1\2[^\n]*$", re.DOTALL | re.MULTILINE)
HOME = re.compile(r"(?<![\w.$}/-])/(?:home|Users|root)/[\w.-]+")
PLACES = {"/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/usr/src", "/src", "/mnt", "/build"}


def own_files():
    """Paths of ours, from the root: tracked, or new and not ignored."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted({path for path in listed.split("\0") if path and os.path.isfile(os.path.join(ROOT, path))})


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def without_code(text):
    """The text without fenced blocks and inline code, every line where it was."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())  # noqa: E731
    return re.sub(r"`[^`\n]+`", blank, FENCE.sub(blank, text))


def anchors(text):
    """The anchors of a document's headings, as code hosts make them."""
    found, seen = set(), {}
    for match in HEADING.finditer(FENCE.sub("", text)):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).replace("`", "").replace("*", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found | set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))


def link_faults(path):
    text = without_code(read(path))
    for match in list(LINK.finditer(text)) + list(DEFINITION.finditer(text)):
        target = match[1]
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        where = f"{path}:{line_of(text, match.start())}"
        file = os.path.normpath(os.path.join(os.path.dirname(path), unquote(name))) if name else path
        full = os.path.join(ROOT, file)
        if name.startswith("/") or file.startswith(".."):
            yield f"{where}: link leaves the repository ({target})"
        elif not os.path.exists(full):
            yield f"{where}: link to a file that does not exist ({target})"
        elif anchor and file.endswith(".md") and unquote(anchor) not in anchors(read(file)):
            yield f"{where}: link to a heading that does not exist ({target})"


def path_faults(path):
    """Paths that exist on one developer's machine only: homes, and the folder of this checkout."""
    text = read(path)
    parent = os.path.dirname(ROOT)
    here = [ROOT] + ([parent] if parent not in PLACES else [])
    for match in HOME.finditer(text):
        yield f"{path}:{line_of(text, match.start())}: path of a developer's machine ({match.group()})"
    for folder in here if ROOT.count("/") > 1 else []:
        for match in re.finditer(r"(?<![\w.$}/-])" + re.escape(folder) + r"(?![\w-])", text):
            yield f"{path}:{line_of(text, match.start())}: path of this checkout ({match.group()})"


def main():
    faults = []
    for path in own_files():
        if path.endswith(".md"):
            faults += link_faults(path)
        faults += path_faults(path)
        if path.endswith((".pyc", ".orig", ".rej")) or "/__pycache__/" in path:
            faults.append(f"{path}: is no source")
    for fault in sorted(set(faults)):
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
