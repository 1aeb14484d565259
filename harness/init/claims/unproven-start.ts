/** What a stand-in cannot say of a program that nobody asks whether it serves. Pure. */
import { nameOf } from '../../lint/manifest-set.ts';
import type { RolloutSubject, Unprovable } from '../subjects.ts';
import type { Container } from '../unit-facts.ts';

export function unprovenStart({ rollout }: RolloutSubject, { value }: Container): readonly Unprovable[] {
  if (value.readinessProbe !== undefined) return [];
  return [
    {
      what: `${nameOf(rollout)}: the start of its pods`,
      why: 'they have no readiness probe, so requests come as soon as a container runs, and what is lost then is a matter of the program: a stand-in counts as running once it listens',
    },
  ];
}
