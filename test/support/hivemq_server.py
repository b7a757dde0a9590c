"""A real HiveMQ CE for the tests. It lets everybody in; its Receive Maximum is 10 unless it is told another one, and a session
that has 1000 messages waiting loses what comes then."""
import os

from java_server import JavaServer
from mosquitto import answers_connect
from processes import free_port, wait_for

# The jar is the embedded edition: its own main lets nobody in. Compiled in memory by java's launcher.
_LAUNCH = """
import com.hivemq.embedded.EmbeddedHiveMQ;
import java.nio.file.Path;
class Launch {
  public static void main(String[] a) throws Exception {
    var server = EmbeddedHiveMQ.builder().withConfigurationFolder(Path.of(a[0], "conf"))
        .withDataFolder(Path.of(a[0], "data")).withExtensionsFolder(Path.of(a[0], "extensions")).build();
    server.start().join();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop().join()));
    Thread.currentThread().join();
  }
}
"""


class HiveMq(JavaServer):
    """Listens on 127.0.0.1:port. What it was given stays over a kill."""

    def __init__(self, directory, name="hivemq", receive_maximum=10):
        self.port = free_port()
        directory = os.path.join(str(directory), name)
        for folder in ("conf", "data", "extensions"):
            os.makedirs(os.path.join(directory, folder), exist_ok=True)
        launch = os.path.join(directory, "Launch.java")
        with open(launch, "w", encoding="ascii") as file:
            file.write(_LAUNCH)
        with open(os.path.join(directory, "conf", "config.xml"), "w", encoding="ascii") as file:
            file.write('<?xml version="1.0"?>\n<hivemq><listeners><tcp-listener>'
                       f"<port>{self.port}</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>"
                       f"<mqtt><receive-maximum><server-receive-maximum>{receive_maximum}</server-receive-maximum>"
                       "</receive-maximum></mqtt>"
                       "<persistence><mode>file</mode></persistence>"
                       "<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>\n")
        super().__init__("hivemq", directory, name, "256m", [launch, directory])

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self, ready_within=90.0):
        super().start()
        wait_for(lambda: answers_connect(self), ready_within, lambda: f"{self.name} answers a CONNECT\n{self.tail()}", 0.1)
        return self

