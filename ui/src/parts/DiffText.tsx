import { useMemo } from 'react';
import { visible } from '../lib/visible';
import { wordDiff } from '../lib/wordDiff';

/** Two texts as one: what is gone struck through, what is new underlined. */
export function DiffText({ a, b }: { a: string; b: string }) {
  const pieces = useMemo(() => wordDiff(a, b), [a, b]);
  return (
    <div className="diff-text" dir="auto">
      {pieces.map((piece, index) =>
        piece.side === 0 ? (
          visible(piece.text)
        ) : piece.side > 0 ? (
          <ins key={index}>{visible(piece.text)}</ins>
        ) : (
          <del key={index}>{visible(piece.text)}</del>
        ),
      )}
    </div>
  );
}
