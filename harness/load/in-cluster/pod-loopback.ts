/** A program of this machine as if it were in a pod: ports of the pod's loopback address become forwarded ones. Pure. */
const LOOPBACK = /\b127\.0\.0\.1:(\d{1,5})\b/g;

/** Ports of the loopback address that the arguments name, each once. */
export function loopbackPorts(argv: readonly string[]): readonly number[] {
  return [...new Set(argv.flatMap((word) => [...word.matchAll(LOOPBACK)].map(([, port]) => Number(port))))];
}

/** The arguments with every such port replaced by the one that leads to it. */
export function withForwardedPorts(argv: readonly string[], forwarded: ReadonlyMap<number, number>): readonly string[] {
  return argv.map((word) =>
    word.replaceAll(LOOPBACK, (whole, port: string) => {
      const to = forwarded.get(Number(port));
      return to === undefined ? whole : `127.0.0.1:${to}`;
    }),
  );
}
