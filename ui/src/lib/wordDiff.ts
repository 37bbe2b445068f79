/** What changed between two texts: by words while that is quick, by lines beyond. */
import { diffLines, diffWordsWithSpace } from 'diff';

const WORDS_MAX = 20_000;
const LINES_MAX = 2_000_000;
const TIMEOUT_MS = 300;

export interface Piece {
  readonly text: string;
  /** -1: only in the first; 1: only in the second; 0: in both. */
  readonly side: -1 | 0 | 1;
}

export function wordDiff(a: string, b: string): readonly Piece[] {
  const length = a.length + b.length;
  const options = { timeout: TIMEOUT_MS };
  const changes =
    (length <= WORDS_MAX ? diffWordsWithSpace(a, b, options) : undefined) ??
    (length <= LINES_MAX ? diffLines(a, b, options) : undefined);
  if (!changes)
    return [
      { text: a, side: -1 },
      { text: b, side: 1 },
    ];
  return changes.map(({ value, added, removed }) => ({ text: value, side: added ? 1 : removed ? -1 : 0 }));
}
