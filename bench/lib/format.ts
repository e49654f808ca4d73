import type { Spread } from './stats.ts'

const BYTES_PER_MB = 1e6
const SIGNIFICANT_DIGITS = 3

/** A figure with three digits that mean something: `0.0123`, `1.23`, `123`, `12.3k`, `1.23M`. */
export function formatFigure(figure: number): string {
  if (!Number.isFinite(figure)) return '-'
  const size = Math.abs(figure)
  if (size >= 1e6) return `${digits(figure / 1e6)}M`
  if (size >= 1e4) return `${digits(figure / 1e3)}k`
  return digits(figure)
}

function digits(figure: number): string {
  const size = Math.abs(figure)
  if (size === 0) return '0'
  const before = Math.floor(Math.log10(size)) + 1
  return figure.toFixed(Math.min(6, Math.max(0, SIGNIFICANT_DIGITS - before)))
}

/** `12.3`, or `-` where there is none. */
export function formatMedian(spread: Spread | undefined): string {
  return spread === undefined ? '-' : formatFigure(spread.median)
}

/** `12.3 (11.9..12.6)`: the median and all rounds around it. */
export function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return '-'
  const { median, min, max } = spread
  return min === max
    ? formatFigure(median)
    : `${formatFigure(median)} (${formatFigure(min)}..${formatFigure(max)})`
}

/** Bytes as MB. */
export function formatMegabytes(spread: Spread | undefined): string {
  return spread === undefined ? '-' : Math.round(spread.median / BYTES_PER_MB).toString()
}
