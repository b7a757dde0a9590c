"""Readings of a fleet into a Kafka topic, each logged when the broker has acknowledged it."""
import threading

from kafka_server import Producer
from mqtt_load import AckLog, Fleet


class KafkaLoad(threading.Thread):
    """Writes a fleet's readings in the background, key = device, until `count` readings or stop(); then the sentinels.
    Nothing stays open: join() returns when every record is acknowledged, however often the broker dies meanwhile. The
    log's topic is TOPIC/DEVICE, as the source has it. `pause_s`: rest after each 50 records,
    to keep a pace."""

    def __init__(self, kafka, topic, log_path, pause_s=0, deadline_s=300, **fleet):
        super().__init__(name="kafka load", daemon=True)
        self.topic, self.pause_s, self.deadline_s = topic, pause_s, deadline_s
        self.fleet = Fleet(topic + "/{device}", **fleet)
        self.log = AckLog(str(log_path))
        self.producer = Producer({"bootstrap.servers": kafka.bootstrap, "enable.idempotence": True, "linger.ms": 5,
                                  "message.timeout.ms": deadline_s * 1000, "partitioner": "murmur2_random",
                                  "queue.buffering.max.messages": 100000, "log_level": 0})
        self.acked, self.error = 0, None
        self._stop_asked = threading.Event()
        self.start()

    def _send(self, name, payload):
        def done(problem, _):
            if problem is not None:
                self.error = RuntimeError(f"not written: {problem}")
            else:
                self.acked += 1
                self.log.add(name, payload)

        while True:
            try:
                self.producer.produce(self.topic, value=payload, key=name.split("/")[1], on_delivery=done)
                return
            except BufferError:
                self.producer.poll(0.1)

    def run(self):
        try:
            for number, (name, payload) in enumerate(self.fleet):
                self._send(name, payload)
                self.producer.poll(0)
                if self._stop_asked.is_set():
                    break
                if number % 50 == 0:
                    self._stop_asked.wait(self.pause_s)
            for name, payload in self.fleet.sentinels():
                self._send(name, payload)
            if self.producer.flush(self.deadline_s):
                self.error = self.error or RuntimeError(f"{len(self.producer)} records have no answer")
        except Exception as error:  # handed to join()
            self.error = error
        finally:
            self.log.close()

    def stop(self):
        """Ends the input; returns how many records were acknowledged, which is all of them."""
        self._stop_asked.set()
        return self.finish()

    def finish(self):
        self.join(self.deadline_s)
        if self.error:
            raise self.error
        if self.is_alive():
            raise TimeoutError("the load did not end in time")
        return self.acked
