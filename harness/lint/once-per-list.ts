/**
 * What is made of a list once, however often rules ask: a repository holds thousands of objects, and a rule that looks
 * through all of them for each of them takes minutes. Lists are never changed. Pure.
 */

export function oncePerList<Item, Made>(make: (items: readonly Item[]) => Made): (items: readonly Item[]) => Made {
  const known = new WeakMap<readonly Item[], Made>();
  return (items) => {
    const found = known.get(items);
    if (found !== undefined) return found;
    const made = make(items);
    known.set(items, made);
    return made;
  };
}

/** The items of a list by what `keysOf` says of each, in the order of the list. */
export function groupedBy<Item>(
  keysOf: (item: Item) => Iterable<string>,
): (items: readonly Item[]) => ReadonlyMap<string, readonly Item[]> {
  return oncePerList((items) => {
    const groups = new Map<string, Item[]>();
    for (const item of items)
      for (const key of new Set(keysOf(item))) {
        const group = groups.get(key);
        if (group) group.push(item);
        else groups.set(key, [item]);
      }
    return groups;
  });
}
