#!/usr/bin/env python3
"""What scripts/servers runs: servers.py kafka|hivemq [DIR]."""
import json
import os
import signal
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "test", "support"))

from certs import make_certificates  # noqa: E402
from hivemq_server import HiveMq  # noqa: E402
from kafka_server import Kafka  # noqa: E402
from processes import Folder  # noqa: E402


def main(kind, directory):
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    if kind == "kafka":
        tls = make_certificates(os.path.join(directory, "certs"))
        server = Kafka(directory, tls=tls, users={"sluice": "sluice"}).start()
        facts = {"brokers": server.bootstrap, "sasl_ssl": server.secure_bootstrap, "ca": tls.ca}
    else:
        server = HiveMq(directory).start()
        facts = {"url": server.url}
    print(json.dumps({"server": kind, "pid": server.pid, **facts}), flush=True)
    signal.sigwait(signals)
    return server.stop(60)


if __name__ == "__main__":
    with Folder("sluice-servers-") as room:
        main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else str(room))
