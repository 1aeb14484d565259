/** The steps of a Rollout as Git declares them, with how long each weight is held: what `plan` computes with. Pure. */
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import { parseGoDuration } from '../../oracle/go-duration.ts';
import { pauseMs } from '../../oracle/rollout-plan.ts';
import { metricsOf } from '../../rollouts/analysis-query.ts';
import {
  type AnalysisStep,
  type DeclaredRollout,
  type RolloutStep,
  readRollout,
} from '../../rollouts/rollout-object.ts';

export interface HeldShare {
  /** 0 to 1. */
  readonly share: number;
  /** Undefined: until somebody or something else goes on. */
  readonly heldMs: number | undefined;
}

/** @throws HarnessError ROLLOUT_* (exit 2); undefined when no file holds that Rollout */
export function heldShares(files: readonly ManifestFile[], name: string): readonly HeldShare[] | undefined {
  const objects = files.flatMap((file) => objectsOf(file));
  const object = objects.find(({ kind, metadata }) => kind === 'Rollout' && metadata?.name === name);
  if (!object) return undefined;
  const templates = objects.filter(({ kind }) => kind === 'AnalysisTemplate');
  return sharesOf(readRollout(object), templates);
}

function objectsOf(file: ManifestFile): KubeObject[] {
  if (!/\.ya?ml$/.test(file.path)) return [];
  const documents = parseAllDocuments(file.text);
  return (Array.isArray(documents) ? documents : [])
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null && typeof object === 'object');
}

function sharesOf({ steps }: DeclaredRollout, templates: readonly KubeObject[]): HeldShare[] {
  const shares: { share: number; heldMs: number | undefined }[] = [];
  for (const step of steps) {
    if (step.setWeight !== undefined) shares.push({ share: step.setWeight / 100, heldMs: 0 });
    const last = shares.at(-1);
    if (last?.heldMs === undefined) continue;
    const heldMs = heldBy(step, templates);
    last.heldMs = heldMs === undefined ? undefined : last.heldMs + heldMs;
  }
  return shares.map((entry) => (entry.share === 1 ? { ...entry, heldMs: undefined } : entry));
}

function heldBy({ pause, analysis }: RolloutStep, templates: readonly KubeObject[]): number | undefined {
  if (analysis) return analysisMs(analysis, templates);
  if (!pause) return 0;
  return pauseMs(pause);
}

interface Timing {
  readonly initialDelay?: string;
  readonly interval?: string;
  readonly count?: number | string;
}

/** The longest of its metrics, from the start to the last measurement; without a count it never ends by itself. */
function analysisMs(step: AnalysisStep, templates: readonly KubeObject[]): number | undefined {
  let longest = 0;
  for (const { templateName } of step.templates ?? []) {
    const template = templates.find(({ metadata }) => metadata.name === templateName);
    for (const { initialDelay, interval, count } of (template ? metricsOf(template) : []) as readonly Timing[]) {
      if (interval !== undefined && !(Number(count) > 0)) return undefined;
      const every = parseGoDuration(interval ?? '') ?? 0;
      const times = Math.max(1, Number(count ?? 1) || 1);
      longest = Math.max(longest, (parseGoDuration(initialDelay ?? '') ?? 0) + every * (times - 1));
    }
  }
  return longest;
}
