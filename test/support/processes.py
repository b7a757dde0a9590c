"""The processes a system test starts: each known by its pid, each gone when the test program ends, however it ends.
Also the handles of our own two: the service under test and the ThingsBoard stand-in."""
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

SUPPORT = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(SUPPORT))
_PAGE, _TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")

# Reads "pid starttime" lines; at the end of its input (its parent is dead) it kills what still runs.
_GUARD = """
import os, signal, sys
known = {}
for line in sys.stdin:
    pid, start = line.split()
    known[int(pid)] = start
for pid, start in known.items():
    try:
        if open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[19] == start:
            os.killpg(pid, signal.SIGKILL)
    except (OSError, IndexError):
        pass
"""


def wait_for(condition, deadline=30.0, what="", interval=0.01):
    """Polls until condition() is true and returns its value. Raises TimeoutError naming `what` after `deadline` s.
    A `what` that can be called is asked then."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise TimeoutError(f"not within {deadline} s: {what() if callable(what) else what or condition}")
        time.sleep(interval)


def free_port(host="127.0.0.1"):
    """A TCP port that was free a moment ago, from the OS."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def _stat(pid):
    """The fields of /proc/PID/stat after the name, from the state on; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def exists(pid):
    """True while the pid is taken, by a zombie too: until then its ports and locks may be."""
    return _stat(pid) is not None


def rss(pid):
    """Resident memory in bytes; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0


def cpu(pid):
    """CPU seconds, user and system, of the process so far; 0.0 when it is gone."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def threads(pid):
    fields = _stat(pid)
    return int(fields[17]) if fields else 0


class ProcessTable:
    """Every process that was started here, by pid."""

    def __init__(self):
        self.running = {}
        self._guard = None
        self._lock = threading.Lock()
        atexit.register(self.kill_all)

    def add(self, process):
        with self._lock:
            self.running[process.pid] = process
            if self._guard is None:
                self._guard = subprocess.Popen([sys.executable, "-c", _GUARD], stdin=subprocess.PIPE, text=True,
                                               start_new_session=True)
            fields = _stat(process.pid)
            if fields:
                self._guard.stdin.write(f"{process.pid} {fields[19]}\n")
                self._guard.stdin.flush()

    def remove(self, process):
        self.running.pop(process.pid, None)

    def kill_all(self):
        for process in list(self.running.values()):
            process.kill()
        if self._guard is not None:
            self._guard.stdin.close()
            self._guard.wait()
            self._guard = None


table = ProcessTable()


class Process:
    """One program with stdout and stderr in files DIRECTORY/NAME.out and .err, appended over restarts. It runs in
    its own process group; signals go to the program, kill() takes the group."""

    def __init__(self, command, directory, name=None, env=None, cwd=None):
        self.command = [str(part) for part in command]
        self.directory, self.cwd = str(directory), cwd
        self.name = name or os.path.basename(self.command[0])
        self.env = {**os.environ, **{key: str(value) for key, value in (env or {}).items()}}
        os.makedirs(self.directory, exist_ok=True)
        self.out_path = os.path.join(self.directory, self.name + ".out")
        self.err_path = os.path.join(self.directory, self.name + ".err")
        self.popen, self.started, self.starts = None, None, 0

    @property
    def pid(self):
        return self.popen.pid if self.popen else None

    @property
    def returncode(self):
        """Exit code of the last run (negative: the signal), None while it runs."""
        return self.popen.poll() if self.popen else None

    def start(self):
        """Starts it, again too; returns self."""
        if self.alive():
            raise RuntimeError(f"{self.name} runs already as {self.pid}")
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.env,
                                          cwd=self.cwd, start_new_session=True)
        self.started = time.monotonic()
        self.starts += 1
        table.add(self)
        return self

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def send_signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def kill(self):
        """SIGKILL to the group, and back only when the pid is gone: before, its port would still answer."""
        if self.popen is None:
            return
        if self.popen.poll() is None:
            try:
                os.killpg(self.popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.wait(30)

    def stop(self, deadline=30.0, number=signal.SIGTERM):
        """SIGTERM; returns the exit code. After `deadline` it is killed and TimeoutError raised."""
        self.send_signal(number)
        return self.wait(deadline)

    def wait(self, deadline=60.0):
        """Waits for its end and returns the exit code. After `deadline` it is killed and TimeoutError raised."""
        try:
            code = self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(30)
            table.remove(self)
            raise TimeoutError(f"{self.name} did not end within {deadline} s\n{self.tail()}") from None
        table.remove(self)
        return code

    def pause(self):
        """SIGSTOP, and back only when it stands still."""
        self.send_signal(signal.SIGSTOP)
        wait_for(lambda: (_stat(self.pid) or "T")[0] in "TtZX", 10, f"{self.name} stopped")

    def resume(self):
        self.send_signal(signal.SIGCONT)

    def restart(self):
        self.kill()
        return self.start()

    def rss(self):
        return rss(self.pid)

    def cpu(self):
        return cpu(self.pid)

    def stdout(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stderr(self):
        with open(self.err_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def tail(self, size=2000):
        """The end of both outputs, for a failure's message."""
        return f"--- {self.name} out\n{self.stdout()[-size:]}\n--- {self.name} err\n{self.stderr()[-size:]}"

    def __enter__(self):
        return self if self.alive() else self.start()

    def __exit__(self, *_):
        self.kill()


