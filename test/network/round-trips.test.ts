import { expect } from 'chai'
import { Flights } from './flights.ts'
import { Scene } from './scene.ts'
import { until } from './until.ts'

describe('what a resume costs, in round trips', () => {
  let scene: Scene
  afterEach(() => scene.close())

  it('SES-19 HS-7 one after Socket.IO has connected again: then the server’s messages are there, and the client’s', async () => {
    scene = await Scene.open()
    const { proxy, star, site } = scene
    await scene.traffic.run(50)
    await Promise.all([star.flush(), site.session?.flush()])
    const arrived: Record<string, number> = {}
    let flight = 0
    star.on('connect', () => (arrived.connect ??= flight))
    star.on('resume', () => (arrived.resume ??= flight))
    star.on('missed', () => (arrived.down ??= flight))
    site.session?.on('missed', () => (arrived.up ??= flight))
    const flights = new Flights(proxy, (n) => {
      flight = n
    })
    proxy.newest?.cut()
    await until(() => !star.isConnected() && site.session?.isConnected() === false)
    star.emit('missed')
    site.session?.emit('missed')
    await flights.until(() => arrived.up !== undefined && arrived.down !== undefined)
    const { connect = Number.NaN, resume, down, up } = arrived
    expect({ resume, down, up }).to.deep.equal({ resume: connect + 2, down: connect + 2, up: connect + 3 })
    // let what still comes go
    flights.release()
    await scene.traffic.run(100)
    await scene.expectSound(100)
  })
})
