/** What changed between two texts: by words while that is quick, by lines beyond. */
import { diffLines, diffWordsWithSpace } from 'diff';

const WORDS_MAX = 20_000;
const LINES_MAX = 2_000_000;
const TIMEOUT_MS = 300;
const BETWEEN = /^[^\p{L}\p{N}\n]{1,3}$/u;

export interface Piece {
  readonly text: string;
  /** -1: only in the first; 1: only in the second; 0: in both. */
  readonly side: -1 | 0 | 1;
}

/** Changed words with only a blank or a sign between them are one change: read as phrases, not word by word. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const done: Piece[] = [];
  let [before, after, between] = ['', '', ''];
  const flush = () => {
    if (before) done.push({ text: before, side: -1 });
    if (after) done.push({ text: after, side: 1 });
    if (between) done.push({ text: between, side: 0 });
    [before, after, between] = ['', '', ''];
  };
  for (const { text, side } of pieces)
    if (side === 0) {
      const joins = (before || after) && !between && BETWEEN.test(text);
      if (joins) between = text;
      else {
        flush();
        done.push({ text, side });
      }
    } else {
      before += between;
      after += between;
      between = '';
      if (side < 0) before += text;
      else after += text;
    }
  flush();
  return done;
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
  return joined(
    changes.map(({ value, added, removed }) => ({ text: value, side: added ? 1 : removed ? -1 : 0 })),
  );
}
