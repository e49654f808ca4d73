"""The end of a Channel that a session's client has (PROTOCOL.md, CH): on in-order paths, after message 0."""

import asyncio
import json
import re

from socketio import dump, put_back, take_out

DATA, ACK, HELLO, PING, PONG = range(5)
HEARD, UNMET = 1, 2
WINDOW_MESSAGES, WINDOW_BYTES = 100, 100_000
FRAME_BYTES, FRAME_MESSAGES, FRAME_ATTACHMENTS = 65_536, 1_024, 10


def encode(message):
    """SES-12"""
    binaries = []
    text = dump(take_out(message, binaries, lambda key: re.sub("^(?=_+placeholder$)", "_", key)))
    return [text, *binaries] if binaries else dump(message)


def decode(payload):
    if isinstance(payload, str):
        return json.loads(payload)
    return put_back(json.loads(payload[0]), payload[1:], lambda key: re.sub("^_(?=_+placeholder$)", "", key))


def weigh(payload):
    """CH-2, SES-12: the UTF-16 units of the text, and the bytes."""
    text, *binaries = [payload] if isinstance(payload, str) else payload
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + sum(map(len, binaries))


class Channel:
    """`deliver` is called with each message, once and in order, message 0 included."""

    def __init__(self, deliver):
        self._deliver = deliver
        # sockets, and whether the server's HELLO has come there; what is new goes on the best one
        self._paths, self._best, self._peer = {}, None, 0
        # what came: up to which number, and how much of it (CH-5: -1 before message 0)
        self.received, self._bytes_in = -1, 0
        # what went: put into frames, acknowledged, how much, what may go
        self.sent, self.acked, self._bytes_out, self._credit = 0, 0, 0, (0, 0)
        self._frames, self._queue = [], []
        self._muted = False

    @property
    def unacknowledged(self):
        return [decode(each) for _, payloads in self._frames for each in payloads] + [decode(p) for p in self._queue]

    def attach(self, path):
        """Another socket has the session, or asks for it: says HELLO there (CH-4)."""
        heard = self._paths.setdefault(path, False)
        self._say(path, HELLO, HEARD if heard else 0, 1, self._peer, self.sent, self.acked)

    def mute(self):
        """Answers nothing any more."""
        self._muted = True

    def send(self, message):
        self._queue.append(encode(message))
        # what is emitted in one turn travels together
        asyncio.get_running_loop().call_soon(self._flush)

    def receive(self, path, head, payloads=()):
        kind, number, *rest = head
        if not (self._paths.get(path) or kind == HELLO):
            return
        if kind == HELLO:
            self._peer, _, sent, acked = rest[:4]
            rest = rest[4:]
            # CH-16
            assert acked <= self.received <= sent and self.acked <= rest[0] <= self.sent, head
        if rest:
            self._acknowledged(*rest)
        if kind == HELLO and not self._paths[path]:
            self._take_over(path, rest[0])
        if kind == HELLO and number & UNMET:
            self.attach(path)
        for at, payload in enumerate(payloads, number):
            if at <= self.received:
                continue
            assert at == self.received + 1, f"a gap before {at}"
            self.received = at
            self._bytes_in += weigh(payload)
            self._deliver(decode(payload))
        if kind == PING:
            self._say(path, PONG, number)
        if kind == PONG and path is not self._best:
            # nothing more comes there (CH-12), and what may be lost was sent again when it was taken over
            path.cut()
        self._flush()
        if payloads:
            self._say(self._best, ACK)

    def _take_over(self, path, received):
        """A path is live: it carries what is new, and all that the other side does not have (CH-12)."""
        self._paths = {each: heard for each, heard in self._paths.items() if not each.closed.done()}
        self._paths[path] = True
        if self._best in self._paths:
            self._say(self._best, PING, 0)
        self._best = path
        for first, frame in self._frames:
            if first + len(frame) - 1 > received:
                self._say(path, DATA, first, payloads=frame)

    def _acknowledged(self, received, acked, messages, size, *_):
        assert received <= self.sent and acked <= received
        self.acked = max(self.acked, acked)
        self._credit = max(self._credit[0], messages), max(self._credit[1], size)
        self._frames = [each for each in self._frames if each[0] + len(each[1]) - 1 > self.acked]

    def _flush(self):
        while self._best and self.received >= 0 and self._queue:
            frame, size, attachments = [], 0, 0
            # CH-3, CH-9
            while self._queue and self.sent + len(frame) < self._credit[0] and self._bytes_out < self._credit[1]:
                payload = self._queue[0]
                size += weigh(payload)
                attachments += 0 if isinstance(payload, str) else len(payload) - 1
                over = size > FRAME_BYTES or attachments > FRAME_ATTACHMENTS or len(frame) == FRAME_MESSAGES
                if frame and over:
                    break
                frame.append(self._queue.pop(0))
                self._bytes_out += weigh(payload)
            if not frame:
                return
            first = self.sent + 1
            self.sent += len(frame)
            self._frames.append((first, frame))
            self._say(self._best, DATA, first, payloads=frame)

    def _say(self, path, kind, number=0, *hello, payloads=None):
        # CH-18: HELLO, DATA, ACK, PING and PONG acknowledge here
        received = self.received
        credit = max(received, 0) + WINDOW_MESSAGES, self._bytes_in + WINDOW_BYTES
        head = [kind, number, *hello, received, received, *credit]
        if not self._muted:
            path.emit("star", head, *([payloads] if payloads else []))
