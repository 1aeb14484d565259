/** Remembers what was made under each key: what several claims of a run share, the first that asks makes for all. */
export function createOnce(): <Made>(key: unknown, make: () => Made) => Made {
  const made = new Map<unknown, unknown>();
  return <Made>(key: unknown, make: () => Made): Made => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as Made;
  };
}
