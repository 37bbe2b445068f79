import { useState } from 'react';
import type { Message, Part } from '../../lib/messages';
import { visible } from '../../lib/visible';
import { Json } from './Json';
import { roleOf } from '../conversation/calls';
import { Media } from './Media';
import { Words } from './Words';
import './content.css';

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
      return <Media media={part} />;
    case 'data':
      return <Json value={part.value} />;
  }
}

/** One message, who said it, and whether it was said before. */
export function MessageView({
  message,
  isNew,
  note,
}: {
  message: Message;
  isNew: boolean;
  note: string | null;
}) {
  return (
    <article className={`message ${roleOf(message)}`}>
      <h4>
        {visible(message.role)}
        {isNew && <span className="new">new</span>}
        {note && <span className="faint message-note">{note}</span>}
      </h4>
      {message.parts.length === 0 && <span className="faint">empty</span>}
      {message.parts.map((part, at) => (
        <PartView key={at} part={part} />
      ))}
    </article>
  );
}

const FOLDED_FROM = 8;
const KEPT_AT_END = 4;

/** Messages at the front that an earlier call had already sent. */
export interface Resent {
  readonly count: number;
  readonly note: string;
}

/** A conversation. What an earlier call had sent already, or the front of a long one, is behind one line. */
export function Messages({
  messages,
  resent,
}: {
  messages: readonly Message[];
  resent?: Resent | undefined;
}) {
  const [open, setOpen] = useState(false);
  const old = resent?.count ?? (messages.length < FOLDED_FROM ? 0 : messages.length - KEPT_AT_END);
  const folded = open ? 0 : old;
  return (
    <>
      {folded > 0 && (
        <button
          className="button fold"
          onClick={() => {
            setOpen(true);
          }}
        >
          {resent ? resent.note : `${folded} earlier messages`}
        </button>
      )}
      {messages.slice(folded).map((message, index) => (
        <MessageView
          key={index}
          message={message}
          isNew={resent !== undefined && folded + index >= resent.count}
          note={null}
        />
      ))}
    </>
  );
}
