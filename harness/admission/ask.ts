/**
 * Asks the API server by dry run (`dryRun=All`): every admission plugin and webhook is gone through, and nothing is made.
 * Nothing says when an engine acts upon a policy that was changed just now; so questions are asked in rounds, until two of
 * them in a row got the same answers.
 */
import { ApiError } from '../../k8s/client/api-request.ts';
import type { Collection, KubeObject } from '../../k8s/client/object.ts';
import { environmentError } from '../errors/harness-error.ts';
import type { Answer, Asked, Question } from '../kyverno/question.ts';
import { readRefusal } from '../kyverno/refusal.ts';
import type { Scene } from '../scene/scene.ts';

/** Between two rounds: an engine reads a change within a fraction of that. */
const BETWEEN_MS = 2_000;
const MOST_ROUNDS = 6;

/**
 * @throws HarnessError POLICY_ENGINE_UNREACHABLE, POLICY_ANSWERS_CHANGE (exit 3), and of the API without an answer; the
 *   scene's reason
 */
export async function settledAnswers<About extends Question>(
  questions: readonly About[],
  scene: Scene,
): Promise<readonly Asked<About>[]> {
  let before = '';
  for (let left = MOST_ROUNDS; left > 0; left -= 1) {
    const round = await askAll(questions, scene);
    const now = JSON.stringify(round.map(gist));
    if (now === before) return round;
    before = now;
    await scene.pause(BETWEEN_MS);
  }
  throw environmentError(
    'POLICY_ANSWERS_CHANGE',
    `the same questions were answered differently in each of ${MOST_ROUNDS} rounds`,
    { hint: 'Is the policy being changed, or does Kyverno start again and again? Its log says so.' },
  );
}

async function askAll<About extends Question>(
  questions: readonly About[],
  scene: Scene,
): Promise<readonly Asked<About>[]> {
  const asked: Asked<About>[] = [];
  for (const question of questions) {
    scene.signal.throwIfAborted();
    asked.push({ question, answer: await ask(question.object, scene) });
  }
  return asked;
}

async function ask(object: KubeObject, { client }: Scene): Promise<Answer> {
  const { apiVersion = '', kind = '', metadata } = object;
  const collection: Collection = await client.locate({ apiVersion, kind, namespace: metadata.namespace ?? '' });
  try {
    return { kind: 'admitted', object: await client.create(collection, object, { dryRun: true }) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const refusal = readRefusal(error.message);
    if (refusal.by === 'nobody-answered')
      throw environmentError('POLICY_ENGINE_UNREACHABLE', `the API server cannot ask Kyverno: ${refusal.text}`, {
        where: 'kyverno',
        hint: 'Its webhook fails closed, so nothing is admitted: look at its pods and their log.',
        cause: error,
      });
    return { kind: 'refused', refusal };
  }
}

/** What two rounds must have in common; the words of others hold numbers and times. */
function gist({ answer }: Asked): unknown {
  if (answer.kind === 'admitted') return answer.kind;
  const { by, policies } = answer.refusal;
  return [by, policies.map(({ policy, message }) => `${policy}: ${message}`).sort()];
}
