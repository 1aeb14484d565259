/**
 * The font of PNG charts. Without any font a canvas draws no letter and says nothing about it, so one is shipped
 * (DejaVu Sans, free licence, as a package); a machine's own sans-serif is the second choice, an error the third.
 */
import { createRequire } from 'node:module';
import { environmentError } from '../../harness/errors/harness-error.ts';

export const SHIPPED_FAMILY = 'Canaryproof Sans';
const SHIPPED_FILES = [
  '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2',
  '@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff2',
] as const;
const PREFERRED = [
  'DejaVu Sans',
  'Noto Sans',
  'Liberation Sans',
  'Open Sans',
  'Roboto',
  'Arial',
  'Helvetica',
  'Segoe UI',
  'Verdana',
];

/** What the choice rests on; tests hand in machines without fonts. */
export interface FontSource {
  /** Files of the shipped font, or undefined when its package is missing. */
  shippedFiles(): readonly string[] | undefined;
  /** Registers a file under a family; false when it holds no font. */
  register(file: string, family: string): boolean;
  systemFamilies(): readonly string[];
}

/** Makes a font usable and names its family. @throws HarnessError PNG_NO_FONT (exit 3). */
export function chooseChartFont(source: FontSource): string {
  const files = source.shippedFiles();
  if (files !== undefined && files.length > 0 && files.every((file) => source.register(file, SHIPPED_FAMILY)))
    return SHIPPED_FAMILY;
  const families = source.systemFamilies();
  const family =
    PREFERRED.find((name) => families.includes(name)) ?? families.find((name) => /\bsans\b/i.test(name)) ?? families[0];
  if (family !== undefined) return family;
  throw environmentError('PNG_NO_FONT', 'no font was found, so charts would have no labels', {
    hint: 'Install a font (Debian, Ubuntu: apt install fonts-dejavu-core), or leave PNG charts out.',
  });
}

/** Harmless to call again: a font that is there stays. */
export async function registerChartFont(): Promise<string> {
  const { GlobalFonts } = await import('@napi-rs/canvas');
  if (GlobalFonts.has(SHIPPED_FAMILY)) return SHIPPED_FAMILY;
  return chooseChartFont({
    shippedFiles,
    register: (file, family) => GlobalFonts.registerFromPath(file, family) !== null,
    systemFamilies: () => GlobalFonts.families.map(({ family }) => family),
  });
}

function shippedFiles(): readonly string[] | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    return SHIPPED_FILES.map((file) => resolve(file));
  } catch {
    return undefined;
  }
}
