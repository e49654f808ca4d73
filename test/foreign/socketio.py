"""Socket.IO 5 on Engine.IO 4 on a WebSocket: one namespace, the default parser, nothing but the standard library."""

import asyncio
import base64
import json
import os
import re
import traceback


def take_out(value, binaries, name=str):
    """A copy in which placeholders stand for the bytes, which go to `binaries`; `name` renames what keys there are."""
    if isinstance(value, bytes):
        binaries.append(value)
        return {"_placeholder": True, "num": len(binaries) - 1}
    if isinstance(value, dict):
        return {name(key): take_out(item, binaries, name) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [take_out(item, binaries, name) for item in value]
    return value


def put_back(value, binaries, name=str):
    """The other way round."""
    if isinstance(value, dict):
        if value.get("_placeholder") is True:
            return binaries[value["num"]]
        return {name(key): put_back(item, binaries, name) for key, item in value.items()}
    if isinstance(value, list):
        return [put_back(item, binaries, name) for item in value]
    return value


def dump(value):
    return json.dumps(value, separators=(",", ":"))


class Socket:
    """One connection. `on[event]` is called with the arguments, and with a function to answer with if there is one."""

    def __init__(self, on):
        loop = asyncio.get_running_loop()
        self.on = on
        self.closed = loop.create_future()
        self._ready = loop.create_future()
        self._writer, self._partial = None, None
        self._answers, self._last_id = {}, 0

    async def connect(self, port, auth):
        self._auth = auth
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        self._writer.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert b" 101 " in await self._reader.readuntil(b"\r\n\r\n")
        self._task = asyncio.create_task(self._read())
        await asyncio.wait({self._ready, self.closed}, return_when=asyncio.FIRST_COMPLETED)

    def cut(self):
        """The TCP connection is gone, and what was under way with it."""
        if not self.closed.done():
            self.closed.set_result(None)
            if self._writer:
                self._writer.transport.abort()

    def emit(self, event, *args):
        self._packet(2, "", [event, *args])

    async def ask(self, event, *args):
        """Emits and waits for the list of arguments that the acknowledgement has."""
        self._last_id += 1
        self._answers[self._last_id] = answer = asyncio.get_running_loop().create_future()
        self._packet(2, self._last_id, [event, *args])
        return await asyncio.wait_for(answer, 10)

    def _packet(self, kind, number, data):
        binaries = []
        data = take_out(data, binaries)
        self._text(f"4{kind + 3}{len(binaries)}-{number}{dump(data)}" if binaries else f"4{kind}{number}{dump(data)}")
        for each in binaries:
            self._frame(2, each)

    def _text(self, text):
        self._frame(1, text.encode())

    def _frame(self, opcode, data):
        size = len(data)
        if size < 126:
            head = bytes([0x80 | opcode, 0x80 | size])
        elif size < 65_536:
            head = bytes([0x80 | opcode, 0x80 | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([0x80 | opcode, 0x80 | 127]) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        masked = int.from_bytes(data, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        if not self.closed.done():
            self._writer.write(head + mask + masked.to_bytes(size, "big"))

    async def _read(self):
        whole = b""
        try:
            while not self.closed.done():
                first, second = await self._reader.readexactly(2)
                size = second & 127
                if size > 125:
                    size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
                data = await self._reader.readexactly(size)
                opcode = first & 15
                # what was buffered when the connection was cut never came
                if opcode == 8 or self.closed.done():
                    break
                if opcode == 9:
                    self._frame(10, data)
                elif opcode < 3:
                    kind, whole = (opcode, data) if opcode else (kind, whole + data)
                    if first & 128:
                        self._message(whole.decode() if kind == 1 else whole)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception:
            traceback.print_exc()
        finally:
            self.cut()

    def _message(self, message):
        if isinstance(message, bytes):
            kind, number, data, count, binaries = self._partial
            binaries.append(message)
            if len(binaries) == count:
                self._take(kind, number, put_back(data, binaries))
        elif message[0] == "0":
            self._text("40" + dump(self._auth))
        elif message[0] == "2":
            self._text("3")
        elif message[:2] == "40":
            self._ready.set_result(None)
        elif message[:2] == "41":
            self.cut()
        elif message[0] == "4":
            count, number, text = re.fullmatch(r"4\d(?:(\d+)-)?(\d*)(.*)", message, re.S).groups()
            kind, data = int(message[1]), json.loads(text)
            if kind > 4:
                self._partial = kind - 3, number, data, int(count), []
            else:
                self._take(kind, number, data)

    def _take(self, kind, number, data):
        if kind == 3:
            self._answers.pop(int(number)).set_result(data)
        elif data[0] in self.on:
            answer = [lambda *args: self._packet(3, number, args)] if number else []
            self.on[data[0]](*data[1:], *answer)
