import { contentOf } from '../sim/packets.ts'
import { type Packet, Pipe } from '../sim/pipe.ts'
import { Tab } from '../sim/tab.ts'

/** The keys of all objects that leave clients in simulation, or come to them, on connections and in what their tabs store. */
export class Keys {
  readonly seen = new Set<string>()
  readonly #carry = Pipe.prototype.carry
  readonly #hide = Tab.prototype.hide

  constructor() {
    const keys = this
    Pipe.prototype.carry = function (this: Pipe, ...args: Parameters<Pipe['carry']>) {
      const packet: Packet = args[2]
      keys.#note(contentOf(packet))
      return keys.#carry.apply(this, args)
    }
    Tab.prototype.hide = function (this: Tab) {
      const storage = keys.#hide.call(this)
      for (const text of storage.values()) keys.#note(text)
      return storage
    }
  }

  stop(): void {
    Pipe.prototype.carry = this.#carry
    Tab.prototype.hide = this.#hide
  }

  #note(value: unknown): void {
    if (typeof value === 'string') this.#read(value)
    else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      if (!Array.isArray(value)) for (const key of Object.keys(value)) this.seen.add(key)
      for (const each of Object.values(value)) this.#note(each)
    }
  }

  /** Messages are texts within frames. */
  #read(text: string): void {
    if (!/^[[{]/.test(text)) return
    try {
      this.#note(JSON.parse(text))
    } catch {
      // the application's own text
    }
  }
}
