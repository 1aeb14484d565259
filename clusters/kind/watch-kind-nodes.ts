/** Tells when a node of a running cluster is lost, so that a run ends with the reason and not with a time limit. */
import { environmentError } from '../../harness/errors/harness-error.ts';
import type { Run } from '../access/machines/engine.ts';

/** An engine that is stopped ends its containers first, and itself within moments of the last one. */
const ENGINE_ENDS_WITHIN_MS = 10_000;

/** @returns a signal that aborts with HarnessError NODE_LOST or ENGINE_LOST */
export function watchKindNodes(run: Run, cluster: string, signal: AbortSignal): AbortSignal {
  const lost = new AbortController();
  const events = [
    ...['setpriv', '--pdeathsig', 'KILL', '--', 'docker', 'events', '--format', '{{.Actor.Attributes.name}}'],
    ...['--filter', 'type=container', '--filter', 'event=die', '--filter', `label=io.x-k8s.kind.cluster=${cluster}`],
  ] as const;
  let verdict: NodeJS.Timeout | undefined;
  const over = (error: unknown): void => {
    clearTimeout(verdict);
    if (signal.aborted || lost.signal.aborted) return;
    lost.abort(
      environmentError('ENGINE_LOST', 'the Docker engine stopped or was restarted during the run', {
        hint: 'What was measured until then is in the run directory. Start the engine and run again.',
        cause: error,
      }),
    );
  };
  run(events as unknown as [string, ...string[]], {
    signal,
    onLine(name, stream) {
      if (stream === 'stderr' || name.trim() === '') return;
      // whose end this is, the next moments tell: the stream of events ends with the engine
      verdict ??= setTimeout(() => lost.abort(nodeLost(name.trim())), ENGINE_ENDS_WITHIN_MS);
    },
  }).then(over, over);
  return lost.signal;
}

function nodeLost(name: string) {
  return environmentError('NODE_LOST', `the node ${name} ended during the run`, {
    hint: 'Was it stopped by hand, or is the machine short of memory? Run again.',
  });
}
