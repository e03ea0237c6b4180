/** Gives equal keys one result, which `make` makes once: of a large site most points and inlets are alike. */
export function createMemo<Made>(): (key: string, make: () => Made) => Made {
  const made = new Map<string, Made>()
  return (key, make) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const fresh = make()
    made.set(key, fresh)
    return fresh
  }
}
