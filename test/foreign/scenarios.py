"""What `foreign.test.ts` runs against a real server: `python3 scenarios.py <name> <port> [<address>]`."""

import asyncio
import os
import random
import sys

from channel import PING
from ed25519 import Key
from peers import Peer
from peers import Refused as PeerRefused
from session import Refused, Session, merge, new_token


async def until(holds, what="this"):
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(f"waited in vain for {what}")


async def refusal(of):
    """What an awaitable was refused with."""
    try:
        await of
    except (Refused, PeerRefused) as refused:
        return refused.args[0]
    raise AssertionError("it was not refused")


def said(session, event):
    return [args for name, *args in session.heard if name == event]


async def talks(port):
    ours = Session(port)
    assert await ours.connect() == "new"
    assert ours.welcome["v"] == 1 and ours.welcome["id"] and ours.welcome["renewed"] is None
    everything = [
        [1, -1.5, None, True, "ü€😀\ud800", {"_placeholder": True, "num": 0}, [[]]],
        [{"_placeholder": 7, "__placeholder": b"\0\xff"}, [b"", b"x" * 1_000]],
        ["x" * 200_000],
        [bytes([n]) for n in range(10)],
        [],
    ]
    for args in everything:
        ours.emit("echo", *args)
    await until(lambda: len(said(ours, "echo")) == len(everything), "echoes")
    assert said(ours, "echo") == everything
    assert await ours.ask("greet", "Ada") == ["hello Ada"]
    assert (await refusal(ours.ask("fail"))).startswith("ERR_REMOTE: ")
    assert (await refusal(ours.ask("what"))).startswith("ERR_REMOTE: ")
    ours.on["double"] = lambda number: 2 * number
    ours.emit("ask", "double", 21)
    ours.emit("ask", "what")
    await until(lambda: len(said(ours, "answered")) == 2, "answers")
    assert sorted(said(ours, "answered"), key=str) == [["ERR_REMOTE"], [42]]


async def cuts(port):
    ours = Session(port)
    await ours.connect()
    emitted, asked = 0, []
    for turn in range(20):
        ours.emit("count", 300)
        for _ in range(150):
            ours.emit("echo", emitted, "x" * random.randrange(2_000))
            emitted += 1
        asked.append(asyncio.create_task(ours.ask("greet", turn)))
        await asyncio.sleep(random.random() / 50)
        ours.socket.cut()
        # while it is away
        ours.emit("echo", emitted, "")
        emitted += 1
        assert await ours.connect() == "resumed"
        # and in the handshake
        if turn % 4 == 3:
            ours.socket.cut()
            again = asyncio.create_task(ours.connect())
            await asyncio.sleep(random.random() / 100)
            ours.socket.cut()
            await asyncio.wait({again})
            assert again.exception() is None or isinstance(again.exception(), (Refused, EOFError, OSError))
            assert await ours.connect() == "resumed"
    assert [each for [each] in await asyncio.gather(*asked)] == [f"hello {turn}" for turn in range(20)]
    await until(lambda: len(said(ours, "echo")) == emitted and len(said(ours, "tick")) == 6_000, "all of it")
    assert [number for number, _ in said(ours, "echo")] == list(range(emitted))
    assert [number for [number] in said(ours, "tick")] == list(range(300)) * 20
    await until(lambda: not ours.channel.unacknowledged, "acknowledgements")


async def cycles(port):
    ours = Session(port)
    await ours.connect()
    for turn in range(10):
        ours.emit("count", 500)
        for number in range(100):
            ours.emit("echo", 100 * turn + number, "x" * 1_000)
        await asyncio.sleep(random.random() / 50)
        older = ours.socket
        # it carries the session meanwhile
        assert await ours.connect() == "resumed"
        ours.emit("count", 0)
        await asyncio.wait_for(older.closed, 5)
    await until(lambda: len(said(ours, "echo")) == 1_000 and len(said(ours, "tick")) == 5_000, "all of it")
    assert [number for number, _ in said(ours, "echo")] == list(range(1_000))
    assert [number for [number] in said(ours, "tick")] == list(range(500)) * 10


async def renewed(port):
    ours = Session(port, token=merge(new_token(), new_token()))
    assert await ours.connect() == "renewed" and ours.welcome["renewed"] == "unknown" and ours.lost == []
    ours.socket.cut()
    assert await ours.connect() == "resumed"
    ours.socket.cut()
    forgotten, ours.token = ours.token, merge(ours.token, new_token())
    ours.emit("echo", "lost")
    assert await ours.connect() == "renewed" and ours.lost == [["echo", "lost"]]
    assert ours.token not in (forgotten, None)
    ours.emit("echo", "here")
    await until(lambda: said(ours, "echo") == [["here"]], "an echo")


async def rooms(port):
    away, there = Session(port), Session(port)
    for session in (away, there):
        await session.connect()
        await until(lambda: "lobby" in session.rooms, "the lobby")
    there.emit("say", 0, b"\1\2")
    await until(lambda: said(away, "said") == [[0, b"\1\2"]], "a live message")
    away.socket.cut()
    for number in range(1, 601):
        there.emit("say", number, *([bytes([number % 256])] if number % 50 == 0 else []))
    assert await there.ask("greet", "Ada") == ["hello Ada"]
    assert await away.connect() == "resumed"
    for number in range(601, 700):
        there.emit("say", number)
    for session in (away, there):
        await until(lambda: said(session, "said")[-1:] == [[699]], "the last message")
        assert [number for number, *_ in said(session, "said")] == list(range(700))
    away.socket.cut()
    for number in range(700, 2_000):
        there.emit("say", number)
    assert await there.ask("greet", "Ada") == ["hello Ada"]
    await away.connect()
    await until(lambda: said(away, "said")[-1:] == [[1_999]], "what the history has")
    numbers = [number for number, *_ in said(away, "said")[700:]]
    # the offset of what was said last before the gap is that number and 1
    assert said(away, "gap") == [["lobby", numbers[0]]] and numbers == list(range(numbers[0], 2_000))
    assert len(numbers) == 1_024


