"""A real Kafka for the tests: one KRaft node on loopback, killed and restarted on the same ports with what it has kept;
and what tests do with it: topics, records in and out, through confluent_kafka."""
import base64
import os
import sys
import time
import uuid

# A Python that is not Debian's own does not look where Debian's packages are (python3-confluent-kafka, built for 3.11).
sys.path.append("/usr/lib/python3/dist-packages")

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic  # noqa: E402

from java_server import JavaServer, java  # noqa: E402
from processes import free_port, run, wait_for  # noqa: E402

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


class Kafka(JavaServer):
    """Listens on 127.0.0.1:port in plain text; with tls (Certificates of certs.py) also on secure_port with SASL_SSL:
    users {name: password} may log in with PLAIN and SCRAM-SHA-256. extra: more lines of server.properties."""

    def __init__(self, directory, tls=None, users=None, extra="", name="kafka", memory="512m"):
        self.port, control = free_port(), free_port()
        self.secure_port, self._admin = free_port() if tls else None, None
        directory = os.path.join(str(directory), name)
        self.data, self.config_path = os.path.join(directory, "data"), os.path.join(directory, "server.properties")
        os.makedirs(directory, exist_ok=True)
        listeners = [f"PLAIN://127.0.0.1:{self.port}", f"CONTROL://127.0.0.1:{control}"]
        lines = ["process.roles=broker,controller", "node.id=1", f"controller.quorum.voters=1@127.0.0.1:{control}",
                 "controller.listener.names=CONTROL", "inter.broker.listener.name=PLAIN",
                 "listener.security.protocol.map=PLAIN:PLAINTEXT,SECURE:SASL_SSL,CONTROL:PLAINTEXT",
                 f"log.dirs={self.data}", "offsets.topic.replication.factor=1", "offsets.topic.num.partitions=1",
                 "transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
                 "transaction.state.log.num.partitions=1", "group.initial.rebalance.delay.ms=0",
                 "auto.create.topics.enable=false",
                 # After a kill the old registration must expire; with 9 s, the default, a restart takes 15 s.
                 "broker.session.timeout.ms=1000", "broker.heartbeat.interval.ms=250"]
        if tls:
            listeners.append(f"SECURE://127.0.0.1:{self.secure_port}")
            store = os.path.join(directory, "server.pem")
            with open(store, "w", encoding="ascii") as out:
                for part in (tls.server_key, tls.server_cert):
                    with open(part, encoding="ascii") as file:
                        out.write(file.read())
            logins = " ".join(f'user_{user}="{password}"' for user, password in (users or {}).items())
            lines += ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256", "ssl.keystore.type=PEM", f"ssl.keystore.location={store}",
                      f"listener.name.secure.plain.sasl.jaas.config={_PLAIN} required {logins};",
                      f"listener.name.secure.scram-sha-256.sasl.jaas.config={_SCRAM} required;"]
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, "listeners=" + ",".join(listeners), extra]) + "\n")
        properties = [("org.slf4j.simpleLogger.defaultLogLevel", "warn")]
        super().__init__("kafka", directory, name, memory, ["kafka.Kafka", self.config_path], properties)
        if not os.path.isdir(self.data):
            scram = [part for user, password in (users or {}).items()
                     for part in ("--add-scram", f"SCRAM-SHA-256=[name={user},password={password}]")]
            cluster = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]  # "-" would be an option
            done = run([*java(self.jars, "256m", properties), "kafka.tools.StorageTool", "format", "-t", cluster, "-c",
                        self.config_path, *scram])
            if done.returncode:
                raise RuntimeError(f"kafka.tools.StorageTool: {done.stdout}{done.stderr}")

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def secure_bootstrap(self):
        return f"127.0.0.1:{self.secure_port}"

    def start(self, ready_within=90.0):
        """Starts it and waits until it leads its partitions: an open port alone is not ready."""
        super().start()
        wait_for(self.answers, ready_within, lambda: f"{self.name} answers\n{self.tail()}", 0.1)
        return self

    def answers(self):
        if not self.alive():
            raise RuntimeError(f"{self.name} ended with {self.returncode}\n{self.tail()}")
        try:
            metadata = self.admin().list_topics(timeout=1)
        except KafkaException:
            return False
        return bool(metadata.brokers) and all(part.leader >= 0 for topic in metadata.topics.values()
                                              for part in topic.partitions.values())

    def admin(self):
        """One for all calls: what one was asked for ends with it."""
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        return self._admin

    def create(self, topic, partitions=1, **config):
        """Makes a topic; config: its options, `_` for `.`, e.g. retention_ms=1000."""
        options = {key.replace("_", "."): str(value) for key, value in config.items()}
        self.admin().create_topics([NewTopic(topic, partitions, 1, config=options)])[topic].result(30)
        wait_for(lambda: self.answers() and topic in self.admin().list_topics(timeout=5).topics, 30, f"topic {topic}")

    def delete(self, topic):
        self.admin().delete_topics([topic])[topic].result(30)

    def add_partitions(self, topic, total):
        self.admin().create_partitions([NewPartitions(topic, total)])[topic].result(30)

    def ends(self, topic):
        """{partition: (first offset, offset behind the last)}"""
        consumer = self.consumer()
        try:
            parts = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            return {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10) for p in parts}
        finally:
            consumer.close()

    def produce(self, topic, records, **config):
        """Writes records: (key, value) or (key, value, headers[, partition[, time_ms]]); returns when all are
        acknowledged."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "linger.ms": 5,
                             "queue.buffering.max.messages": 1000000, "log_level": 0, **config})
        failed = []

        def done(problem, _):
            if problem is not None:
                failed.append(problem)

        for key, value, *rest in records:
            headers, partition, time_ms = (list(rest) + [None, None, None])[:3]
            more = {"partition": partition} if partition is not None else {}
            if time_ms is not None:
                more["timestamp"] = time_ms
            while True:
                try:
                    producer.produce(topic, value=value, key=key, headers=headers, on_delivery=done, **more)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        if producer.flush(120) or failed:
            raise RuntimeError(f"not written: {failed[:3]}, {len(producer)} in the queue")

    def consumer(self, **config):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test-" + uuid.uuid4().hex, "log_level": 0,
                         "enable.auto.commit": False, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 50, **config})

    def read(self, topic, deadline=60.0, **config):
        """All records of the topic up to its end as of now (of committed ones, with isolation_level=
        "read_committed"), in the order of each partition."""
        ends = {p: high for p, (low, high) in self.ends(topic).items() if high > low}
        options = {"isolation.level": "read_uncommitted", "enable.partition.eof": True,
                   **{key.replace("_", "."): value for key, value in config.items()}}
        consumer = self.consumer(**options)
        records = []
        try:
            consumer.assign([TopicPartition(topic, p, 0) for p in ends])
            open_, until = set(ends), time.monotonic() + deadline
            while open_:
                if time.monotonic() > until:
                    raise TimeoutError(f"{topic}: {len(records)} records read, partitions {open_} not to their end")
                for record in consumer.consume(5000, 0.2):
                    if record.error() is None:
                        records.append(record)
                    elif record.error().code() == -191:  # _PARTITION_EOF
                        open_.discard(record.partition())
        finally:
            consumer.close()
        return records


def start_kafka(directory, **options):
    """A running, answering Kafka; options as of Kafka."""
    return Kafka(directory, **options).start()
