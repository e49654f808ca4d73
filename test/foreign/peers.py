"""A peer of the rendezvous and its streams (PROTOCOL.md, JOIN, DISC, DIAL and PS)."""

import asyncio
import os

from socketio import Socket

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
FRAME_BYTES = 65_536


class Refused(Exception):
    pass


def base58(data):
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, digit = divmod(value, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def lines(text):
    """DISC-14"""
    prefix = ""
    for line in text.split("\n") if text else []:
        if line.endswith("/"):
            prefix = line
        else:
            yield prefix + line


class Stream:
    """Both halves of a dial (DIAL-2): it reads one stream of PS and writes the other."""

    def __init__(self, socket, reads, writes):
        self._socket, self._reads, self._writes = socket, reads, writes
        self._accepted = asyncio.get_running_loop().create_future()
        self._arrived = asyncio.Queue()
        socket.on[f"socket.io-pull-stream.accept.{writes}"] = self._on_accept

    def _on_accept(self, *_):
        if not self._accepted.done():
            self._accepted.set_result(None)

    def start(self):
        """The other side's half has a route: what it writes may come."""
        take = self._arrived.put_nowait
        self._socket.on[f"socket.io-pull-stream.queue.{self._reads}"] = lambda frame: take(frame)
        self._socket.on[f"socket.io-pull-stream.error.{self._reads}"] = lambda end: take((end,))
        self._socket.emit(f"socket.io-pull-stream.accept.{self._reads}")

    async def write(self, data):
        await asyncio.wait_for(self._accepted, 10)
        for at in range(0, len(data), FRAME_BYTES):
            self._socket.emit(f"socket.io-pull-stream.queue.{self._writes}", data[at : at + FRAME_BYTES])

    async def end(self):
        """No more is written. Reading goes on (PS-51)."""
        await asyncio.wait_for(self._accepted, 10)
        self._socket.emit(f"socket.io-pull-stream.error.{self._writes}", True)

    async def read_all(self):
        """What comes until the clean end; `Refused` for any other (PS-21)."""
        data = b""
        while True:
            frame = await asyncio.wait_for(self._arrived.get(), 10)
            if isinstance(frame, tuple):
                if frame[0] is True:
                    return data
                raise Refused(frame[0])
            data += frame


class Peer:
    """`peers` is what `ss-peers` tells, `announced` what `ws-peer` does, `left` what `ss-left` does."""

    @classmethod
    async def connect(cls, port):
        self = cls()
        self.peers, self.announced, self.left, self.dialled = set(), [], [], asyncio.Queue()
        self.listed = False
        self.socket = Socket(
            {
                "ws-peer": self.announced.append,
                "ss-left": self.left.append,
                "ss-peers": self._peers,
                "ss-incomming": self._incoming,
            }
        )
        await self.socket.connect(port, {})
        return self

    async def join(self, address, key=None, *options):
        """Joins and answers with the address, to which the peer id of `key` is added (JOIN-4, JOIN-6 to JOIN-8)."""
        if key:
            public = b"\x08\x01\x12\x20" + key.public
            address += "/ipfs/" + base58(b"\x00\x24" + public)
        answer = await self._ask("ss-join", address, public.hex() if key else "", *options)
        if key and len(answer) < 3:
            assert answer[1].startswith(f"socket-star join 1 {address.replace('/ipfs/', '/p2p/')} ")
            answer = await self._ask("ss-join", address, key.sign(answer[1].encode()).hex(), *options)
        assert "peers" in answer[3]["features"]
        return address

    async def watch(self):
        await self._ask("ss-watch")

    async def dial(self, source, target):
        id = os.urandom(16).hex()
        stream = Stream(self.socket, f"{id}.listener", f"{id}.dialer")
        await self._ask("ss-dial", source, target, id)
        stream.start()
        return stream

    async def _ask(self, event, *args):
        answer = await self.socket.ask(event, *args)
        if answer and answer[0] is not None:
            raise Refused(answer[0])
        return answer

    def _peers(self, told):
        """DISC-4, DISC-5"""
        if "all" in told:
            self.listed = True
            self.peers = set(lines(told["all"]))
        else:
            assert told["v"] == self._version + 1
            self.peers = self.peers - set(lines(told["drop"])) | set(lines(told["add"]))
        self._version = told["v"]

    def _incoming(self, id, source, *rest):
        """DIAL-5, DIAL-6"""
        stream = Stream(self.socket, f"{id}.dialer", f"{id}.listener")
        stream.start()
        rest[-1]()
        self.dialled.put_nowait((source, stream))
