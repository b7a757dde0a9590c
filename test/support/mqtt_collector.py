"""A subscriber that misses nothing while it or its broker is away."""
import threading

import mqtt_codec as mqtt
from mqtt_raw import Client, Refused


class Collector(threading.Thread):
    """Subscribes with a persistent session, so that nothing is missed while it or the broker is away."""

    def __init__(self, port, topic="results/#"):
        super().__init__(daemon=True)
        self.port, self.topic = port, topic
        self.got, self.enough, self.ready = [], threading.Event(), threading.Event()
        self.start()
        if not self.ready.wait(20):
            raise TimeoutError("the collector has not subscribed")

    def run(self):
        while not self.enough.is_set():
            try:
                client = Client(self.port, client_id="collector", version=5, clean=False,
                                props=[(mqtt.SESSION_EXPIRY, 3600)])
                client.connect()
                client.subscribe(self.topic)
                self.ready.set()
                while not self.enough.is_set():
                    try:
                        self.got.append(client.receive(timeout=0.2))
                    except TimeoutError:
                        continue
            except (OSError, EOFError, Refused):
                self.enough.wait(0.05)  # the broker is away: its port refuses

    def stop(self):
        self.enough.set()
        self.join(10)