async def silent(port):
    """With a server that asks after 200 ms, and waits as long."""
    ours = Session(port)
    await ours.connect()
    asked, receive = [], ours.channel.receive
    ours.channel.receive = lambda path, head, *rest: (asked.append(head[0] == PING), receive(path, head, *rest))
    await until(lambda: sum(asked) >= 4, "heartbeats")
    assert not ours.socket.closed.done()
    ours.channel.mute()
    await asyncio.wait_for(ours.socket.closed, 5)
    assert [close[:2] for close in ours.closes] == [("timeout", True)]


async def ends(port):
    ours = Session(port)
    await ours.connect()
    await ours.end()
    ended = await refusal(ours.connect())
    assert ended[:2] == ("ended", False)
    assert ended[2].startswith("ERR_SESSION_REFUSED: ")

    theirs = Session(port)
    await theirs.connect()
    theirs.emit("leave")
    await asyncio.wait_for(theirs.socket.closed, 5)
    assert "formal" in theirs.closes

    wrong = Session(port)
    await wrong.connect()
    wrong.socket.emit("dop", new_token())
    await asyncio.wait_for(wrong.socket.closed, 5)
    assert wrong.closes[0][0] == "protocol" and wrong.closes[0][2].startswith("ERR_HANDSHAKE: ")
    assert await wrong.connect() == "resumed"
    wrong.socket.emit("star", [0, 1.5], ["x"])
    await asyncio.wait_for(wrong.socket.closed, 5)
    assert wrong.closes[1][0] == "protocol" and wrong.closes[1][2].startswith("ERR_BAD_FRAME: ")
    assert await wrong.connect() == "resumed"

    late = Session(port, wrong.token, wrong.owner)
    assert (await refusal(late.connect()))[0] == "stale"
    other = Session(port, wrong.token)
    other.channel = wrong.channel
    assert await other.connect() == "resumed"
    await until(lambda: wrong.closes[2:], "the takeover")
    assert wrong.closes[2][0] == "replaced"


async def proven(port, theirs):
    """With a peer of another language at `theirs`: it sends back what comes, dials us, and leaves."""
    base = theirs.split("/p2p/")[0]
    key, ours = Key(), await Peer.connect(port)
    assert (await refusal(ours.join(theirs))).startswith("ERR_KEY_REQUIRED: ")
    assert (await refusal(ours.watch())).startswith("ERR_NOT_JOINED: ")
    address = await ours.join(base, key)
    await ours.watch()
    assert theirs in ours.peers
    await until(lambda: ours.peers == {theirs, address.replace("/ipfs/", "/p2p/")}, "our own")
    data = os.urandom(1_000_000)
    stream = await ours.dial(address, theirs)
    await stream.write(data)
    await stream.end()
    assert await stream.read_all() == data
    print("dial us", flush=True)
    source, stream = await asyncio.wait_for(ours.dialled.get(), 10)
    # in the spelling that we joined with (ADDR-3)
    assert source == theirs.replace("/p2p/", "/ipfs/")
    await stream.write(bytes(reversed(await stream.read_all())))
    await stream.end()
    print("leave", flush=True)
    await until(lambda: theirs not in ours.peers, "a delta")
    assert (await refusal(ours.dial(address, theirs))).startswith("ERR_PEER_NOT_FOUND: ")
    ours.socket.emit("ss-leave", address)
    assert (await refusal(ours.dial(address, address))).startswith("ERR_NOT_JOINED: ")


async def unproven(port):
    """With a server without the challenge."""
    one, two, three = [await Peer.connect(port) for _ in range(3)]
    base = "/ip4/127.0.0.1/tcp/1/ws/p2p-websocket-star/ipfs/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5"
    first = await one.join(base + "N", None, {"watch": True})
    assert one.listed
    await until(lambda: one.peers == {first.replace("/ipfs/", "/p2p/")}, "our own")
    second = await two.join(base + "P")
    await until(lambda: second.replace("/ipfs/", "/p2p/") in one.peers, "a delta")
    # who has not asked to watch is told one by one
    third = await three.join(base + "Q")
    await until(lambda: two.announced == [third], "an announcement")
    stream = await two.dial(second, first)
    source, back = await asyncio.wait_for(one.dialled.get(), 10)
    assert source == second
    await back.end()
    assert await stream.read_all() == b""
    await stream.write(b"still open")
    await stream.end()
    assert await back.read_all() == b"still open"
    # the newest has the address
    await three.join(first)
    await until(lambda: one.left == [first.replace("/ipfs/", "/p2p/")], "the loss")
    stream = await two.dial(second, third)
    three.socket.cut()
    assert (await refusal(stream.read_all())).startswith("ERR_STREAM_RESET: ")


name, port, *rest = sys.argv[1:]
asyncio.run(globals()[name](int(port), *rest))
