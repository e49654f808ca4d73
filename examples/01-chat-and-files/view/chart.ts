import { byId } from './dom.ts'
import { hueOf, starPath } from './star.ts'

const MAX_STARS = 16
const MAX_NAMES = 8
const CENTRE = { x: 160, y: 98 }
const ORBIT = { x: 104, y: 64 }

/** Somebody on the chart. */
export interface Star {
  readonly id: string
  readonly nick: string
  readonly reachable: boolean
  /** A file is on its way between this one and the server: `in` to them, `out` from them. */
  readonly moving: 'in' | 'out' | undefined
}

/**
 * The picture of what goes on: the server in the middle, everybody around it,
 * a line where there is a connection, and files moving along the lines. The
 * list below it says the same in words.
 */
export class Chart {
  readonly #svg = byId<SVGSVGElement>('chart')
  #shown = ''

  /** The first star is the person at this page. */
  show(stars: readonly Star[], online: boolean): void {
    const drawn = stars.slice(0, MAX_STARS)
    const state = JSON.stringify([drawn, online])
    if (state === this.#shown) return
    this.#shown = state
    const orbit = shape('ellipse', { class: 'orbit', cx: CENTRE.x, cy: CENTRE.y, rx: ORBIT.x, ry: ORBIT.y })
    const inner = shape('ellipse', { class: 'orbit', cx: CENTRE.x, cy: CENTRE.y, rx: 52, ry: 32 })
    const places = drawn.map((star, index) => ({ star, at: placeOf(index, drawn.length) }))
    const lines = places.map(({ star, at }) => lineTo(star, at, online))
    const hub = shape('circle', { class: online ? 'hub' : 'hub off', cx: CENTRE.x, cy: CENTRE.y, r: 7 })
    const figures = places.map(({ star, at }) => figure(star, at, drawn.length <= MAX_NAMES))
    const server = shape('text', { class: 'hub-name', x: CENTRE.x, y: CENTRE.y - 15 })
    server.textContent = 'server'
    this.#svg.replaceChildren(orbit, inner, ...lines, hub, server, ...figures)
  }
}

/** Around the ellipse, the first one at the left. */
function placeOf(index: number, count: number): { x: number; y: number } {
  const angle = Math.PI + (2 * Math.PI * index) / count
  return { x: CENTRE.x + ORBIT.x * Math.cos(angle), y: CENTRE.y + ORBIT.y * Math.sin(angle) }
}

function lineTo({ reachable, moving }: Star, at: { x: number; y: number }, online: boolean): SVGElement {
  const kind = !online ? 'off' : reachable ? 'on' : 'dim'
  const line = shape('line', { class: `ray ${kind}`, x1: CENTRE.x, y1: CENTRE.y, x2: at.x, y2: at.y })
  if (moving !== undefined && online) line.classList.add('moving', moving)
  return line
}

function figure(
  { id, nick, reachable }: Star,
  { x, y }: { x: number; y: number },
  named: boolean,
): SVGElement {
  const group = shape('g', { class: reachable ? 'star' : 'star off', transform: `translate(${x} ${y})` })
  group.style.setProperty('--hue', String(hueOf(id)))
  group.append(shape('circle', { r: 13 }), shape('path', { d: starPath(id, 0.85) }))
  if (named) {
    const name = shape('text', { y: 25 })
    name.textContent = nick.length > 16 ? `${nick.slice(0, 15)}…` : nick
    group.append(name)
  }
  return group
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}
