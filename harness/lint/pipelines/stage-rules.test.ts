import { expect, test } from 'vitest';
import { readPipeline } from './read-pipeline.ts';
import { stageFindings } from './stage-rules.ts';

const PATH = '.github/workflows/ci.yaml';
const STAGES = [
  { name: 'build', jobs: ['build'] },
  { name: 'deploy', jobs: ['deploy'] },
];

/** Two jobs, of which the second is as given. */
function found(deploy: string) {
  const text = `on: push\njobs:\n  build:\n    steps: []\n  deploy: { steps: [], ${deploy} }\n`;
  const pipeline = readPipeline([{ path: PATH, text }], PATH);
  if (!('jobs' in pipeline)) throw new TypeError(pipeline.sentence);
  return stageFindings(pipeline, STAGES).map(({ code, where }) => `${code} ${where}`);
}

test.each([
  ['it waits', 'needs: build', undefined],
  ['it does not wait', '', 'PIPELINE_ORDER'],
  ['it runs always', 'needs: build, if: "${{ always() }}"', 'PIPELINE_GOES_ON'],
  ['it runs after a failure', 'needs: build, if: failure()', 'PIPELINE_GOES_ON'],
  ['it runs unless cancelled', 'needs: build, if: "!cancelled()"', 'PIPELINE_GOES_ON'],
  ['it runs unless something failed', 'needs: build, if: "!failure() && !cancelled()"', undefined],
  [
    'it asks how one job ended',
    `needs: build, if: "always() && needs.build.result == 'success'"`,
    'PIPELINE_CONDITION_UNREAD',
  ],
  ['it runs on main alone', `needs: build, if: "github.ref == 'refs/heads/main'"`, undefined],
  ['it never runs', 'needs: build, if: "${{ false }}"', 'PIPELINE_NEVER_RUNS'],
  ['its failure is no matter', 'needs: build, continue-on-error: true', 'PIPELINE_GOES_ON'],
  ['it waits for what is not there', 'needs: [build, tests]', 'PIPELINE_NEEDS_MISSING'],
  ['it waits for itself', 'needs: [build, deploy]', 'PIPELINE_CIRCLE'],
])('%s', (_name, deploy, code) => {
  expect(found(deploy)).toEqual(code === undefined ? [] : [`${code} ${PATH}:5:3`]);
});
