/** Whether a port of the loopback address can be listened on. */
import net from 'node:net';
import { environmentError } from '../../harness/errors/harness-error.ts';

/** @throws HarnessError PORT_TAKEN */
export async function requireFreePort(port: number, option: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, resolve);
  }).catch((cause: unknown) => {
    throw environmentError('PORT_TAKEN', `port ${port} of 127.0.0.1 cannot be listened on`, {
      where: option,
      hint: `Choose another with ${option}, or leave it out and any free one is taken. Who has it: ss -ltnp sport = :${port}`,
      cause,
    });
  });
  await new Promise((resolve) => server.close(resolve));
}
