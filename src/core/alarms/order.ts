/** Where a state belongs: a site may have tens of thousands, and all become silent at once. */
export function placeByOrder(states: readonly { readonly order: number }[], order: number): number {
  let low = 0
  let high = states.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (states[middle]!.order < order) low = middle + 1
    else high = middle
  }
  return low
}
