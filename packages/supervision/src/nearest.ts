/** What was probably meant by a word that is unknown. */

/** The known word that is nearest, if it is near enough: it begins with the unknown one, or at most a third of its letters are others. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const longer = known.filter((one) => word.length > 2 && one.toLowerCase().startsWith(word.toLowerCase())).sort((a, b) => a.length - b.length)[0]
  if (longer !== undefined) return longer
  const near = known.map((one) => ({ one, distance: distance(word.toLowerCase(), one.toLowerCase()) })).sort((a, b) => a.distance - b.distance)[0]
  return near !== undefined && near.distance <= Math.max(1, Math.floor(near.one.length / 3)) ? near.one : undefined
}

/** How many letters must be changed, added, left out or swapped with the next. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      let least = Math.min((above[column] as number) + 1, (current[column - 1] as number) + 1, (above[column - 1] as number) + same)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) least = Math.min(least, (before[column - 2] as number) + 1)
      current.push(least)
    }
    before = above
    above = current
  }
  return above[b.length] as number
}
