/** What was built from what, as a CycloneDX 1.6 document: each installed program, its hash, origin and modules. */
import { goModules } from './go-build-info.ts';
import { npmPackages } from './npm-packages.ts';
import type { InstalledComponent } from './toolset.ts';

interface CycloneComponent {
  readonly type: 'application' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
  readonly licenses?: readonly { readonly license: { readonly name: string } }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

export interface CycloneDocument {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly version: 1;
  readonly metadata: { readonly component: CycloneComponent };
  readonly components: readonly CycloneComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** The same document for the same programs: it holds no time and no serial number. */
export async function sbomOf(installed: readonly InstalledComponent[]): Promise<CycloneDocument> {
  const root: CycloneComponent = {
    type: 'application',
    'bom-ref': 'canaryproof-toolchain',
    name: 'canaryproof-toolchain',
    version: '1',
  };
  const components = new Map<string, CycloneComponent>();
  const dependencies: { ref: string; dependsOn: string[] }[] = [];
  const programs = installed.flatMap((each) => Object.values(each.programs).map((program) => ({ each, program })));
  for (const { each, program } of programs.sort((a, b) => (refOf(a) < refOf(b) ? -1 : 1))) {
    const ref = refOf({ each, program });
    components.set(ref, {
      type: 'application',
      'bom-ref': ref,
      name: program.name,
      version: program.version,
      hashes: [{ alg: 'SHA-256', content: program.sha256 }],
      properties: [{ name: 'canaryproof:origin', value: program.origin }],
    });
    const libraries = await librariesOf(each, program.path);
    for (const library of libraries) components.set(library['bom-ref'], library);
    dependencies.push({ ref, dependsOn: libraries.map((library) => library['bom-ref']).sort() });
  }
  dependencies.unshift({ ref: root['bom-ref'], dependsOn: programs.map(refOf).sort() });
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components: [...components.values()],
    dependencies,
  };
}

/** What a program was built from, or runs with. */
async function librariesOf({ directory }: InstalledComponent, program: string): Promise<readonly CycloneComponent[]> {
  const library = (purl: string, name: string, version: string, more: Partial<CycloneComponent>): CycloneComponent => ({
    ...{ type: 'library', 'bom-ref': purl, name, version, purl },
    ...more,
  });
  const packages = await npmPackages(directory);
  if (packages)
    return packages.map(({ name, version, integrity, license }) =>
      library(`pkg:npm/${name.replace('@', '%40')}@${version}`, name, version, {
        ...(license ? { licenses: [{ license: { name: license } }] } : {}),
        ...(integrity ? { properties: [{ name: 'canaryproof:npm-integrity', value: integrity }] } : {}),
      }),
    );
  return ((await goModules(program)) ?? []).map(({ path, version, sum }) =>
    library(
      `pkg:golang/${path}@${version}`,
      path,
      version,
      sum ? { properties: [{ name: 'canaryproof:go-sum', value: sum }] } : {},
    ),
  );
}

function refOf({ each, program }: { each: InstalledComponent; program: { readonly name: string } }): string {
  return `${each.component}-${each.version}/${program.name}`;
}