def run(command, deadline=60.0, env=None, cwd=None, stdin=None):
    """Runs a program to its end: subprocess.CompletedProcess with text outputs. Raises subprocess.TimeoutExpired."""
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True, text=True,
                          errors="replace", timeout=deadline, cwd=cwd,
                          env={**os.environ, **{key: str(value) for key, value in (env or {}).items()}}, check=False)


def binary(name="sluice"):
    """The built program: SLUICE_BINARY (its folder for other names), else build/release of this tree."""
    given = os.environ.get("SLUICE_BINARY")
    if given:
        return given if name == "sluice" else os.path.join(os.path.dirname(given), name)
    return os.path.join(ROOT, "build", "release", name)


class Folder:
    """A temporary folder, removed at the end; kept when SLUICE_KEEP is set."""

    def __init__(self, prefix="sluice-test-"):
        self.path = tempfile.mkdtemp(prefix=prefix)
        atexit.register(self.remove)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def __fspath__(self):
        return self.path

    __str__ = __fspath__

    def remove(self):
        if not os.environ.get("SLUICE_KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()


def _with_client(config_text):
    """`config_text` with the client that SLUICE_MQTT_CLIENT names in all its MQTT connections, flow maps and block maps,
    but in flow maps that name one themselves. Raises ValueError when it has one that is written in another way: that would
    keep the default without a word."""
    client = os.environ.get("SLUICE_MQTT_CLIENT")
    if not client:
        return config_text
    wanted = len(re.findall(r"\b(?:mqtt|thingsboard):\s", re.sub(r"(?m)(^|\s)#.*", "", config_text)))
    named = r'(?:"[^"]*"|[^"}])*\bclient:'
    own = len(re.findall(rf"\b(?:mqtt|thingsboard): *\{{{named}", config_text))
    text, in_flow = re.subn(rf"\b(mqtt|thingsboard):( *)\{{(?!{named})", rf"\1:\2{{ client: {client},", config_text)
    text, in_block = re.subn(r"\b(mqtt|thingsboard):(\n +)", rf"\1:\2client: {client}\2", text)
    if own + in_flow + in_block != wanted:
        raise ValueError(f"client: {client} found its place in {in_flow + in_block} of {wanted} connections:\n{config_text}")
    return text


class Service(Process):
    """The service: writes `config_text` (@DATA_DIR@ in it stands for data_dir) and runs `sluice run CONFIG`. With
    SLUICE_MQTT_CLIENT in the environment all MQTT connections take that client."""

    def __init__(self, program, config_text, data_dir, directory=None, name="sluice", arguments=(), env=None):
        directory = str(directory or os.path.dirname(os.path.abspath(str(data_dir))))
        self.data_dir = str(data_dir)
        self.config_path = os.path.join(directory, name + ".yaml")
        super().__init__([program, "run", self.config_path, *arguments], directory, name, env)
        self.configure(config_text)

    def configure(self, config_text):
        """Writes the configuration for the next start."""
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(_with_client(config_text).replace("@DATA_DIR@", self.data_dir))

    def start(self):
        """Starts it; the status of an earlier run is removed, so that what status() returns is of this one."""
        try:
            os.unlink(os.path.join(self.data_dir, "status.json"))
        except FileNotFoundError:
            pass
        return super().start()

    def status(self):
        """status.json of this run, or {} before the first was written."""
        try:
            with open(os.path.join(self.data_dir, "status.json"), encoding="utf-8") as file:
                return json.load(file)
        except (FileNotFoundError, NotADirectoryError):
            return {}

    def wait_status(self, condition, deadline=30.0, what="status"):
        """Waits until condition(status) is true, and returns that status. Fails at once when the service ended."""
        last = {}

        def check():
            nonlocal last
            if not self.alive():
                raise RuntimeError(f"{self.name} ended with {self.returncode}\n{self.tail()}")
            last = self.status() or last
            return last if last and condition(last) else None

        return wait_for(check, deadline, lambda: f"{what}; last status {json.dumps(last)}\n{self.tail()}", 0.02)

    def wait_ready(self, deadline=30.0):
        return self.wait_status(lambda status: status.get("ready"), deadline, "ready")

    def wait_drained(self, deadline=60.0, received=None):
        """Waits until the ledger balances with nothing pending anywhere (and its sources received that many)."""

        def drained(status):
            ledger = status.get("ledger", {})
            parts = [part for kind in ("sources", "pipelines", "sinks") for part in ledger.get(kind, {}).values()]
            got = sum(source["received"] for source in ledger.get("sources", {}).values())
            return (ledger.get("balanced") and parts and all(part["pending"] == 0 for part in parts)
                    and (received is None or got >= received))

        return self.wait_status(drained, deadline, "balanced with nothing pending")

    def component(self, name):
        """The status of one component, e.g. component("source.field")["id"]; {} when absent."""
        return self.status().get("components", {}).get(name, {})

    def ledger(self):
        return self.status().get("ledger", {})


class Standin(Process):
    """The ThingsBoard stand-in as a process. Ports stay the same over restarts."""

    def __init__(self, directory, tokens=("token:room-1",), gateway_tokens=("gateway",), database=True, switches=None,
                 port=0, tls=None, name="thingsboard", dump=None):
        self.port, self.http_port = port or free_port(), free_port()
        command = [sys.executable, os.path.join(SUPPORT, "thingsboard_standin.py"), "--port", self.port, "--http-port",
                   self.http_port]
        for token in tokens:
            command += ["--token", token]
        for token in gateway_tokens:
            command += ["--gateway-token", token]
        if database:
            path = database if isinstance(database, str) else os.path.join(str(directory), name + ".db")
            command += ["--db", path]
        if dump:
            command += ["--dump", dump]
        if tls:
            command += ["--tls-cert", tls.server_cert, "--tls-key", tls.server_key, "--tls-ca", tls.ca]
        command += [f"{key}={value}" for key, value in (switches or {}).items()]
        super().__init__(command, directory, name)

    def start(self):
        super().start()
        wait_for(self._answers, 20, lambda: f"{self.name} ready\n{self.tail()}")
        return self

    def _answers(self):
        if not self.alive():
            raise RuntimeError(f"{self.name} ended with {self.returncode}\n{self.tail()}")
        try:
            return self.get("/switches")
        except (urllib.error.URLError, ConnectionError):
            return None

    def _open(self, path, method="GET", timeout=60):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method)
        return urllib.request.urlopen(request, timeout=timeout)

    def get(self, path):
        with self._open(path) as answer:
            return json.load(answer)

    def stats(self):
        """Its counters of this run; see Board.stats. `values` counts what is stored, over restarts too."""
        return self.get("/stats")

    def points(self, device=None, key=None):
        """Every stored value as rows {device, key, ts, type, value}."""
        query = "&".join(f"{name}={urllib.request.quote(text, safe='')}"
                         for name, text in (("device", device), ("key", key)) if text is not None)
        with self._open("/dump?" + query) as answer:
            return [json.loads(line) for line in answer if line.strip()]

    def attributes(self):
        """{"stored": {device: {key: [type, value]}}, "writes": [[device, key, value], ..] of this run}."""
        return self.get("/attributes")

    def dump(self, path):
        """Writes every stored value to a file as JSON lines; returns the path."""
        with self._open("/dump") as answer, open(path, "wb") as file:
            shutil.copyfileobj(answer, file)
        return path

    def switch(self, **values):
        """Sets switches, e.g. switch(shuffle=40, lose=0.1)."""
        query = "&".join(f"{name}={urllib.request.quote(str(value), safe='')}" for name, value in values.items())
        with self._open("/switch?" + query, "POST") as answer:
            return json.load(answer)

    def kick(self, how="close"):
        """Ends all MQTT sessions, by close or by TCP reset."""
        with self._open("/kick?how=" + how, "POST") as answer:
            return json.load(answer)["kicked"]


def start_standin(directory, **options):
    """A running, answering stand-in; options as of Standin."""
    return Standin(directory, **options).start()
