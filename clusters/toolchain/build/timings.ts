/** How long builds took on this machine: only for estimates, so a damaged file is as good as none. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomic } from '../../../harness/process/atomic-file.ts';
import type { Recipe } from '../catalogue/recipe.ts';

const timingsSchema = z.record(z.string(), z.number().positive());
type Timings = z.infer<typeof timingsSchema>;

export interface BuildTimes {
  /** Milliseconds this build usually takes here: recorded, else the catalogue's figure scaled by what was recorded. */
  usualMs(recipe: Recipe): number;
  record(recipe: Recipe, durationMs: number): Promise<void>;
}

/** @param remember false where somebody's warm caches make a build shorter than it usually is */
export async function readBuildTimes(
  file: string,
  catalogue: readonly Recipe[],
  remember: boolean,
): Promise<BuildTimes> {
  const timings: Timings = await readFile(file, 'utf8').then(
    (text) => parseTimings(text),
    () => ({}),
  );
  return {
    usualMs(recipe) {
      return 1000 * (timings[keyOf(recipe)] ?? recipe.typicalSeconds * slowness(timings, catalogue));
    },
    async record(recipe, durationMs) {
      if (!remember) return;
      timings[keyOf(recipe)] = Math.max(1, Math.round(durationMs / 1000));
      await writeFileAtomic(file, `${JSON.stringify(timings, null, 1)}\n`);
    },
  };
}

function parseTimings(text: string): Timings {
  try {
    return timingsSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Recorded over typical seconds, all recorded builds together; 1 when there are none. */
function slowness(timings: Timings, catalogue: readonly Recipe[]): number {
  const known = catalogue.filter((recipe) => timings[keyOf(recipe)] !== undefined);
  const typical = known.reduce((sum, recipe) => sum + recipe.typicalSeconds, 0);
  return typical === 0 ? 1 : known.reduce((sum, recipe) => sum + (timings[keyOf(recipe)] ?? 0), 0) / typical;
}

function keyOf(recipe: Recipe): string {
  return `${recipe.component}-${recipe.version}`;
}
