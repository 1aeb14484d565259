/** Globs of `directory.include` and `directory.exclude`. */
export { matchesGlob } from '../../pattern/glob.ts';
