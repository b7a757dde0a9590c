"""A real mosquitto for the tests: killed, paused, restarted on the same port, with what it acknowledged kept."""
import os
import shutil
import signal
import socket
import ssl

import mqtt_codec as mqtt
from processes import Process, free_port, run, wait_for


def program(name="mosquitto"):
    """The path of an installed mosquitto program. Debian keeps the server in /usr/sbin."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/usr/bin")
    if not found:
        raise FileNotFoundError(f"{name} is not installed (scripts/setup does that)")
    return found


def answers_connect(broker):
    """True iff a CONNACK comes from broker.port, whatever it says. An error when the process has ended."""
    if not broker.alive():
        raise RuntimeError(f"{broker.name} ended with {broker.returncode}\n{broker.tail()}")
    try:
        with socket.create_connection(("127.0.0.1", broker.port), 1) as probe:
            probe.sendall(mqtt.connect("readiness-probe"))
            return probe.recv(4)[:1] == b"\x20"
    except OSError:
        return False


class Mosquitto(Process):
    """Listens on 127.0.0.1:port, with tls (Certificates of certs.py) also on tls_port. users: {name: password}; then
    nobody else is let in. client_certificates: TLS wants one. extra: more lines of the configuration."""

    def __init__(self, directory, port=None, users=None, tls=None, client_certificates=False, persistence=True,
                 extra="", name="mosquitto"):
        self.port = port or free_port()
        self.tls_port = free_port() if tls else None
        self.tls = tls
        directory = str(directory)
        self.store = os.path.join(directory, name + "-data")
        os.makedirs(self.store, exist_ok=True)
        self.config_path = os.path.join(directory, name + ".conf")
        self.password_file = os.path.join(directory, name + ".passwd") if users else None
        lines = ["per_listener_settings false", f"allow_anonymous {'false' if users else 'true'}",
                 "max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 1000", "set_tcp_nodelay true",
                 "log_dest stderr", "log_type error", "log_type warning", "log_type notice"]
        if persistence:
            # The defaults lose everything acknowledged since the last half hour on a kill.
            lines += ["persistence true", f"persistence_location {self.store}/", "autosave_interval 1"]
        if os.getuid() == 0:
            lines.append("user root")
        if users:
            lines.append(f"password_file {self.password_file}")
        lines += [extra, f"listener {self.port} 127.0.0.1"]
        if tls:
            lines += [f"listener {self.tls_port} 127.0.0.1", f"cafile {tls.ca}", f"certfile {tls.server_cert}",
                      f"keyfile {tls.server_key}", f"require_certificate {'true' if client_certificates else 'false'}"]
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        if users:
            open(self.password_file, "w", encoding="utf-8").close()
            os.chmod(self.password_file, 0o700)
            for user, password in users.items():
                done = run([program("mosquitto_passwd"), "-b", self.password_file, user, password])
                if done.returncode:
                    raise RuntimeError(f"mosquitto_passwd: {done.stderr}")
        super().__init__([program(), "-c", self.config_path], directory, name)

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self, ready_within=20.0):
        """Starts it and waits until it answers a CONNECT: an open port alone is not ready."""
        super().start()
        wait_for(lambda: answers_connect(self), ready_within, lambda: f"{self.name} answers a CONNECT\n{self.tail()}")
        return self

    def save(self):
        """Writes sessions and queues to disk now; without it a kill takes what came in the last second."""
        path = os.path.join(self.store, "mosquitto.db")
        before = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        self.send_signal(signal.SIGUSR1)
        wait_for(lambda: os.path.exists(path) and os.stat(path).st_mtime_ns != before, 10, "the broker's file saved")

    def tls_context(self, client=False):
        """An ssl context that trusts its certificate, for Client(tls=..)."""
        context = ssl.create_default_context(cafile=self.tls.ca)
        if client:
            context.load_cert_chain(self.tls.client_cert, self.tls.client_key)
        return context


def start_mosquitto(directory, **options):
    """A running, answering mosquitto; options as of Mosquitto."""
    return Mosquitto(directory, **options).start()
