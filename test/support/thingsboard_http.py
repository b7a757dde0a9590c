"""The ThingsBoard stand-in's side door for tests, over HTTP on loopback: GET /stats, /dump, /latest, /attributes,
/switches and POST /switch, /kick. It is no part of ThingsBoard's own HTTP API."""
import asyncio
import json
from urllib.parse import parse_qsl, urlsplit


class HttpDoor:
    def __init__(self, board):
        self.board = board

    async def serve(self, reader, writer):
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    async def _one(self, reader, writer):
        line = (await reader.readline()).decode("latin-1").split()
        if len(line) != 3:
            return False
        length, keep = 0, line[2] == "HTTP/1.1"
        while True:
            header = (await reader.readline()).decode("latin-1").strip()
            if not header:
                break
            name, _, value = header.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "connection" and value.strip().lower() == "close":
                keep = False
        if length:
            await reader.readexactly(length)
        target = urlsplit(line[1])
        query = parse_qsl(target.query, keep_blank_values=True)
        status, body, lines = self._route(line[0], target.path, query)
        if lines is not None:
            await self._stream(writer, lines)
            return False
        raw = (json.dumps(body) + "\n").encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n"
                     f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n".encode() + raw)
        await writer.drain()
        return keep

    def _route(self, method, path, query):
        """Returns (status line, body, None), or (_, _, iterator of rows) for an answer of JSON lines."""
        board, named = self.board, dict(query)
        if (method, path) == ("GET", "/stats"):
            return "200 OK", board.stats(), None
        if (method, path) == ("GET", "/dump"):
            return "200 OK", None, list(board.store.points(named.get("device"), named.get("key")))
        if (method, path) == ("GET", "/latest"):
            return "200 OK", board.store.latest_points(named.get("device", "")), None
        if (method, path) == ("GET", "/attributes"):
            return "200 OK", {"stored": board.store.attributes, "writes": board.store.attribute_writes}, None
        if (method, path) == ("GET", "/switches"):
            return "200 OK", board.switches, None
        if (method, path) == ("POST", "/switch"):
            try:
                for name, value in query:
                    board.switch(name, value)
            except ValueError as error:
                return "400 Bad Request", {"error": str(error)}, None
            return "200 OK", board.switches, None
        if (method, path) == ("POST", "/kick"):
            sessions = list(board.sessions.values())
            for session in sessions:
                session.reset() if named.get("how") == "reset" else session.close("kicked")
            return "200 OK", {"kicked": len(sessions)}, None
        return "404 Not Found", {"error": f"nothing at {method} {path}"}, None

    @staticmethod
    async def _stream(writer, rows):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n")
        for at in range(0, len(rows), 2000):
            writer.write(("\n".join(map(json.dumps, rows[at:at + 2000])) + "\n").encode())
            await writer.drain()
