/** A real HTTP server on 127.0.0.1 that answers as one of several versions, drawn anew for every request (seeded). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface SplitServer extends AsyncDisposable {
  readonly url: string;
  /** Requests answered so far, by version. */
  readonly answered: Readonly<Record<string, number>>;
}

/** @param shares version -> share, summing to 1; answers name it in `X-Version` and in the JSON body */
export async function startSplitServer(shares: Readonly<Record<string, number>>, seed: number): Promise<SplitServer> {
  const random = xoroshiro128plus(seed);
  const arms = Object.entries(shares);
  const answered: Record<string, number> = Object.fromEntries(arms.map(([name]) => [name, 0]));
  const draw = () => {
    let rest = uniformFloat64(random);
    for (const [name, share] of arms) {
      rest -= share;
      if (rest < 0) return name;
    }
    return arms.at(-1)?.[0] ?? '';
  };
  const server = createServer((_, response) => {
    const version = draw();
    answered[version] = (answered[version] ?? 0) + 1;
    response.setHeader('X-Version', version);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ service: { version } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    answered,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
