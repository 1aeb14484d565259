import { describe, expect, it } from 'vitest';
import { CALIBRATION_SEED, calibrationStudies, seedOf, tableRow } from './calibrate.ts';
import { runStudy } from './calibration-study.ts';

describe('calibration, a fifth of what `npm run calibrate` measures', () => {
  // The limits follow from the number of runs, so a smaller size is as honest and only sees smaller breaches less often.
  // Left to `calibrate --size ci`: the misses at 1e-3, which repeat those at 1e-2 ten times more rarely, and the plain
  // ratio pair, whose errors the exact dynamic program gives without simulation.
  const studies = calibrationStudies('unit').filter(
    (study) => !study.name.startsWith('ratio pair') && !(study.name.includes('really') && study.nominal === 0.001),
  );

  it.each(studies.map((study) => [`${study.name} (${study.nominal})`, study] as const))(
    '%s',
    { timeout: 60_000 },
    (_, study) => {
      const result = runStudy(study, seedOf(study, CALIBRATION_SEED));
      expect(result.asExpected, tableRow(result)).toBe(true);
      if (study.name.includes('no guard')) expect(result.rate).toBeGreaterThan(0.3);
    },
  );
});
