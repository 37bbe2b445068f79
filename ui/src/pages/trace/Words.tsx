import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { bytes, plain } from '../../lib/format';
import { piecesOf } from '../../lib/pieces';
import { indexesOf, useRows } from '../../lib/useRows';
import { visible } from '../../lib/visible';

const Markdown = lazy(() => import('./Markdown'));

const LINES_SHOWN = 40;
const FIRST_LINES = /^(?:.*\n){40}/;
const MARKDOWN_MAX = 64 * 1024;
const WHOLE_MAX = 256 * 1024;
const LINE_PX = 20;
const LINE_MAX = 160;

/** A text of any length: only the lines in sight exist. */
export function LongText({ text }: { text: string }) {
  const pieces = useMemo(() => piecesOf(text, LINE_MAX), [text]);
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useRows(scroller, { count: pieces.length, rowPx: LINE_PX });
  return (
    <>
      <div className="long-text" ref={scroller} tabIndex={0} role="region" aria-label="Text">
        <div className="rows" style={{ height: lines.heightPx }}>
          {indexesOf(lines).map((index) => (
            <div key={index} dir="auto" style={{ top: index * LINE_PX }}>
              {visible(pieces[index]!)}
            </div>
          ))}
        </div>
      </div>
      <span className="faint">{plain(bytes(text.length))}, as it stands</span>
    </>
  );
}

function Short({ text, plainText }: { text: string; plainText: boolean }) {
  const words = (
    <div className="words" dir="auto">
      {visible(text)}
    </div>
  );
  if (plainText || text.length > MARKDOWN_MAX) return words;
  return (
    <Suspense fallback={words}>
      <div dir="auto">
        <Markdown text={text} />
      </div>
    </Suspense>
  );
}

/** Text to be read; a long one opens on demand, a huge one is a window on it. */
export function Words({ text, plainText = false }: { text: string; plainText?: boolean }) {
  const [open, setOpen] = useState(false);
  if (text.length > WHOLE_MAX) return <LongText text={text} />;
  const first = FIRST_LINES.exec(text)?.[0];
  const long = first !== undefined && first.length < text.length;
  return (
    <>
      <Short text={long && !open ? first : text} plainText={plainText} />
      {long && (
        <button
          className="button"
          onClick={() => {
            setOpen(!open);
          }}
        >
          {open ? `First ${LINES_SHOWN} lines` : 'Whole text'}
        </button>
      )}
    </>
  );
}
