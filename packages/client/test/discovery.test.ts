import { randomBytes } from 'node:crypto'
import { type JoinOptions, joinStar, type Peer, type StarError, wrap } from '@socket-star/client'
import { parseAddress } from '@socket-star/protocol/address'
import { createNonce, encodeAddresses } from '@socket-star/protocol/rendezvous'
import { expect } from 'chai'
import type { Socket } from 'socket.io'
import { type FakeStar, fakeStar, next, type Received } from './support/fake-star.ts'
import { NOWHERE, newKey } from './support/keys.ts'
import { letIn } from './support/let-in.ts'
import { ManualTimers } from './support/manual-timers.ts'

const WATCHABLE = [[], { v: 1, features: ['later', 'peers'] }]
const address = (id: string, spelling = 'p2p') => `${NOWHERE}/${spelling}/${id}`

describe('discovery', () => {
  let star: FakeStar
  let timers: ManualTimers
  let ids: string[]
  before(async () => {
    ids = (await Promise.all(Array.from({ length: 6 }, newKey))).map(({ peerId }) => peerId)
  })
  beforeEach(async () => {
    star = await fakeStar()
    timers = new ManualTimers()
  })
  afterEach(() => star.close())

  const id = (index: number): string => ids[index] as string
  const join = async (socket = star.client(), options: JoinOptions = {}): Promise<Peer> => {
    const star_ = wrap(socket, { env: { timers, random: () => 0 } })
    return joinStar(star_, star.address, { ...(await newKey()), ...options })
  }
  /** What a peer is told, in words. */
  function heard(peer: Peer): string[] {
    const words: string[] = []
    peer.on('peer', (text) => words.push(`+${ids.findIndex((one) => text.endsWith(one))}`))
    peer.on('peer-gone', (text) => words.push(`-${ids.findIndex((one) => text.endsWith(one))}`))
    return words
  }
  /** Answers a watch as a server of ours does: the list, then the answer. */
  function answer({ args, socket }: Received, v: number, ...addresses: string[]): Socket {
    socket.emit('ss-peers', { v, all: encodeAddresses(addresses) })
    args[0](null)
    return socket
  }
  /** Resolves once the client has taken everything that a server-side socket sent so far. */
  async function delivered(socket: Socket, client: ReturnType<FakeStar['client']>): Promise<void> {
    const done = next(client, 'delivered')
    socket.emit('delivered')
    await done
  }

  it('DISC-1 JOIN-3 the peers of the reply are told of after the application could listen', async () => {
    letIn(star, { welcome: [[address(id(0), 'ipfs'), 'junk', 7, address(id(1))]] })
    const peer = await join()
    const words = heard(peer)
    expect(peer.peers.size).to.equal(0)
    timers.advance(0)
    expect(words).to.deep.equal(['+0', '+1'])
    expect([...peer.peers]).to.deep.equal([address(id(0)), address(id(1))])
  })

  it('DISC-1 DISC-4 a list that comes before the peers of the reply are told knows better than the reply', async () => {
    letIn(star, { welcome: [[address(id(0)), address(id(1))], WATCHABLE[1]] })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    const socket = answer(await star.nth('ss-watch', 1), 7, peer.address, address(id(0)), address(id(1)))
    socket.emit('ss-peers', { v: 8, add: address(id(2)), drop: address(id(1)) })
    await delivered(socket, client)
    timers.advance(0)
    expect(words).to.deep.equal(['+0', '+1', '-1', '+2'])
    expect([...peer.peers]).to.deep.equal([address(id(0)), address(id(2))])
  })

  it('DISC-4 DISC-5 watches a server of ours, and is told by a snapshot and deltas', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    // the own address is part of the list, and not of what the application is told
    const socket = answer(await star.nth('ss-watch', 1), 7, peer.address, address(id(0)), address(id(1)))
    socket.emit('ss-peers', { v: 8, add: address(id(2)), drop: address(id(0)) })
    socket.emit('ss-peers', { v: 8, add: address(id(5)), drop: '' })
    socket.emit('ss-peers', { v: 9, add: '', drop: address(id(1)) })
    await delivered(socket, client)
    expect(words).to.deep.equal(['+0', '+1', '-0', '+2', '-1'])
    expect([...peer.peers]).to.deep.equal([address(id(2))])
  })

  it('DISC-4 a peer that is told what is known amid a list and the changes behind it is told what they come to', async () => {
    const client = star.client()
    // announced while the join is on its way, so that something is known when it is answered
    const nonce = (canonical: string) => {
      star.sockets[0]?.emit('ws-peer', address(id(0)))
      return createNonce(canonical, randomBytes(32))
    }
    letIn(star, { nonce, welcome: WATCHABLE })
    const peer = await join(client)
    const words = heard(peer)
    const { args, socket } = await star.nth('ss-watch', 1)
    socket.emit('ss-peers', { v: 4, all: encodeAddresses([address(id(1))]) })
    await delivered(socket, client)
    timers.advance(0)
    socket.emit('ss-peers', { v: 5, add: address(id(0)), drop: address(id(1)) })
    args[0](null)
    await delivered(socket, client)
    expect([...peer.peers]).to.deep.equal([address(id(0))])
    expect(words).to.deep.equal(['+0'])
  })

  /** As a server of ours does: the list comes right before the answer to a join that asks for it. */
  function letInWithList(...addresses: string[]): void {
    letIn(star, {
      welcome: WATCHABLE,
      watched: (socket) => socket.emit('ss-peers', { v: 1, all: encodeAddresses(addresses) }),
    })
  }

  it('DISC-15 asks a server that showed itself to be ours for the list with the join', async () => {
    letInWithList(address(id(0)), address(id(1)))
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    // the application is told when it could listen, and of changes that came meanwhile
    star.sockets[0]?.emit('ss-peers', { v: 2, add: '', drop: address(id(0)) })
    await delivered(star.sockets[0] as Socket, client)
    expect(words).to.deep.equal([])
    timers.advance(0)
    expect(words).to.deep.equal(['+1'])
    expect(star.of('ss-join').map(({ args }) => args.length)).to.deep.equal([3, 4])
    expect(star.of('ss-join')[1]?.args[2]).to.deep.equal({ watch: true })
    expect(star.of('ss-watch')).to.have.length(0)
    // from then on it knows the server on this connection, and asks once for all its peers
    await join(client)
    expect(star.of('ss-join').map(({ args }) => args.length)).to.deep.equal([3, 4, 3, 3])
  })

  it('DISC-4 DISC-9 tells a peer that comes back the difference that an earlier list and the changes behind it make', async () => {
    const lists = [
      (socket: Socket) =>
        socket.emit('ss-peers', { v: 5, all: encodeAddresses([address(id(0)), address(id(1))]) }),
      (socket: Socket) => {
        // made before 1 was gone and 2 there, which the client knows of already
        socket.emit('ss-peers', { v: 4, all: encodeAddresses([address(id(0)), address(id(3))]) })
        socket.emit('ss-peers', { v: 5, add: address(id(1)), drop: address(id(3)) })
        socket.emit('ss-peers', { v: 6, add: address(id(2)), drop: address(id(0)) })
        socket.emit('ss-peers', { v: 7, add: address(id(4)), drop: '' })
        socket.emit('ss-peers', { v: 8, add: '', drop: address(id(4)) })
      },
    ]
    letIn(star, { welcome: WATCHABLE, watched: (socket) => lists.shift()?.(socket) })
    const peer = await join()
    const words = heard(peer)
    timers.advance(0)
    expect(words.splice(0)).to.deep.equal(['+0', '+1'])
    const again = new Promise<void>((resolve) => peer.once('rejoin', resolve))
    star.sockets[0]?.conn.close()
    await again
    expect(words).to.deep.equal(['-0', '+2'])
    expect([...peer.peers]).to.deep.equal([address(id(1)), address(id(2))])
  })

  it('JOIN-3 DISC-4 a peer of the reply that comes between a list without it and the answer stays told of', async () => {
    letIn(star, { welcome: [[address(id(0))], { v: 1, features: ['peers'] }] })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    answer(await star.nth('ss-watch', 1), 1, address(id(0)))
    await delivered(star.sockets[0] as Socket, client)
    timers.advance(0)
    const again = new Promise<void>((resolve) => peer.once('rejoin', resolve))
    star.sockets[0]?.conn.close()
    await again
    const { args, socket } = await star.nth('ss-watch', 2)
    // a list that it is not on yet, and on its way to the client the answer falls behind
    socket.emit('ss-peers', { v: 1, all: encodeAddresses([address(id(1))]) })
    await delivered(socket, client)
    timers.advance(0)
    args[0](null)
    socket.emit('ss-peers', { v: 2, add: address(id(0)), drop: '' })
    await delivered(socket, client)
    expect([...peer.peers].sort()).to.deep.equal([address(id(0)), address(id(1))].sort())
    expect(words.join(' ')).to.match(/^\+0 .*\+1/)
  })

  it('DISC-15 asks again with the first request when it left and joins again, and with the second after a reconnect', async () => {
    letInWithList(address(id(0)))
    const client = star.client()
    const first = await join(client)
    first.leave()
    const second = await join(client)
    expect(star.of('ss-join').map(({ args }) => args.length)).to.deep.equal([3, 4, 4, 4])
    const words = heard(second)
    timers.advance(0)
    expect(words).to.deep.equal(['+0'])
    const again = new Promise<void>((resolve) => second.once('rejoin', resolve))
    star.sockets[0]?.conn.close()
    await again
    expect(star.of('ss-join').map(({ args }) => args.length)).to.deep.equal([3, 4, 4, 4, 3, 4])
    expect(star.of('ss-watch')).to.have.length(0)
  })

  /** As a server of ours does that remembers the last changes of its only list, of which the first is version 1. */
  function letInWithChanges(all: readonly string[]): { change: (add: string, drop?: string) => void } {
    const changes: { v: number; add: string; drop: string }[] = []
    letIn(star, {
      welcome: WATCHABLE,
      watched: (socket, watch) => {
        const { id: known, v } = Object(watch) as { id?: string; v?: number }
        const since = known === 'a list' ? (v ?? 0) : 1
        if (known !== 'a list') socket.emit('ss-peers', { id: 'a list', v: 1, all: encodeAddresses(all) })
        for (const change of changes.slice(since - 1)) socket.emit('ss-peers', change)
        return changes.length + 1
      },
    })
    return {
      change: (add, drop = '') => {
        changes.push({ v: changes.length + 2, add, drop })
      },
    }
  }
  const wishes = () =>
    star.received.flatMap(({ event, args }) => {
      if (event === 'ss-watch') return [args.length > 1 ? args[0] : 'all']
      return event === 'ss-join' && args.length > 3 ? [args[2].watch] : []
    })

  it('DISC-16 asks for what changed since when it comes back, and tells that', async () => {
    const { change } = letInWithChanges([address(id(0)), address(id(1))])
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    timers.advance(0)
    expect(words.splice(0)).to.deep.equal(['+0', '+1'])
    const comeBack = async (): Promise<void> => {
      const again = new Promise<void>((resolve) => peer.once('rejoin', resolve))
      star.sockets.at(-1)?.conn.close()
      await again
    }
    change(address(id(2)), address(id(0)))
    change(address(id(3)))
    change('', address(id(3)))
    await comeBack()
    expect(words.splice(0)).to.deep.equal(['-0', '+2'])
    expect(wishes()).to.deep.equal([true, { id: 'a list', v: 1 }])
    // nothing changed meanwhile, and what changes then follows
    await comeBack()
    expect(wishes().at(-1)).to.deep.equal({ id: 'a list', v: 4 })
    const socket = star.sockets.at(-1) as Socket
    socket.emit('ss-peers', { v: 5, add: address(id(4)), drop: '' })
    await delivered(socket, client)
    expect(words).to.deep.equal(['+4'])
    expect(star.of('ss-watch')).to.have.length(0)
  })

  it('DISC-16 asks for what changed since when it left and joins again, and tells of all', async () => {
    const { change } = letInWithChanges([address(id(0)), address(id(1))])
    const client = star.client()
    const first = await join(client)
    first.leave()
    change(address(id(2)), address(id(0)))
    const second = await join(client)
    const words = heard(second)
    timers.advance(0)
    // with the request that is answered with a challenge, too: this server is known to be one of ours
    const known = { id: 'a list', v: 1 }
    expect(wishes()).to.deep.equal([true, known, known])
    expect(words).to.deep.equal(['+1', '+2'])
    expect([...second.peers]).to.deep.equal([address(id(1)), address(id(2))])
    expect(star.of('ss-watch')).to.have.length(0)
  })

  /** One who has version 1 of a list, missed changes, and asks again. */
  async function afterGap() {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    const { args, socket } = await star.nth('ss-watch', 1)
    socket.emit('ss-peers', { id: 'a list', v: 1, all: address(id(0)) })
    args[0](null, 1)
    socket.emit('ss-peers', { v: 4, add: '', drop: '' })
    await delivered(socket, client)
    timers.advance(1000)
    const second = await star.nth('ss-watch', 2)
    return { client, peer, words, socket, second }
  }

  it('DISC-16 asks for what changed since after a gap, in which a change may be on its way yet', async () => {
    const { client, words, socket, second } = await afterGap()
    expect(second.args[0]).to.deep.equal({ id: 'a list', v: 1 })
    for (const [v, n] of [
      [4, 4],
      [2, 2],
      [3, 3],
      [4, 4],
    ] as const) {
      socket.emit('ss-peers', { v, add: address(id(n)), drop: '' })
    }
    second.args[1](null, 4)
    await delivered(socket, client)
    expect(words).to.deep.equal(['+0', '+2', '+3', '+4'])
    socket.emit('ss-peers', { v: 5, add: address(id(5)), drop: '' })
    await delivered(socket, client)
    expect(words.slice(4)).to.deep.equal(['+5'])
  })

  it('DISC-16 asks for the whole list where what came is not what the server says', async () => {
    const { client, peer, words, socket, second } = await afterGap()
    const failure = new Promise<string>((resolve) => peer.once('error', ({ code }) => resolve(code)))
    second.args[1](null, 4)
    expect(await failure).to.equal('ERR_BAD_REQUEST')
    timers.advance(500)
    answer(await star.nth('ss-watch', 3), 9, address(id(1)))
    await delivered(socket, client)
    expect(words).to.deep.equal(['+0', '-0', '+1'])
  })

  /** Joined for the second time: a list from before is put aside, and now no list comes with the join. */
  async function joinedAgain(client = star.client(), sample: string[] = []): Promise<Peer> {
    let joins = 0
    const watched = (socket: Socket) => {
      if (joins++ > 0) return undefined
      socket.emit('ss-peers', { id: 'a list', v: 1, all: encodeAddresses([address(id(0)), address(id(1))]) })
      return 1
    }
    letIn(star, { welcome: [sample, { v: 1, features: ['peers'] }], watched })
    const first = await join(client)
    first.leave()
    return join(client)
  }

  it('DISC-16 tells of a list from before it left only when a server has confirmed that', async () => {
    const client = star.client()
    const second = await joinedAgain(client)
    const words = heard(second)
    const { args, socket } = await star.nth('ss-watch', 1)
    timers.advance(0)
    expect(words).to.deep.equal([])
    expect(args[0]).to.deep.equal({ id: 'a list', v: 1 })
    socket.emit('ss-peers', { v: 2, add: address(id(2)), drop: address(id(0)) })
    await delivered(socket, client)
    expect(words).to.deep.equal([])
    args[1](null, 2)
    await delivered(socket, client)
    expect(words).to.deep.equal(['+1', '+2'])
  })

  for (const [what, refuse] of [
    ['refuses that', ['ERR_BAD_REQUEST: the callback is missing']],
    ['takes no notice of it', [null]],
  ] as const) {
    it(`DISC-16 asks for the whole list when a server ${what}`, async () => {
      const client = star.client()
      const peer = await joinedAgain(client)
      const words = heard(peer)
      timers.advance(0)
      const first = await star.nth('ss-watch', 1)
      expect(first.args).to.have.length(2)
      const failure = new Promise((resolve) => peer.once('error', resolve))
      first.args[1](...refuse)
      await failure
      timers.advance(1000)
      const second = await star.nth('ss-watch', 2)
      expect(second.args).to.have.length(1)
      await delivered(answer(second, 3, address(id(1)), address(id(2))), client)
      expect(words).to.deep.equal(['+1', '+2'])
    })
  }

  it('DISC-16 asks once more for the changes alone when it was asked to wait', async () => {
    const peer = await joinedAgain()
    const failure = new Promise((resolve) => peer.once('error', resolve))
    const first = await star.nth('ss-watch', 1)
    first.args[1]('ERR_QUOTA: slow down')
    await failure
    timers.advance(1000)
    const second = await star.nth('ss-watch', 2)
    expect(second.args[0]).to.deep.equal({ id: 'a list', v: 1 })
  })

  it('DISC-16 tells of nobody who was there before when what comes instead of the changes cannot be read', async () => {
    const client = star.client()
    const peer = await joinedAgain(client)
    const words = heard(peer)
    const { args, socket } = await star.nth('ss-watch', 1)
    socket.emit('ss-peers', { v: 'x', add: '', drop: '' })
    await delivered(socket, client)
    const failure = new Promise((resolve) => peer.once('error', resolve))
    args[1]('ERR_QUOTA: slow down')
    await failure
    timers.advance(1000)
    expect((await star.nth('ss-watch', 2)).args).to.have.length(1)
    expect(words).to.deep.equal([])
  })

  it('JOIN-3 DISC-16 tells of the peers of the reply when the list that was on its way does not come', async () => {
    const client = star.client()
    const peer = await joinedAgain(client, [address(id(2))])
    const words = heard(peer)
    const { args } = await star.nth('ss-watch', 1)
    timers.advance(0)
    expect(words).to.deep.equal([])
    const failure = new Promise((resolve) => peer.once('error', resolve))
    args[1]('ERR_QUOTA: slow down')
    await failure
    expect(words).to.deep.equal(['+2'])
  })

  for (const how of ['left', 'taken by somebody else'] as const) {
    it(`DISC-13 asks again when its only address is ${how} while another one is being joined`, async () => {
      letInWithList(address(id(0)))
      const client = star.client()
      const first = await join(client)
      const joining = join(client)
      await star.nth('ss-join', 3)
      if (how === 'left') first.leave()
      else star.sockets[0]?.emit('ss-left', first.address)
      await joining
      await star.nth('ss-join', 4)
      const asks = star.received.filter(({ event, args }) => event === 'ss-watch' || args.length === 4)
      expect(asks).to.have.length(2)
    })
  }

  /** As a server of ours that has not decided yet about whoever asked for the list with the join. */
  function letInAllBut(): { held: Promise<(...answer: unknown[]) => void> } {
    const challenged = new Set<string>()
    let hold = (_reply: (...answer: unknown[]) => void): void => {}
    const held = new Promise<(...answer: unknown[]) => void>((resolve) => {
      hold = resolve
    })
    star.on('ss-join', ({ args }) => {
      const [text] = args
      const reply = args.at(-1)
      if (!challenged.has(text)) {
        challenged.add(text)
        reply(null, createNonce(parseAddress(text).canonical, randomBytes(32)))
      } else if (args.length === 4) hold(reply)
      else reply(null, null, ...WATCHABLE)
    })
    return { held }
  }

  it('DISC-15 asks with one of its joins at a time, and once more when that one is refused', async () => {
    const { held } = letInAllBut()
    const client = star.client()
    const refused = join(client).catch((error: StarError) => error.code)
    const answerFirst = await held
    const second = await join(client)
    await delivered(star.sockets[0] as Socket, client)
    expect(second.status).to.equal('joined')
    expect(star.of('ss-watch')).to.have.length(0)
    answerFirst('ERR_QUOTA: too many')
    expect(await refused).to.equal('ERR_QUOTA')
    answer(await star.nth('ss-watch', 1), 1, address(id(0)))
    await new Promise<void>((resolve) => second.once('peer', () => resolve()))
    expect(star.of('ss-join').filter(({ args }) => args.length === 4)).to.have.length(1)
  })

  it('DISC-4 DISC-15 a list whose join is given up amid it is told of with the next one', async () => {
    const { held } = letInAllBut()
    const client = star.client()
    const controller = new AbortController()
    const givenUp = join(client, { signal: controller.signal }).catch((error: StarError) => error.code)
    await held
    const peer = await join(client)
    const words = heard(peer)
    const socket = star.sockets[0] as Socket
    socket.emit('ss-peers', { v: 1, all: encodeAddresses([address(id(0))]) })
    await delivered(socket, client)
    controller.abort()
    expect(await givenUp).to.equal('ERR_ABORTED')
    socket.emit('ss-peers', { v: 2, add: address(id(1)), drop: address(id(0)) })
    answer(await star.nth('ss-watch', 1), 2, address(id(1)))
    await delivered(socket, client)
    timers.advance(0)
    expect(words).to.deep.equal(['+1'])
  })

  it('DISC-15 asks with no join while a list that it gave up may be on its way', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const first = await join(client)
    await star.nth('ss-watch', 1)
    first.leave()
    const second = await join(client)
    const { args, socket } = await star.nth('ss-watch', 2)
    expect(star.of('ss-join').map(({ args: { length } }) => length)).to.deep.equal([3, 4, 3, 3])
    // the first one's list; the second is refused, and asked for again
    socket.emit('ss-peers', { v: 1, all: encodeAddresses([address(id(0))]) })
    args[0]('ERR_QUOTA: too often')
    await delivered(socket, client)
    timers.advance(1_000)
    answer(await star.nth('ss-watch', 3), 2, address(id(1)))
    await delivered(socket, client)
    expect([...second.peers]).to.deep.equal([address(id(1))])
  })

  it('DISC-5 a peer that leaves at an event hears nothing more', async () => {
    letInWithList(address(id(0)), address(id(1)), address(id(2)))
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    timers.advance(0)
    peer.on('peer-gone', () => peer.leave())
    const socket = star.sockets[0] as Socket
    socket.emit('ss-peers', { v: 2, add: '', drop: encodeAddresses([address(id(0)), address(id(1))]) })
    await delivered(socket, client)
    expect(words.slice(3)).to.deep.equal(['-0'])
  })

  it('DISC-15 asks no legacy server, and watches where no list came with the join that can be read', async () => {
    letIn(star, { nonce: () => 'a legacy challenge', welcome: [[]] })
    const elsewhere = await join(star.client(), { allowLegacyChallenge: true })
    elsewhere.leave()
    expect(star.of('ss-join').map(({ args }) => args.length)).to.deep.equal([3, 3])
    letIn(star, { welcome: WATCHABLE, watched: (socket) => socket.emit('ss-peers', { v: 1, all: 7 }) })
    const peer = await join()
    const watch = await star.nth('ss-watch', 1)
    expect(peer.drops['bad-peers']).to.equal(1)
    answer(watch, 3, address(id(0)))
    await new Promise<void>((resolve) => peer.once('peer', () => resolve()))
    expect(timers.nextInMs).to.equal(undefined)
  })

  it('DISC-4 the peers of one socket share one watch', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const first = await join(client)
    const socket = answer(await star.nth('ss-watch', 1), 1, address(id(0)))
    await delivered(socket, client)
    const second = await join(client)
    timers.advance(0)
    expect([...second.peers]).to.deep.equal([address(id(0))])
    socket.emit('ss-peers', { v: 2, add: [first.address, second.address].join('\n'), drop: '' })
    await delivered(socket, client)
    expect(first.peers.has(second.address)).to.equal(true)
    expect(second.peers.has(first.address)).to.equal(true)
    expect(second.peers.has(second.address)).to.equal(false)
    expect(star.of('ss-watch')).to.have.length(1)
  })

  it('DISC-7 asks again after a gap, at most once a second, and takes no changes until then', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    const socket = answer(await star.nth('ss-watch', 1), 1, address(id(0)))
    for (let v = 3; v < 50; v += 2) socket.emit('ss-peers', { v, add: address(id(1)), drop: '' })
    await delivered(socket, client)
    expect(timers.nextInMs).to.equal(1000)
    timers.advance(999)
    await delivered(socket, client)
    expect(star.of('ss-watch')).to.have.length(1)
    timers.advance(1)
    answer(await star.nth('ss-watch', 2), 60, address(id(2)))
    socket.emit('ss-peers', { v: 61, add: address(id(3)), drop: '' })
    await delivered(socket, client)
    expect(words).to.deep.equal(['+0', '-0', '+2', '+3'])
    expect(star.of('ss-watch')).to.have.length(2)
  })

  it('DISC-7 DISC-10 a change that cannot be read is counted, and the list asked for again', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const socket = answer(await star.nth('ss-watch', 1), 1, address(id(0)))
    for (const junk of [null, 7, 'x', [], {}, { v: '2' }, { v: 2, add: [], drop: '' }, { __proto__: null }]) {
      socket.emit('ss-peers', junk)
    }
    await delivered(socket, client)
    // the first ends the following; what comes after it is not looked at
    expect(peer.drops['bad-peers']).to.equal(1)
    timers.advance(1000)
    await star.nth('ss-watch', 2)
    expect([...peer.peers]).to.deep.equal([address(id(0))])
  })

  it('DISC-7 a watch that fails is tried again with growing delays, and the application hears why', async () => {
    letIn(star, { welcome: WATCHABLE })
    const peer = await join()
    const failure = () => new Promise<string>((resolve) => peer.once('error', ({ code }) => resolve(code)))
    const quota = failure()
    ;(await star.nth('ss-watch', 1)).args[0]('ERR_QUOTA: slow down')
    expect(await quota).to.equal('ERR_QUOTA')
    expect(timers.nextInMs).to.equal(500)
    timers.advance(500)
    await star.nth('ss-watch', 2)
    const timeout = failure()
    timers.advance(10_000)
    expect(await timeout).to.equal('ERR_TIMEOUT')
    expect(timers.nextInMs).to.equal(1000)
    timers.advance(1000)
    const unreadable = failure()
    const third = await star.nth('ss-watch', 3)
    third.socket.emit('ss-peers', { v: 'not a number', all: '' })
    third.args[0](null)
    expect(await unreadable).to.equal('ERR_BAD_REQUEST')
    expect(peer.drops['bad-peers']).to.equal(1)
    expect(timers.nextInMs).to.equal(2000)
    timers.advance(2000)
    const missing = failure()
    ;(await star.nth('ss-watch', 4)).args[0](null)
    expect(await missing).to.equal('ERR_BAD_REQUEST')
  })

  it('DISC-7 a list that nobody waits for is not looked at', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const { args, socket } = await star.nth('ss-watch', 1)
    timers.advance(10_000)
    socket.emit('ss-peers', { v: 1, all: encodeAddresses([address(id(0))]) })
    args[0](null)
    await delivered(socket, client)
    expect(peer.peers.size).to.equal(0)
    timers.advance(500)
    answer(await star.nth('ss-watch', 2), 2, address(id(1)))
    await delivered(socket, client)
    expect([...peer.peers]).to.deep.equal([address(id(1))])
  })

  it('DISC-8 collects what a legacy server announces, and forgets who is not announced any more', async () => {
    letIn(star, { welcome: [[address(id(0), 'ipfs')]] })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    timers.advance(0)
    const [socket] = star.sockets as [Socket]
    const round = async (...indices: number[]) => {
      for (const index of indices) socket.emit('ws-peer', address(id(index), 'ipfs'))
      await delivered(socket, client)
      timers.advance(10_000)
    }
    await round(1)
    await round(1)
    await round(1)
    expect(words).to.deep.equal(['+0', '+1'])
    await round(1)
    expect(words).to.deep.equal(['+0', '+1', '-0'])
    expect(star.of('ss-watch')).to.have.length(0)
  })

  it('DISC-10 counts and drops an announcement that cannot be read', async () => {
    letIn(star, { welcome: [[]] })
    const client = star.client()
    const peer = await join(client)
    const [socket] = star.sockets as [Socket]
    const junk = [undefined, null, 7, {}, [], '', '/', 'x'.repeat(513), '__proto__', '/ip4/300.1.1.1/tcp/1']
    for (const one of junk) socket.emit('ws-peer', one)
    socket.emit('ws-peer')
    await delivered(socket, client)
    expect(peer.drops['bad-peer']).to.equal(junk.length + 1)
    expect(peer.peers.size).to.equal(0)
  })

  it('DISC-9 keeps the list over a lost connection until the next answer replaces it', async () => {
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const words = heard(peer)
    const first = await star.nth('ss-watch', 1)
    answer(first, 5, address(id(0)), address(id(1)))
    await delivered(first.socket, client)
    first.socket.conn.close()
    const second = await star.nth('ss-watch', 2)
    expect(words).to.deep.equal(['+0', '+1'])
    answer(second, 1, address(id(1)), address(id(2)))
    await delivered(second.socket, client)
    expect(words).to.deep.equal(['+0', '+1', '-0', '+2'])
  })

  it('DISC-6 a list with too many entries is cut, not choked on', async function () {
    this.timeout(20_000)
    letIn(star, { welcome: WATCHABLE })
    const client = star.client()
    const peer = await join(client)
    const forged = Array.from({ length: 120_000 }, (_, i) => `/ip4/10.0.0.1/tcp/1/ws/x${i}`).join('\n')
    const { args, socket } = await star.nth('ss-watch', 1)
    socket.emit('ss-peers', { v: 1, all: forged })
    args[0](null)
    socket.emit('ss-peers', { v: 2, add: forged, drop: '' })
    await delivered(socket, client)
    expect(peer.peers.size).to.equal(65_536)
  })
})
