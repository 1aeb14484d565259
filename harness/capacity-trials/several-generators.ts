/**
 * Several generators that share each load: one k6 process a segment, each with every n-th slot of one schedule. Which
 * requests are sent, and when, is the same as with one generator, because a slot's requests are drawn from its number
 * in the whole; so the slots must begin at the same moment everywhere, which is told by the clock before k6 starts.
 */
import { HarnessError } from '../errors/harness-error.ts';
import type { GeneratorPart, LoadRequest, LoadResult, LoadRunner } from '../ports/load.ts';

/** For k6 to start and to make its virtual users. */
const FIRST_LEAD_MS = 2000;
/** k6 waits at most a minute in `setup`. */
export const LONGEST_LEAD_MS = 50_000;
/** A generator is ready so long before the first slot, so that none of its own steps makes that one late. */
export const EARLY_MS = 50;

/**
 * A generator that ends with an error stops the others, and is told in the result (`died`): the load says nothing then.
 * @param now the machine's clock, Unix milliseconds
 * @throws in `run`: of the first generator, when all of them fail; what `onSample` throws
 */
export function severalGenerators(one: LoadRunner, count: number, now: () => number = Date.now): LoadRunner {
  if (count === 1) return one;
  let leadMs = FIRST_LEAD_MS;
  return {
    generators: count,
    async run(request, argvPrefix, onSample, signal) {
      const over = new AbortController();
      const latestMs = new Array<number>(count).fill(0);
      const ends = await Promise.allSettled(
        partsOf(request, count, now() + leadMs).map(async (part, index) => {
          let isFirst = true;
          try {
            return await one.run(
              part,
              argvPrefix,
              (sample) => {
                if (isFirst) latestMs[index] = Number(sample.identity) / 10 || 0;
                isFirst = false;
                const answer = onSample(sample);
                if (answer === 'stop') over.abort();
                return answer;
              },
              AbortSignal.any([signal, over.signal]),
            );
          } catch (error) {
            over.abort();
            throw error;
          }
        }),
      );
      // one that was not ready in time was late from its first request on: the next load begins so much later
      leadMs = Math.min(LONGEST_LEAD_MS, leadMs + 2 * Math.max(...latestMs));
      return merged(ends);
    },
  };
}

function partsOf(request: LoadRequest, count: number, atMs: number): readonly LoadRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    ...sharedRequest(request, count, atMs),
    phase: `${request.phase}-${index + 1}of${count}`,
    segment: { index, of: count },
  }));
}

/** The request as generators that share it get it: the same number of users each, and a beginning by the clock. */
export function sharedRequest(request: LoadRequest, count: number, atMs: number): LoadRequest {
  const { arrivals, preAllocatedVus, ratePerSecond } = request;
  const users = preAllocatedVus + Math.ceil((ratePerSecond * EARLY_MS) / 1000);
  return {
    ...request,
    preAllocatedVus: Math.ceil(users / count) * count,
    ...(arrivals === undefined ? {} : { arrivals: { ...arrivals, start: { atMs, earlyMs: EARLY_MS } } }),
  };
}

function merged(ends: readonly PromiseSettledResult<LoadResult>[]): LoadResult {
  const failed = ends.filter((end) => end.status === 'rejected').map(({ reason }): unknown => reason);
  const foreign = failed.find((error) => !(error instanceof HarnessError));
  if (foreign !== undefined) throw foreign;
  const results = ends.filter((end) => end.status === 'fulfilled').map(({ value }) => value);
  const [first] = results;
  if (first === undefined) throw failed[0];
  const sum = (of: (result: LoadResult) => number) => results.reduce((all, result) => all + of(result), 0);
  return {
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
    droppedIterations: sum(({ droppedIterations }) => droppedIterations),
    interrupted: sum(({ interrupted }) => interrupted),
    vusMax: sum(({ vusMax }) => vusMax),
    vusAllocated: sum(({ vusAllocated }) => vusAllocated),
    generatorCpuSeconds: sum(({ generatorCpuSeconds }) => generatorCpuSeconds),
    wallMs: Math.max(...results.map(({ wallMs }) => wallMs)),
    stoppedEarly: results.some(({ stoppedEarly }) => stoppedEarly),
    optionsJson: first.optionsJson,
    generators: ends.map(partOf),
  };
}

function partOf(end: PromiseSettledResult<LoadResult>): GeneratorPart {
  if (end.status === 'rejected') return { sent: 0, droppedIterations: 0, died: (end.reason as HarnessError).code };
  const { sent, droppedIterations } = end.value;
  return { sent, droppedIterations };
}
