/**
 * The split that a VirtualService declares. Arms are named after the subset, or the first label of the host where there
 * is no subset; the receiver must name itself the same way.
 *
 * @throws HarnessError (exit 2) VIRTUAL_SERVICE_NO_SPLIT, VIRTUAL_SERVICE_AMBIGUOUS, VIRTUAL_SERVICE_WEIGHTS.
 */
import { z } from 'zod';
import { usageError } from '../errors/harness-error.ts';
import type { SplitArm } from '../verdict/split-judge.ts';

const specSchema = z.object({
  http: z
    .array(
      z.object({
        match: z.array(z.unknown()).optional(),
        route: z
          .array(
            z.object({
              weight: z.number().optional(),
              destination: z.object({ host: z.string(), subset: z.string().optional() }),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});

export function declaredArms(spec: unknown, where: string): readonly SplitArm[] {
  const routes = (specSchema.safeParse(spec).data?.http ?? []).filter(({ route }) => (route?.length ?? 0) > 0);
  const split = routes.filter(({ route }) => (route?.length ?? 0) > 1);
  const [chosen, ...others] = split.length > 0 ? split : routes;
  if (chosen?.route === undefined)
    throw usageError('VIRTUAL_SERVICE_NO_SPLIT', 'the VirtualService has no HTTP route with a destination', {
      where,
      hint: 'Name the VirtualService that holds the weights, or give --expect.',
    });
  if (others.length > 0)
    throw usageError(
      'VIRTUAL_SERVICE_AMBIGUOUS',
      `the VirtualService has ${others.length + 1} HTTP routes that could be meant`,
      {
        where,
        hint: 'Give the shares of the route that --url takes, with --expect.',
      },
    );
  const { route } = chosen;
  const arms = route.map(({ destination, weight }) => ({
    name: destination.subset ?? destination.host.split('.')[0] ?? destination.host,
    weight: weight ?? (route.length === 1 ? 100 : 0),
  }));
  const sum = arms.reduce((total, { weight }) => total + weight, 0);
  if (sum !== 100 || new Set(arms.map(({ name }) => name)).size < arms.length)
    throw usageError(
      'VIRTUAL_SERVICE_WEIGHTS',
      `the weights ${arms.map(({ name, weight }) => `${name}=${weight}`).join(', ')} are no split of 100 into different arms`,
      { where, hint: 'Correct the VirtualService, or give --expect.' },
    );
  return arms.map(({ name, weight }) => ({ name, share: weight / 100 }));
}
