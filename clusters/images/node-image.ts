/**
 * The kind node image: a base image of Debian packages and kind's own files, into which `kind build node-image` puts
 * the Kubernetes programs and the images that a node needs. It lives in the engine, where kind looks for it.
 */
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentError } from '../../harness/errors/harness-error.ts';
import { removeOwnTree } from '../../harness/process/remove-own-tree.ts';
import { ProgramError, runProgram } from '../../harness/process/run-program.ts';
import type { Toolset } from '../toolchain/toolset.ts';
import type { RootPlan } from './debian-root.ts';
import type { Engine } from './engine.ts';
import { fileLayer, layerKey } from './file-layer.ts';
import { writeArchive } from './image-archive.ts';
import { type BuiltImage, describeImage } from './image-document.ts';
import type { ImagePlan } from './image-plan.ts';
import type { StoreLayout } from './image-store.ts';
import { kindImageNames } from './kind-sources.ts';
import type { Layer } from './layer.ts';
import { type KindFiles, type NodeSources, nodeFiles, type ServerArchives, serverArchives } from './node-plans.ts';

export interface NodeImagePlace {
  readonly layout: StoreLayout;
  readonly architecture: string;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  readonly root: (plan: 'runtime' | 'node') => Promise<Layer>;
  readonly build: (plan: ImagePlan) => Promise<BuiltImage>;
}

export interface NodeImagePlan {
  readonly reference: string;
  readonly version: string;
  readonly recipe: string;
  readonly sources: NodeSources;
  readonly archives: ServerArchives;
  readonly parts: readonly string[];
}

const REPOSITORY = 'canaryproof.local/kind-node';

/** What the node image would be: nothing is built, only kind's files are read and kubeadm is asked for its images. */
export async function planNodeImage(
  toolset: Toolset,
  roots: readonly { readonly plan: RootPlan; readonly hash: string }[],
  signal: AbortSignal,
): Promise<NodeImagePlan> {
  const kind = toolset.component('kind');
  const version = `v${toolset.component('kubernetes').version}`;
  const kubeadm = toolset.component('kubeadm').programs.kubeadm?.path ?? 'kubeadm';
  const { stdout } = await runProgram([kubeadm, 'config', 'images', 'list', '--kubernetes-version', version], {
    signal,
  });
  const text = (name: string) => readFile(kind.dataFile(`pkg/build/nodeimage/${name}`), 'utf8');
  const sources: NodeSources = {
    kindFiles: await readKindFiles(kind.dataFile('images/base/files')),
    imageNames: kindImageNames(await text('const_cni.go'), await text('const_storage.go')),
    kubeadmImages: stdout.split('\n').filter(Boolean),
  };
  const archives = serverArchives(toolset, sources);
  const plans = Object.values(archives).flat();
  const inputs = {
    files: layerKey(nodeFiles(sources)),
    roots: roots.map(({ hash }) => hash),
    programs: SERVER_PROGRAMS.map(([component, name]) => toolset.component(component).programs[name]?.sha256),
    kind: kind.programs.kind?.sha256,
    images: plans.map(({ tags, config, files, base }) => ({ tags, config, base, layer: layerKey({ files }) })),
  };
  const recipe = createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
  return {
    reference: `${REPOSITORY}:${version}`,
    version,
    recipe,
    sources,
    archives,
    parts: [`kind ${kind.version}`, 'Debian packages', ...new Set(plans.flatMap(({ parts }) => parts))],
  };
}

const SERVER_PROGRAMS = [
  ['kubeadm', 'kubeadm'],
  ['kubernetes', 'kubelet'],
  ['kubernetes', 'kubectl'],
] as const;

/** Builds it into the engine. @throws HarnessError NODE_IMAGE_FAILED, and what the engine refuses */
export async function buildNodeImage(plan: NodeImagePlan, toolset: Toolset, place: NodeImagePlace): Promise<void> {
  const { layout, engine, signal, say } = place;
  const base = `${REPOSITORY}-base:${plan.recipe.slice(0, 12)}`;
  const unfinished = `${REPOSITORY}-unfinished:${plan.recipe.slice(0, 12)}`;
  const scratch = path.join(layout.scratch, 'node');
  await removeOwnTree(scratch);
  await mkdir(scratch, { recursive: true });
  try {
    say('packing the base image');
    await loadBase(plan, base, path.join(scratch, 'base.tar'), place);
    say('packing the Kubernetes server archive');
    const server = await packServer(plan, toolset, scratch, place);
    say('building the node image in the engine');
    const kind = toolset.component('kind').programs.kind?.path ?? 'kind';
    const words = ['build', 'node-image', '--type', 'file', '--base-image', base, '--image', unfinished, server];
    await runProgram([kind, ...words], { signal, env: { TMPDIR: scratch } }).catch((error: unknown) => {
      if (!(error instanceof ProgramError) || signal.aborted) throw error;
      throw environmentError('NODE_IMAGE_FAILED', `kind could not build the node image: ${error.message}`, {
        hint: 'Its last lines say why; "canaryproof images build" goes on from here.',
        cause: error,
      });
    });
    await engine.tag(unfinished, plan.reference);
  } finally {
    await removeOwnTree(scratch);
    // not when interrupted: the engine would be asked with a signal that has fired
    if (!signal.aborted) await engine.remove(await present(engine, [unfinished, base]));
  }
}

async function loadBase(plan: NodeImagePlan, reference: string, archive: string, place: NodeImagePlace): Promise<void> {
  const files = nodeFiles(plan.sources);
  const layers = [await place.root('node'), await fileLayer(files, place.layout.layers, place.signal)];
  const described = describeImage(
    {
      name: 'kind-node',
      tags: [reference],
      version: plan.version,
      base: 'none',
      ...files,
      config: { entrypoint: ['/usr/local/bin/entrypoint', '/sbin/init'], environment: { container: 'docker' } },
      parts: plan.parts,
    },
    layers,
    place.architecture,
    { recipe: plan.recipe, stopSignal: 'SIGRTMIN+3' },
  );
  await writeArchive([described], archive, place.signal);
  await place.engine.load(archive);
  await rm(archive);
}

/** What `kubernetes-server-linux-*.tar.gz` of a release holds, as far as kind reads it. */
async function packServer(plan: NodeImagePlan, toolset: Toolset, scratch: string, place: NodeImagePlace) {
  const bin = path.join(scratch, 'server', 'kubernetes', 'server', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(scratch, 'server', 'kubernetes', 'version'), plan.version);
  for (const [component, name] of SERVER_PROGRAMS) {
    const from = toolset.component(component).programs[name]?.path ?? name;
    await link(from, path.join(bin, name)).catch(() => copyFile(from, path.join(bin, name)));
  }
  for (const [archive, plans] of Object.entries(plan.archives)) {
    const images: BuiltImage[] = [];
    for (const each of plans) images.push(await place.build(each));
    await writeArchive(images, path.join(bin, `${archive}.tar`), place.signal);
  }
  const file = path.join(scratch, 'server.tar.gz');
  const pack = ['--use-compress-program=gzip -1', '--create', '--file', file];
  await runProgram(['tar', ...pack, '--directory', path.join(scratch, 'server'), 'kubernetes'], {
    signal: place.signal,
  });
  await removeOwnTree(path.join(scratch, 'server'));
  return file;
}

async function present(engine: Engine, references: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(references.map((reference) => engine.inspect(reference)));
  return references.filter((_reference, index) => found[index] !== undefined);
}

async function readKindFiles(directory: string): Promise<KindFiles> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(directory, name), 'utf8')));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
}
