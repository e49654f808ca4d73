"""The client's side of a session (PROTOCOL.md, HS, SES and ROOM)."""

import asyncio
import base64
import os

from channel import Channel, decode
from socketio import Socket

L = 22


def new_token():
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


def merge(one, other):
    """HS-3"""
    return "".join(sorted((one[:L], other[:L])))


class Refused(Exception):
    """The socket closed before it had the session; `args` is what `star-close` said."""


class Session:
    """`on[event]` is called with its arguments; what it returns answers a request. `heard` is all that came."""

    def __init__(self, port, token=None, owner=None):
        self.token, self.owner, self.attempt = token, owner or new_token(), 0
        self.on, self.heard, self.closes = {}, [], []
        self._port, self._last = port, 0
        self._begin()

    async def connect(self):
        """Opens a socket and gets the session onto it. Answers `new`, `resumed` or `renewed` (HS-6)."""
        self.attempt += 1
        announcement = [1, self.owner, self.attempt]
        self._how = asyncio.get_running_loop().create_future()
        self._local, self._remote, self._shown, self._connected = new_token(), None, self.token, False
        self.socket = socket = Socket(
            {
                "dop": self._dop,
                "star": lambda *frame: self.channel.receive(socket, *frame),
                "star-volatile": self._aside,
                "star-close": lambda reason, retryable, *error: self.closes.append((reason, retryable, *error)),
            }
        )
        await socket.connect(self._port, {"socket-star": announcement})
        if not self._shown:
            socket.emit("dop", self._local)
        await asyncio.wait({self._how, socket.closed}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        if not self._how.done():
            raise Refused(*self.closes[-1:])
        return self._how.result()

    def emit(self, event, *args):
        self.channel.send([event, *args])

    async def ask(self, event, *args):
        """A request (SES-8): the arguments of its response, or `Refused` with the text of its failure."""
        self._last += 1
        self._waiting[self._last] = answer = asyncio.get_running_loop().create_future()
        self.channel.send([1, self._last, event, *args])
        return await asyncio.wait_for(answer, 10)

    async def end(self):
        """HS-10"""
        self.socket.emit("dop", self.token)
        await asyncio.wait_for(self.socket.closed, 5)

    def _begin(self):
        self.welcome, self.rooms, self._waiting, self._asked, self._held = None, {}, {}, {}, []
        self.channel = Channel(self._deliver)

    def _dop(self, token, *_):
        """HS-6"""
        say = self.socket.emit
        if self._remote is None:
            self._remote = token
            say("dop", self._shown or self._local)
            if self._shown:
                self.channel.attach(self.socket)
            # a socket that is cut from here on may have a session (HS-15)
            self.token = self._shown or merge(self._local, token)
        elif self._connected:
            assert token == self.token
            self.closes.append("formal")
            self.socket.cut()
        elif token == self._shown:
            self._connected = True
            self.channel.attach(self.socket)
            for room in self.rooms:
                self._ask_room(room)
            self._how.set_result("resumed")
        else:
            assert token == self._remote
            self._connected = True
            if self._shown:
                say("dop", self._shown)
                self.token = merge(self._shown, token)
                # SES-16: what the application emitted
                self.lost = [each for each in self.channel.unacknowledged if isinstance(each[0], str)]
                self._begin()
            self.channel.attach(self.socket)

    def _welcomed(self, version, client, heartbeat_ms, most_bytes, renewed, *_):
        """Message 0, and again after a resume (SES-4)."""
        self.welcome = {"v": version, "id": client, "renewed": renewed}
        if not self._how.done():
            self._how.set_result("renewed" if self._shown else "new")

    def _deliver(self, message):
        kind, *rest = message
        if isinstance(kind, str):
            self.heard.append(message)
            if kind in self.on:
                self.on[kind](*rest)
        elif kind == 1:
            number, event, *args = rest
            if event in self.on:
                self.channel.send([2, number, None, self.on[event](*args)])
            else:
                self.channel.send([2, number, "ERR_REMOTE: nobody listens"])
        elif kind == 2 and rest[0] in self._waiting:
            number, failure, *answer = rest
            if failure is None:
                self._waiting.pop(number).set_result(answer)
            else:
                self._waiting.pop(number).set_exception(Refused(failure))
        elif kind == 3:
            room, epoch, offset, question, head, bodies = rest
            if question:
                self._answered(room, epoch, offset, question, head, bodies)
            elif self.rooms.setdefault(room, (epoch, offset)) != (epoch, offset):
                self._ask_room(room)
        elif kind == 4:
            self.rooms.pop(rest[0], None)
        elif kind == 5:
            self._welcomed(*rest)

    def _aside(self, *args):
        """SES-13: a message around the Channel, of a room (ROOM-3) or another one"""
        kind, *rest = args if isinstance(args[0], int) else decode(args[0])
        if kind == 3:
            room, epoch, before, _, _, (body,) = rest
            self._live(room, epoch, before + 1, body)
        else:
            self._deliver([kind, *rest])

    def _live(self, room, epoch, offset, body):
        """ROOM-3, ROOM-4, ROOM-7"""
        if room in self._asked:
            self._held.append((room, epoch, offset, body))
        elif room in self.rooms:
            known, position = self.rooms[room]
            if (known, position + 1) == (epoch, offset):
                self._take(room, epoch, offset, body)
            elif known != epoch or offset > position:
                self._ask_room(room)

    def _take(self, room, epoch, offset, body):
        """Answers with the next offset."""
        skipped = isinstance(body, int)
        self.rooms[room] = (epoch, offset + body - 1 if skipped else offset)
        if not skipped:
            self._deliver(body)
        return self.rooms[room][1] + 1

    def _ask_room(self, room):
        """ROOM-6"""
        self._last += 1
        self._asked[room] = self._last
        self.channel.send([3, room, *self.rooms[room], self._last])

    def _answered(self, room, epoch, offset, question, head, bodies):
        if room not in self.rooms or self._asked.get(room) != question:
            return
        del self._asked[room]
        if self.rooms[room] != (epoch, offset):
            self.heard.append(["gap", room, offset])
            self.rooms[room] = (epoch, offset)
        following = offset + 1
        for body in bodies:
            following = self._take(room, epoch, following, body)
        if following <= head:
            self._ask_room(room)
        held, self._held = self._held, []
        for item in held:
            self._live(*item)
