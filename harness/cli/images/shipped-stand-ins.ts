/** The application images of the profiles that ship with canaryproof, as their manifests name them. */
import { readFile } from 'node:fs/promises';
import type { Toolset } from '../../../clusters/toolchain/toolset.ts';
import type { ImageMapping } from '../../ports/cluster.ts';
import { packageRoot } from '../../process/package-root.ts';
import { collectRepository, type RepositoryFile } from '../../profile/collect-repository.ts';
import { listProfiles, loadProfile } from '../../profile/load-profile.ts';
import type { World } from '../world.ts';

/** Which images are replaced by the stand-in, and the references that name them. */
export interface StandInNames {
  readonly mappings: readonly ImageMapping[];
  readonly references: readonly string[];
}

/** Those of every profile that ships with the package, so that one set of images serves all of them. */
export async function shippedStandIns(world: World, toolset: Toolset): Promise<StandInNames> {
  const ports = { packageRoot: packageRoot(), workingDirectory: world.cwd };
  const found = await Promise.all(
    (await listProfiles(ports)).map(async (name): Promise<StandInNames> => {
      const profile = await loadProfile(name, ports);
      const files = await collectRepository(profile, (component, file) =>
        readFile(toolset.component(component).dataFile(file), 'utf8'),
      );
      return { mappings: profile.images, references: imageReferences(files) };
    }),
  );
  return {
    mappings: found.flatMap(({ mappings }) => mappings),
    references: found.flatMap(({ references }) => references),
  };
}

/** Every `image:` with a tag, wherever in a manifest it stands; what gets its tag later (Kustomize) is not named yet. */
function imageReferences(files: readonly RepositoryFile[]): readonly string[] {
  const found = files
    .filter(({ path }) => /\.ya?ml$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/^[\s-]*image:\s*["']?([^\s"'#]+)/gm)].map(([, image = '']) => image));
  return [...new Set(found)].filter((image) => /:[^/]+$/.test(image)).sort();
}
