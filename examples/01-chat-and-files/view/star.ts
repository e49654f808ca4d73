import { numberOf } from '../names.ts'

const POINTS = [4, 5, 6, 7, 8]
const OUTER = 11

/** The outline of a person's star, around 0,0 in a box of 24: the id decides on points and waist. */
export function starPath(peerId: string, scale = 1): string {
  const number = numberOf(peerId)
  const points = POINTS[number % POINTS.length] ?? 5
  const inner = OUTER * (0.34 + ((number >>> 8) % 4) * 0.07)
  const corners = Array.from({ length: points * 2 }, (_, index) => {
    const radius = (index % 2 === 0 ? OUTER : inner) * scale
    const angle = (Math.PI * index) / points - Math.PI / 2
    return `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`
  })
  return `M${corners.join('L')}Z`
}

/** The hue of a person's star, 0 to 359; the stylesheet decides how light and strong it is. */
export function hueOf(peerId: string): number {
  return ((numberOf(peerId) >>> 3) % 12) * 30
}

/** Draws a person's star into an svg of the page. */
export function drawStar(svg: SVGSVGElement, peerId: string): void {
  const path = document.createElementNS(svg.namespaceURI, 'path')
  path.setAttribute('d', starPath(peerId))
  svg.replaceChildren(path)
  svg.style.setProperty('--hue', String(hueOf(peerId)))
}
