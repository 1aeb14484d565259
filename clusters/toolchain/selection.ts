/** Which recipes a request means: `kubernetes`, or `argo-rollouts` at 1.8.5. */
import { usageError } from '../../harness/errors/harness-error.ts';
import type { Recipe } from './catalogue/recipe.ts';

export interface ComponentRequest {
  readonly name: string;
  /** Default: the first version that the catalogue lists. A leading `v` is allowed. */
  readonly version?: string;
}

/**
 * Reads `NAME` or `NAME=VERSION`.
 * @throws HarnessError COMPONENT_REQUEST (usage) when a side of the `=` is empty.
 */
export function parseComponentRequest(text: string): ComponentRequest {
  const [name = '', version, ...rest] = text.split('=');
  if (name === '' || version === '' || rest.length > 0)
    throw usageError('COMPONENT_REQUEST', `"${text}" is not NAME or NAME=VERSION`, {
      hint: 'Write it like argo-rollouts=1.8.5.',
    });
  return version === undefined ? { name } : { name, version };
}

/**
 * One recipe per distinct name and version, in the order asked.
 * @throws HarnessError COMPONENT_UNKNOWN or COMPONENT_VERSION_UNKNOWN (usage), listing what is known.
 */
export function selectRecipes(catalogue: readonly Recipe[], requests: readonly ComponentRequest[]): readonly Recipe[] {
  return [...new Set(requests.map((request) => selectRecipe(catalogue, request)))];
}

function selectRecipe(catalogue: readonly Recipe[], { name, version }: ComponentRequest): Recipe {
  const named = catalogue.filter((recipe) => recipe.component === name);
  const [byDefault] = named;
  if (byDefault === undefined)
    throw usageError('COMPONENT_UNKNOWN', `there is no component "${name}"`, {
      hint: `Known components: ${[...new Set(catalogue.map((recipe) => recipe.component))].join(', ')}.`,
    });
  if (version === undefined) return byDefault;
  const wanted = version.replace(/^v/, '');
  const found = named.find((recipe) => recipe.version === wanted);
  if (found === undefined)
    throw usageError('COMPONENT_VERSION_UNKNOWN', `there is no ${name} ${version} in the catalogue`, {
      hint: `Known versions of ${name}: ${named.map((recipe) => recipe.version).join(', ')}.`,
    });
  return found;
}
