const MIN_SPAN_MS = 10_000
const MAX_SPAN_MS = 40_000
const MARGIN = { left: 4, right: 10, top: 12, bottom: 22 }

/** One number: when the server counted it and when it came, both on this page's clock. */
interface Point {
  readonly number: number
  readonly sentAt: number
  readonly cameAt: number
}

/**
 * Numbers over time, one dot each. The faint line is when the server counted,
 * the dots are when they came: while the connection is gone the dots stop, and
 * when it is back they climb through every number that they missed.
 */
export class Chart {
  readonly #canvas: HTMLCanvasElement
  #points: Point[] = []
  /** From when to when there was no session. */
  #gaps: { from: number; to: number }[] = []
  readonly #began = performance.now()
  /** The smallest difference between the two clocks that was seen. */
  #offset = Number.POSITIVE_INFINITY

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
  }

  add(number: number, atMs: number): void {
    const now = performance.now()
    this.#offset = Math.min(this.#offset, now - atMs)
    this.#points.push({ number, sentAt: atMs + this.#offset, cameAt: now })
  }

  connected(isConnected: boolean): void {
    const now = performance.now()
    const last = this.#gaps.at(-1)
    const isOpen = last?.to === Number.POSITIVE_INFINITY
    if (isConnected && last !== undefined && isOpen) last.to = now
    const hasBegun = this.#points.length > 0
    if (!isConnected && !isOpen && hasBegun) this.#gaps.push({ from: now, to: Number.POSITIVE_INFINITY })
  }

  /** A new session begins at 1. */
  restart(): void {
    this.#points = []
    this.#offset = Number.POSITIVE_INFINITY
  }

  draw(): void {
    const canvas = this.#canvas
    const { clientWidth: width, clientHeight: height } = canvas
    const scale = devicePixelRatio
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale)
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale)
    const pen = canvas.getContext('2d')
    if (pen === null) return
    pen.setTransform(scale, 0, 0, scale, 0, 0)
    pen.clearRect(0, 0, width, height)

    const now = performance.now()
    const spanMs = Math.min(Math.max(now - this.#began, MIN_SPAN_MS), MAX_SPAN_MS)
    const from = now - spanMs
    this.#points = this.#points.filter(({ cameAt }) => cameAt > from - 1_000)
    this.#gaps = this.#gaps.filter(({ to }) => to > from)
    const lowest = this.#points[0]?.number ?? 0
    const highest = Math.max(this.#points.at(-1)?.number ?? 0, lowest + spanMs / 200)
    const x = (at: number): number =>
      MARGIN.left + ((at - from) / spanMs) * (width - MARGIN.left - MARGIN.right)
    const y = (number: number): number =>
      height -
      MARGIN.bottom -
      ((number - lowest) / (highest - lowest)) * (height - MARGIN.top - MARGIN.bottom)

    const colour = (name: string): string => getComputedStyle(canvas).getPropertyValue(name)
    pen.fillStyle = colour('--bad-sheet')
    for (const gap of this.#gaps) {
      const left = Math.max(x(gap.from), 0)
      pen.fillRect(left, 0, Math.min(x(gap.to), width) - left, height)
    }
    pen.strokeStyle = colour('--edge')
    pen.lineWidth = 2
    pen.beginPath()
    for (const { number, sentAt } of this.#points) pen.lineTo(x(sentAt), y(number))
    pen.stroke()
    pen.fillStyle = colour('--ink')
    for (const { number, cameAt } of this.#points) {
      pen.beginPath()
      pen.arc(x(cameAt), y(number), 1.6, 0, 2 * Math.PI)
      pen.fill()
    }
    pen.fillStyle = colour('--soft')
    pen.font = '12px system-ui, sans-serif'
    pen.textAlign = 'right'
    pen.fillText('now', width - MARGIN.right, height - 7)
    pen.textAlign = 'left'
    pen.fillText(`${Math.round(spanMs / 1_000)} seconds ago`, MARGIN.left + 4, height - 7)
  }
}
