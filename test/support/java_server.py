"""Servers that come from Maven Central: their jars are fetched once into a cache and run with `java -cp`. The cache is
SLUICE_SERVERS, else ~/.cache/sluice-servers; versions are pinned, since a range is slow and picks what was never tried."""
import fcntl
import os
import shutil
import subprocess

from processes import Process

SERVERS = {
    "kafka": ("3.9.1", [("org.apache.kafka", "kafka_2.13", "3.9.1"), ("org.slf4j", "slf4j-simple", "1.7.36")]),
    "hivemq": ("2025.5", [("com.hivemq", "hivemq-community-edition-embedded", "2025.5")]),
}


def cache():
    return os.environ.get("SLUICE_SERVERS") or os.path.expanduser("~/.cache/sluice-servers")


def _pom(name, dependencies):
    lines = ['<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
             f"<groupId>sluice</groupId><artifactId>{name}</artifactId><version>1</version><dependencies>"]
    for group, artifact, version in dependencies:
        lines.append(f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                     f"<version>{version}</version></dependency>")
    return "\n".join(lines) + "</dependencies></project>\n"


def fetch(name, tries=3):
    """The folder with the jars of that server, fetched if it is not there. Two that ask at once wait for each other."""
    version, dependencies = SERVERS[name]
    os.makedirs(cache(), exist_ok=True)
    done = os.path.join(cache(), f"{name}-{version}")
    with open(done + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(done):
            return done
        room = done + ".part"
        shutil.rmtree(room, ignore_errors=True)
        os.makedirs(room)
        pom = os.path.join(room, "pom.xml")
        with open(pom, "w", encoding="utf-8") as file:
            file.write(_pom(name, dependencies))
        command = ["mvn", "-B", "-q", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime",
                   f"-DoutputDirectory={room}"]
        for left in reversed(range(tries)):
            got = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            if got.returncode == 0:
                break
            if left == 0:
                raise RuntimeError(f"{' '.join(command)}: {(got.stdout + got.stderr)[-2000:]}")
        os.rename(room, done)
    return done


class JavaServer(Process):
    """A server of SERVERS. `arguments` stand behind the class path: a main class, or a source file for the launcher."""

    def __init__(self, server, directory, name, memory, arguments, properties=()):
        self.jars = fetch(server)
        super().__init__([*java(self.jars, memory, properties), *arguments], directory, name)


def java(jars, memory, properties=()):
    """The beginning of a command line."""
    return ["java", f"-Xmx{memory}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            *(f"-D{key}={value}" for key, value in properties), "-cp", os.path.join(jars, "*")]
