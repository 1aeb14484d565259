/** What was built from what, as a CycloneDX 1.6 document: each installed program, its hash, origin and modules. */
import { goModules } from './go-build-info.ts';
import type { InstalledComponent } from './toolset.ts';

interface CycloneComponent {
  readonly type: 'application' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
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
    const modules = (await goModules(program.path)) ?? [];
    for (const { path, version, sum } of modules) {
      const purl = `pkg:golang/${path}@${version}`;
      components.set(purl, {
        type: 'library',
        'bom-ref': purl,
        name: path,
        version,
        purl,
        ...(sum ? { properties: [{ name: 'canaryproof:go-sum', value: sum }] } : {}),
      });
    }
    dependencies.push({ ref, dependsOn: modules.map(({ path, version }) => `pkg:golang/${path}@${version}`).sort() });
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

function refOf({ each, program }: { each: InstalledComponent; program: { readonly name: string } }): string {
  return `${each.component}-${each.version}/${program.name}`;
}
