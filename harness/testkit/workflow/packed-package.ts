/** The package as a user gets it, packed once for the tests of a file. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { packageRoot } from '../../process/package-root.ts';

/** @returns the archive's path */
export function packPackage(folder: string): string {
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: packageRoot(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(said.slice(said.indexOf('['))) as [{ filename: string }];
  return path.join(folder, filename);
}

/** How a machine reaches its registry: certificates of its own, a proxy, another address. */
const WAY_OUT =
  /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|(?:https?|no)_proxy|npm_config_(?:registry|cafile|cache))$/i;

/** The machine's own Node, not that of this checkout. */
export function outsideEnvironment(): Record<string, string> {
  const root = packageRoot();
  const { HOME = '/root', PATH = '' } = process.env;
  const own = PATH.split(path.delimiter).filter((part) => !part.startsWith(root));
  return {
    HOME,
    LANG: 'C.UTF-8',
    PATH: own.join(path.delimiter),
    npm_config_prefer_offline: 'true',
    ...Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        value !== undefined && WAY_OUT.test(name) ? [[name, value]] : [],
      ),
    ),
    ...(process.env.CANARYPROOF_CACHE === undefined ? {} : { CANARYPROOF_CACHE: process.env.CANARYPROOF_CACHE }),
  };
}
