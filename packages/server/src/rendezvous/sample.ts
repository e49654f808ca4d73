/**
 * At most `count` different whole numbers below `size`, each set equally
 * likely, in random order (Floyd's algorithm: `count` draws whatever the size).
 */
export function sampleIndices(size: number, count: number, random: () => number): number[] {
  const wanted = Math.min(size, count)
  const picked = new Set<number>()
  for (let top = size - wanted; top < size; top += 1) {
    const draw = Math.floor(random() * (top + 1))
    picked.add(picked.has(draw) ? top : draw)
  }
  return shuffle([...picked], random)
}

function shuffle(numbers: number[], random: () => number): number[] {
  for (let last = numbers.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const kept = numbers[last] as number
    numbers[last] = numbers[other] as number
    numbers[other] = kept
  }
  return numbers
}
