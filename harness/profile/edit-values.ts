/**
 * The commit that moves a split: numbers of a values file, or the weights in the VirtualService. Only the characters that
 * mean the change are replaced, so that the diff in Git is one of numbers.
 */
import { isScalar, LineCounter, parseDocument, type Scalar } from 'yaml';
import { pointerSegments } from '../documents/json-pointer.ts';
import type { ValuesOfWeights, Weights, WeightsCommit } from '../documents/references.ts';
import { type HarnessError, usageError } from '../errors/harness-error.ts';
import type { RepositoryFile } from './collect-repository.ts';
import { withWeights } from './edit-manifests.ts';

/**
 * @throws HarnessError (exit 2) VALUES_FILE_MISSING, VALUES_YAML_SYNTAX, VALUES_PATH_MISSING, VALUES_NOT_A_NUMBER; those of
 *   withWeights
 */
export function withWeightsCommit(
  files: readonly RepositoryFile[],
  { virtualService, weights, values }: WeightsCommit,
): readonly RepositoryFile[] {
  if (values === undefined) return withWeights(files, virtualService, weights);
  const file = files.find(({ path }) => path === values.file);
  if (file === undefined)
    throw usageError('VALUES_FILE_MISSING', `the repository has no file ${values.file}`, {
      where: values.file,
      hint: `values.file of the claim is relative to the root of Git, which holds ${files.map(({ path }) => path).join(', ')}.`,
    });
  const text = withNumbers(file, values, weights);
  return files.map((candidate) => (candidate === file ? { ...file, text } : candidate));
}

function withNumbers(file: RepositoryFile, { weights: pointers }: ValuesOfWeights, weights: Weights): string {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file.path}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error)
    throw usageError('VALUES_YAML_SYNTAX', error.message.replace(/\s+/g, ' ').trim(), {
      where: placeAt(error.pos[0]),
      hint: 'Helm refuses the file as well: `helm template` of the chart says the same.',
    });
  const numbers = Object.entries(pointers).map(([subset, pointer]) => {
    const node = document.getIn(pointerSegments(pointer), true);
    if (!isScalar(node) || !node.range) throw missing(file, pointer, document.toJS());
    if (typeof node.value !== 'number') throw notANumber(node, pointer, placeAt(node.range[0]));
    return { start: node.range[0], end: node.range[1], text: String(weights[subset]) };
  });
  return numbers
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, one) => text.slice(0, one.start) + one.text + text.slice(one.end), file.text);
}

function missing(file: RepositoryFile, pointer: string, value: unknown): HarnessError {
  const numbers = numbersIn(value);
  return usageError('VALUES_PATH_MISSING', `${file.path} has no value at ${pointer}`, {
    where: file.path,
    hint:
      numbers.length > 0
        ? `Numbers of that file stand at ${numbers.slice(0, MOST_SHOWN).join(', ')}.`
        : 'That file holds no number at all: values.weights of the claim are JSON pointers, such as /reviews/weights/v2.',
  });
}

const MOST_SHOWN = 8;

function notANumber({ value }: Scalar, pointer: string, where: string): HarnessError {
  return usageError('VALUES_NOT_A_NUMBER', `${pointer} is ${JSON.stringify(value)}, and a weight is a number`, {
    where,
    hint: 'Write the number without quotes: Istio takes no text for a weight.',
  });
}

/** JSON pointers to every number. */
function numbersIn(value: unknown, pointer = ''): readonly string[] {
  if (typeof value === 'number') return [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    numbersIn(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
