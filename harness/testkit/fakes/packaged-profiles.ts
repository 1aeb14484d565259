/** Profiles of the package, read once a process: tests put other parts beside theirs, and change none of them. */
import { packageRoot } from '../../process/package-root.ts';
import { loadProfile } from '../../profile/load-profile.ts';
import type { Profile } from '../../profile/profile.ts';

const loaded = new Map<string, Promise<Profile>>();

/** @throws as loadProfile; whoever writes to what this returns gets a TypeError */
export function packagedProfile(name: string): Promise<Profile> {
  const root = packageRoot();
  const known = loaded.get(name) ?? loadProfile(name, { packageRoot: root, workingDirectory: root }).then(frozen);
  loaded.set(name, known);
  return known;
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
