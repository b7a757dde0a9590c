#!/usr/bin/env python3
"""A stand-in for ThingsBoard's MQTT transport (device and gateway API), with the habits a real server was seen to
have: value rules, lost records, closed connections, PUBACKs out of order. For tests and for the demo.

Prints one JSON line with its ports when ready, {"mqtt":P,"http":P}. Stopped by SIGTERM; with --db what was stored
survives even a SIGKILL. Example:
  thingsboard_standin.py --token secret:room-1 --gateway-token gate --db tb.log shuffle=40 lose=0.01
"""
import argparse
import asyncio
import json
import os
import signal
import ssl
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from thingsboard_board import SWITCHES, Board  # noqa: E402
from thingsboard_http import HttpDoor  # noqa: E402
from thingsboard_session import Session  # noqa: E402


def named(text, default=None):
    token, _, device = text.partition(":")
    return token, device or default or token


def arguments(argv=None):
    switches = "\n".join(f"  {name:20} {text} (default {value!r})" for name, (value, text) in SWITCHES.items())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="switches, NAME=VALUE, also by POST /switch?NAME=VALUE:\n" + switches)
    parser.add_argument("--port", type=int, default=0, help="of MQTT on 127.0.0.1; 0: any free one")
    parser.add_argument("--http-port", type=int, default=0, help="of the tests' side door")
    parser.add_argument("--token", action="append", default=[], metavar="TOKEN[:DEVICE]")
    parser.add_argument("--gateway-token", action="append", default=[], metavar="TOKEN[:DEVICE]")
    parser.add_argument("--db", help="append what is stored to this file, and read it back at start")
    parser.add_argument("--dump", help="write what is stored to this file (JSON lines) when stopped")
    parser.add_argument("--tls-cert", help="speak TLS only, with this certificate")
    parser.add_argument("--tls-key")
    parser.add_argument("--tls-ca", help="accept client certificates of this CA; their CN stands for the token")
    parser.add_argument("switch", nargs="*", metavar="NAME=VALUE")
    return parser.parse_args(argv)


def tls(options):
    if not options.tls_cert:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert, options.tls_key)
    if options.tls_ca:
        context.load_verify_locations(options.tls_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


async def end_silent_sessions(board):
    """Closes what was silent for inactivity_s, as ThingsBoard does after 600 s."""
    while True:
        limit = board.switches["inactivity_s"]
        await asyncio.sleep(min(1.0, limit / 4))
        for session in list(board.sessions.values()):
            if time.monotonic() - session.heard > limit:
                session.close("inactivity", 0x83)


async def serve(options):
    switches = dict(text.split("=", 1) for text in options.switch)
    board = Board(dict(map(named, options.token)), dict(named(text, "gateway") for text in options.gateway_token),
                  options.db, switches)
    loop = asyncio.get_running_loop()
    mqtt = await loop.create_server(lambda: Session(board), "127.0.0.1", options.port, ssl=tls(options), backlog=512)
    http = await asyncio.start_server(HttpDoor(board).serve, "127.0.0.1", options.http_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    cleaner = asyncio.create_task(end_silent_sessions(board))
    print(json.dumps({"mqtt": mqtt.sockets[0].getsockname()[1], "http": http.sockets[0].getsockname()[1]}), flush=True)
    await stop.wait()
    cleaner.cancel()
    for session in list(board.connections):
        session.close(None)
    board.store_late(everything=True)
    mqtt.close()
    http.close()
    if options.dump:
        with open(options.dump, "w", encoding="utf-8") as file:
            for row in board.store.points():
                file.write(json.dumps(row) + "\n")


def main():
    options = arguments()
    try:
        asyncio.run(serve(options))
    except ValueError as error:
        sys.exit(f"thingsboard_standin: {error}")


if __name__ == "__main__":
    main()
