/**
 * npm-shrinkwrap.json of the published package: the versions and hashes of package-lock.json that a user needs, so that an
 * installation gets what was tested. No registry is named in it: each user's npm has its own, and the hashes hold for any.
 */
interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly resolved?: string;
  readonly devDependencies?: object;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface LockFile {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
  readonly [field: string]: unknown;
}

/** Needs the canvas of this checkout (`reports/png/canvas-shim`); where it is absent, chart.js draws directly. */
const OF_THE_CHECKOUT = new Set(['chartjs-node-canvas']);

/**
 * npm installs every platform's programs that a shrinkwrap names, and none that it does not name: so those of the systems on
 * which canaryproof is used, and no others.
 */
function isForUsers({ os, cpu }: LockedPackage): boolean {
  const fits = (given: readonly string[] | undefined, used: readonly string[]) =>
    given === undefined || given.some((name) => used.includes(name));
  return fits(os, ['linux', 'darwin']) && fits(cpu, ['x64', 'arm64']);
}

/** @throws Error when a package of a user's has no hash: what is installed then would be anybody's. Pure. */
export function shrinkwrapOf(lock: LockFile): LockFile {
  const { '': root, ...others } = lock.packages;
  if (root === undefined) throw new Error('the lock file names no package of its own');
  const { devDependencies: _forDevelopment, optionalDependencies = {}, ...own } = root;
  const optional = Object.fromEntries(
    Object.entries(optionalDependencies).filter(([name]) => !OF_THE_CHECKOUT.has(name)),
  );
  const wanted = Object.entries(others).filter(
    ([where, locked]) =>
      where.startsWith('node_modules/') &&
      !locked.dev &&
      !locked.devOptional &&
      !locked.link &&
      isForUsers(locked) &&
      !OF_THE_CHECKOUT.has(where.slice('node_modules/'.length)),
  );
  const unhashed = wanted.find(([, { integrity }]) => integrity === undefined);
  if (unhashed) throw new Error(`${unhashed[0]} has no hash in the lock file`);
  return {
    ...lock,
    packages: {
      '': { ...own, ...(Object.keys(optional).length > 0 ? { optionalDependencies: optional } : {}) },
      ...Object.fromEntries(wanted.map(([where, { resolved: _anyRegistry, ...locked }]) => [where, locked])),
    },
  };
}
