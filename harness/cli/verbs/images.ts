/** `images build|list|load|clean`: images for machines that reach no container registry. */
import { type Command, Option } from 'commander';
import { EXIT } from '../../errors/harness-error.ts';
import type { ImagesProduct, ImagesRequest } from '../images/images-service.ts';
import { deliver, parseOutputs, TABLE_FORMATS } from '../talk/output-targets.ts';
import { createProgress } from '../talk/progress-events.ts';
import { progressReaderFor } from '../talk/talk.ts';
import { renderTable } from '../talk/text-table.ts';
import { collect, collectPairs, type TalkOptions, type VerbContext, withTalkOptions } from './verb.ts';

const MIB = 1024 ** 2;

interface ImagesOptions extends TalkOptions {
  readonly only?: readonly string[];
  readonly component?: Readonly<Record<string, string>>;
  readonly cluster?: string;
  readonly all?: boolean;
}

/**
 * Adds `images` and its four actions; without one it prints its help and ends with exit 2. An action rejects with
 * HarnessError: as parseOutputs and deliver, and as the image service.
 */
export function defineImages(command: Command, context: VerbContext): void {
  const only = () => new Option('--only <image>', 'one image by its name in the list; repeatable').argParser(collect);
  const component = () =>
    new Option('--component <name=version>', 'another version of a component; repeatable').argParser(collectPairs);
  command.action(() => {
    command.outputHelp({ error: true });
    context.finish(EXIT.usage);
  });
  const action = (name: ImagesRequest['action'], summary: string) => command.command(name).description(summary);
  ends(
    action('build', 'build what is missing, and load it into the engine').addOption(only()).addOption(component()),
    'build',
    context,
  );
  ends(action('list', 'show the images: names, size, and what each was built from'), 'list', context);
  ends(
    action('load', 'load built images into the engine, or into the nodes of a kind cluster')
      .addOption(only())
      .option('--cluster <name>', 'a kind cluster, as "kind get clusters" names it'),
    'load',
    context,
  );
  ends(
    action('clean', 'remove what no present image stands on').option(
      '--all',
      'every image, those in the engine as well',
    ),
    'clean',
    context,
  );
}

function ends(command: Command, action: ImagesRequest['action'], { world, services, finish }: VerbContext): void {
  withTalkOptions(command, TABLE_FORMATS).action(async (options: ImagesOptions) => {
    const targets = parseOutputs(options.output, TABLE_FORMATS, world.cwd);
    const readers = progressReaderFor(world, options);
    const request: ImagesRequest = {
      action,
      ...(options.only ? { only: options.only } : {}),
      ...(options.component ? { componentVersions: options.component } : {}),
      ...(options.cluster ? { cluster: options.cluster } : {}),
      ...(options.all ? { everything: true } : {}),
    };
    let product: ImagesProduct;
    try {
      product = await services.images(request, createProgress(world.now, readers));
    } finally {
      for (const reader of readers) reader.close();
    }
    const json = `${JSON.stringify(product, null, 2)}\n`;
    for (const target of targets)
      await deliver(world, target, target.format === 'json' ? json : human(action, product));
    finish(EXIT.passed);
  });
}

function human(action: ImagesRequest['action'], product: ImagesProduct): string {
  const { built, loaded, freedBytes, images, cacheBytes, cacheDirectory, engineVersion } = product;
  const disk = `${mebibytes(cacheBytes)} in ${cacheDirectory}\n`;
  switch (action) {
    case 'build':
      return `built ${names(built)}\nloaded ${names(loaded)}\n${disk}`;
    case 'load':
      return `loaded ${names(loaded)}\n`;
    case 'clean':
      return `${mebibytes(freedBytes)} given back, ${disk}`;
    case 'list': {
      const rows = images.flatMap(({ name, tags, version, id, bytes, origin, where }) =>
        tags.map((tag) => [name, tag, version, shortId(id), mebibytes(bytes), where.join('+'), origin]),
      );
      const table = renderTable(['NAME', 'IMAGE', 'VERSION', 'ID', 'SIZE', 'WHERE', 'FROM'], rows);
      const engine = engineVersion === undefined ? 'no Docker engine answers\n' : `Docker engine ${engineVersion}\n`;
      return `${rows.length === 0 ? 'no images; "canaryproof images build" builds them\n' : table}${disk}${engine}`;
    }
  }
}

function names(list: readonly string[]): string {
  return list.length === 0 ? 'nothing: all of it was there' : list.join(', ');
}

function shortId(id: string): string {
  return id.replace('sha256:', '').slice(0, 12);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
