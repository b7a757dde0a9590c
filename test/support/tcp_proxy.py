"""A TCP proxy in a thread of the test: its target moves at run time, its connections can be dropped, reset or
swallowed. For "the broker moved to another port" and for networks that fail without a word."""
import asyncio
import socket
import struct
import threading


class TcpProxy:
    """Listens on 127.0.0.1:port from the constructor on. target is (host, port) or a port. All methods may be called
    from any thread and return when done. watch(link, from_client, data), if given, sees what passes, before it does."""

    def __init__(self, target, port=0, watch=None):
        self._watch = watch
        self._target = self._address(target)
        self._links = set()
        self._loop = asyncio.new_event_loop()
        self._refuse = self._blackhole = False
        self.connections = self.bytes_up = self.bytes_down = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy", daemon=True)
        self._thread.start()
        self._server = self._call(self._listen(port))
        self.port = self._server.sockets[0].getsockname()[1]

    @staticmethod
    def _address(target):
        return ("127.0.0.1", target) if isinstance(target, int) else tuple(target)

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _listen(self, port):
        return await self._loop.create_server(lambda: _Side(self, None), "127.0.0.1", port, backlog=256)

    def set_target(self, target, drop=True):
        """New connections go to `target`; the old ones are dropped unless told otherwise."""
        self._target = self._address(target)
        if drop:
            self.drop()

    def drop(self):
        """Closes all connections in an orderly way (FIN)."""
        self._call(self._end(False))

    def reset(self):
        """Closes all connections with RST."""
        self._call(self._end(True))

    def refuse(self, on=True):
        """While on, every new connection is reset at once; the ones there are live on."""
        self._refuse = on

    def blackhole(self, on=True):
        """While on, nothing passes in either direction, and no connection ends: a cable pulled out."""
        self._call(self._swallow(on))

    @property
    def open_connections(self):
        return len(self._links)

    def close(self):
        async def end():
            self._server.close()
            await self._end(True)

        if self._thread.is_alive():
            self._call(end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    async def _end(self, reset):
        for side in list(self._links):
            side.end(reset)

    async def _swallow(self, on):
        self._blackhole = on
        for side in list(self._links):
            for one in (side, side.other):
                if one is not None:
                    one.hold(on)


class _Side(asyncio.Protocol):
    """One end of a link: the client's (other is made by connecting), or the target's."""

    def __init__(self, proxy, other):
        self.proxy, self.other, self.transport, self.early = proxy, other, None, bytearray()
        self.is_client, self.ended = other is None, False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.is_client:
            self.other.other = self
            transport.write(bytes(self.other.early))
            self.other.early.clear()
            if self.other.ended:
                transport.close()
            if self.proxy._blackhole:
                self.hold(True)
            return
        self.proxy.connections += 1
        if self.proxy._refuse:
            self._abort()
            return
        self.proxy._links.add(self)
        if self.proxy._blackhole:
            self.hold(True)
        self.proxy._loop.create_task(self._connect())

    async def _connect(self):
        try:
            await self.proxy._loop.create_connection(lambda: _Side(self.proxy, self), *self.proxy._target)
        except OSError:
            self._abort()

    def data_received(self, data):
        if self.proxy._watch is not None:
            self.proxy._watch(self if self.is_client else self.other, self.is_client, data)
        if self.is_client:
            self.proxy.bytes_up += len(data)
        else:
            self.proxy.bytes_down += len(data)
        if self.other is None:
            self.early += data
        elif not self.other.ended:
            self.other.transport.write(data)

    # Back pressure: a slow reader on one side stops the reading on the other.
    def pause_writing(self):
        self._flow(False)

    def resume_writing(self):
        self._flow(True)

    def _flow(self, go):
        if self.other is not None and self.other.transport is not None and not self.proxy._blackhole:
            self.other._reading(go)

    def hold(self, on):
        if self.transport is not None and not self.ended:
            self._reading(not on)

    def _reading(self, go):
        try:
            (self.transport.resume_reading if go else self.transport.pause_reading)()
        except RuntimeError:
            pass

    def connection_lost(self, error):
        self.ended = True
        self.proxy._links.discard(self)
        if self.other is not None and not self.other.ended and self.other.transport is not None:
            if error is None:
                self.other.transport.close()
            else:
                self.other._abort()

    def end(self, reset):
        for side in (self, self.other):
            if side is not None and side.transport is not None and not side.ended:
                side._abort() if reset else side.transport.close()

    def _abort(self):
        raw = self.transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
