/** The claim and the repository of gridos, judged as they are and changed. For tests. */
import { collectRepository, type RepositoryFile } from '../../profile/collect-repository.ts';
import { withTextEdits } from '../../profile/edit-text.ts';
import type { Scene } from '../../scene/scene.ts';
import { packagedProfile } from '../../testkit/fakes/packaged-profiles.ts';
import type { InfrastructureClaim } from './infrastructure-claim.ts';
import { judgeInfrastructure } from './judge.ts';

export const RELEASE = '.github/workflows/release.yaml';
export const DEPLOY = '.github/workflows/deploy.yaml';
export const PROD = 'terraform/environments/prod';

export const profile = await packagedProfile('gridos');
export const FILES = await collectRepository(profile, async () => {
  throw new TypeError('gridos brings all of its files');
});
const claimed = profile.claims.find((claim): claim is InfrastructureClaim => claim.kind === 'infrastructure');
if (!claimed) throw new TypeError('gridos claims it');
export const CLAIM: InfrastructureClaim = claimed;

export const edit = (path: string, find: string, replace: string) => withTextEdits(FILES, path, [{ find, replace }]);
export const without = (path: string) => FILES.filter((file) => file.path !== path);

export async function judge(files: readonly RepositoryFile[], change: Partial<InfrastructureClaim> = {}) {
  const scene = { source: { files }, profile, now: () => 0, signal: new AbortController().signal };
  return judgeInfrastructure({ ...CLAIM, ...change }, scene as unknown as Scene);
}
export const codesOf = async (files: readonly RepositoryFile[], change: Partial<InfrastructureClaim> = {}) =>
  (await judge(files, change)).findings?.map(({ code, where }) => `${code} ${where}`);
