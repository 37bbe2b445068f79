import { useState } from 'react';
import type { Message, Part } from '../../lib/messages';
import { Json, visible } from './Json';

const LINES_SHOWN = 40;
const FIRST_LINES = /^(?:.*\n){40}/;

/** Text as it stands, its lines kept; a long one opens on demand. */
export function Words({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const first = FIRST_LINES.exec(text)?.[0];
  const long = first !== undefined && first.length < text.length;
  return (
    <>
      <div className="words" dir="auto">
        {visible(long && !open ? first : text)}
      </div>
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

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case 'text':
      return <Words text={part.text} />;
    case 'reasoning':
      return (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <Words text={part.text} />
        </details>
      );
    case 'call':
      return (
        <div className="call">
          <div>
            <span className="faint">calls</span> <b className="mono">{visible(part.name)}</b>
            {part.id && <span className="faint mono"> {visible(part.id)}</span>}
          </div>
          <Json value={part.args} />
        </div>
      );
    case 'result':
      return (
        <div className={part.failed ? 'call failed-call' : 'call'}>
          <div className="faint">
            {part.failed ? 'failed' : 'result'}{' '}
            {part.callId && <span className="mono">{visible(part.callId)}</span>}
          </div>
          {part.parts.map((inner, index) => (
            <PartView key={index} part={inner} />
          ))}
        </div>
      );
    case 'media':
      return <span className="chip">{part.what}</span>;
    case 'data':
      return <Json value={part.value} />;
  }
}

const FOLDED_FROM = 8;
const KEPT_AT_END = 4;

/** A conversation; of a long one the newest messages, the others behind one line. */
export function Messages({ messages }: { messages: readonly Message[] }) {
  const [open, setOpen] = useState(false);
  const folded = open || messages.length < FOLDED_FROM ? 0 : messages.length - KEPT_AT_END;
  return (
    <>
      {folded > 0 && (
        <button
          className="button fold"
          onClick={() => {
            setOpen(true);
          }}
        >
          {folded} earlier messages
        </button>
      )}
      {messages.slice(folded).map((message, index) => (
        <article key={index} className={`message ${message.role}`}>
          <h4>{visible(message.role)}</h4>
          {message.parts.length === 0 && <span className="faint">empty</span>}
          {message.parts.map((part, at) => (
            <PartView key={at} part={part} />
          ))}
        </article>
      ))}
    </>
  );
}
