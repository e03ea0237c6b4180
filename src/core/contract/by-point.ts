/**
 * Per point, the numbers of those that name it; `pointsOf` has the points of each, -1 for none. Points that nobody
 * names share one empty list, and a list of one takes the room of one: there are as many as points.
 */
export function listsByPoint(points: number, pointsOf: readonly Iterable<number>[]): readonly (readonly number[])[] {
  const none: number[] = []
  const lists = new Array<number[]>(points).fill(none)
  for (const [number, named] of pointsOf.entries()) {
    for (const point of named) {
      if (point < 0) continue
      if (lists[point] === none) lists[point] = [number]
      else lists[point]!.push(number)
    }
  }
  return lists
}
