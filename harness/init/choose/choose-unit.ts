/** Which unit of a repository is proven, and why none can be. */
import { type HarnessError, usageError } from '../../errors/harness-error.ts';
import type { Finding } from '../../lint/manifest-set.ts';
import { unitNamed } from '../../overlay/collect-referenced.ts';
import type { TreeNote } from '../../units/tree-note.ts';
import { isOfValueFile, type RenderedUnit } from '../../units/unit-model.ts';
import { objectsOfUnits } from '../other-units.ts';
import { propose } from '../propose.ts';
import type { InitQuestions } from '../questions.ts';
import { isAsked } from './candidates.ts';
import { nothing, withoutSplit } from './nothing-to-prove.ts';

export interface UnitAsk {
  readonly unit: string | undefined;
  readonly valueFiles: readonly string[];
  /** As it was typed. */
  readonly from: string;
  /** The folder in the repository; empty: its root. */
  readonly asked: string;
  /** What of the repository is not here, or cannot be read. */
  readonly notes: readonly (Pick<TreeNote, 'path' | 'sentence'> & { readonly hint?: string })[];
}

/**
 * The one that is named, the only candidate, or what the user says.
 *
 * @throws HarnessError INIT_NO_UNIT, INIT_NOTHING_TO_PROVE, UNIT_UNKNOWN
 */
export async function chosenUnit(
  units: readonly RenderedUnit[],
  candidates: readonly RenderedUnit[],
  { unit, valueFiles, from, asked, notes }: UnitAsk,
  questions: InitQuestions,
): Promise<RenderedUnit> {
  if (unit !== undefined) return unitNamed(units, unit, from);
  const [first, second] = candidates;
  const given = valueFiles.length > 0 ? ownChart(units, asked) : undefined;
  if (given && (!first || isOfValueFile(first.unit))) return given;
  if (!first) {
    // a file that cannot be read may hold what is looked for
    const isTold = (finding: Finding) => isUnrendered(finding) || finding.severity === 'error';
    const isEmpty = units.every(({ objects, findings }) => objects.length === 0 && !findings.some(isTold));
    if (isEmpty && !units.some(({ unit: { kind } }) => kind === 'chart')) throw noUnit(from, notes);
    const charts = units.filter((one) => one.unit.kind === 'chart');
    if (charts[0] && units.every(({ objects }) => objects.length === 0)) return charts[0];
    throw nothingIn(from, units, asked);
  }
  if (!second) return first;
  const name = await questions.unit(candidates.map(({ unit: one }) => one.name));
  return candidates.find((one) => one.unit.name === name) ?? unitNamed(units, name, from);
}

/** Nothing to read often has a reason that can be told: a submodule, a pointer of Git LFS, a bare repository. */
function noUnit(from: string, notes: UnitAsk['notes']): HarnessError {
  const shown = notes.slice(0, MOST_NOTES).map(({ path, sentence }) => `${path === '.' ? from : path} ${sentence}`);
  const more = notes.length > shown.length ? [`… and ${notes.length - shown.length} more`] : [];
  const hint = notes.find((note) => note.hint !== undefined)?.hint;
  return usageError(
    'INIT_NO_UNIT',
    [`${from} holds no manifests that Kubernetes or Argo CD would apply`, ...shown, ...more].join('\n'),
    { where: from, hint: hint ?? 'init reads Applications, kustomizations, charts and folders of manifests.' },
  );
}

const MOST_NOTES = 5;

/** The only chart that no Application gives values: whoever names some means it, whatever its own values switch off. */
function ownChart(units: readonly RenderedUnit[], asked: string): RenderedUnit | undefined {
  const charts = units.filter(({ unit }) => unit.kind === 'chart' && !isOfValueFile(unit) && isAsked(unit, asked));
  return charts.length === 1 ? charts[0] : undefined;
}

/** Why each unit has nothing to prove, as far as something was found in it. */
function nothingIn(from: string, all: readonly RenderedUnit[], asked: string): HarnessError {
  const others = objectsOfUnits(all);
  const units = all.filter(({ unit }) => isAsked(unit, asked));
  const reasons = units.flatMap((rendered) =>
    propose({ rendered, others, findings: [], name: '', host: undefined, realPauses: false }).unprovable.map(
      ({ what, why }) => `${what}: ${why}`,
    ),
  );
  // what did not render may hold what is looked for
  const unrendered = units.flatMap(({ findings }) =>
    findings.filter((finding) => finding.severity === 'error' || isUnrendered(finding)),
  );
  // a sentence of a unit names it; one of a file's text does not
  const told = unrendered.map((one) =>
    isUnrendered(one) || !one.where ? one.sentence : `${one.where}: ${one.sentence}`,
  );
  return nothing(from, [...new Set([...told, ...reasons, ...withoutSplit(units)])]);
}

/** In the words of the program that refused it, or of what it reads elsewhere. */
function isUnrendered({ code }: Pick<Finding, 'code'>): boolean {
  return code === 'UNIT_NOT_RENDERED' || code === 'UNIT_NOT_JUDGED';
}
