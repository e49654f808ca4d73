/** A column: its title, above which `group` may stand for several neighbours, and how it is aligned. */
export interface Column {
  readonly title: string
  readonly group?: string
  readonly align?: 'left' | 'right'
}

const GAP = '  '

/** Lays out a table for a terminal, or anything else with letters of one width. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  )
  const groups = groupLine(columns, widths)
  const head = line(
    columns,
    widths,
    columns.map(({ title }) => title),
  )
  const rule = '-'.repeat(Math.max(...[head, ...groups].map((text) => text.length)))
  return [...groups, head, rule, ...rows.map((row) => line(columns, widths, row))]
}

function line(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  const padded = columns.map(({ align }, index) => {
    const cell = cells[index] ?? ''
    const width = widths[index] ?? 0
    return align === 'left' ? cell.padEnd(width) : cell.padStart(width)
  })
  return padded.join(GAP).trimEnd()
}

/** Widens the last column of a group where its title needs the room, so that titles never collide. */
function groupLine(columns: readonly Column[], widths: number[]): string[] {
  if (columns.every(({ group }) => group === undefined)) return []
  let text = ''
  let position = 0
  for (let first = 0; first < columns.length; ) {
    const group = columns[first]?.group ?? ''
    let last = first
    while (group !== '' && columns[last + 1]?.group === group) last++
    const span = widths.slice(first, last + 1).reduce((sum, width) => sum + width + GAP.length, -GAP.length)
    const missing = group.length - span
    if (missing > 0) widths[last] = (widths[last] ?? 0) + missing
    const room = Math.max(span, group.length)
    text += `${' '.repeat(Math.max(0, position - text.length))}${group.padStart(room)}`
    position += room + GAP.length
    first = last + 1
  }
  return [text.trimEnd()]
}
