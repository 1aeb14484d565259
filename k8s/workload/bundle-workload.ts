/** The stand-in workload as one file without dependencies, to be bound into a process container or copied into an image. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeFileAtomic } from '../../harness/process/atomic-file.ts';

export interface WorkloadBundle {
  readonly file: string;
  readonly bytes: number;
  /** Of the file's content; the same sources give the same digest. */
  readonly sha256: string;
}

/** Runs under Node 20 and newer. CommonJS packages inside an ES module need a `require` for Node's own modules. */
export async function bundleWorkload(outFile: string): Promise<WorkloadBundle> {
  const main = new URL('./main.ts', import.meta.url);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(main)],
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'inline',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire as canaryproofCreateRequire } from 'node:module';\nconst require = canaryproofCreateRequire(import.meta.url);",
    },
  });
  const contents = outputFiles[0]!.contents;
  await writeFileAtomic(outFile, contents);
  return { file: outFile, bytes: contents.length, sha256: createHash('sha256').update(contents).digest('hex') };
}
