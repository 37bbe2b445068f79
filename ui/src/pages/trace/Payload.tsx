import { useState } from 'react';
import { bytes, plain } from '../../lib/format';
import { mediaPayload, messagesOf } from '../../lib/messages';
import type { PayloadInfo } from '../../lib/types';
import { Copy } from '../../parts/Copy';
import { Json } from './Json';
import { Media } from './Media';
import { Messages, type Resent } from './Messages';
import { LongText, Words } from './Words';
import './content.css';

const modes = ['Read', 'Tree', 'Raw'] as const;
type Mode = (typeof modes)[number];

function rawOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function Read({ value, resentOf }: { value: unknown; resentOf?: (messages: number) => Resent | undefined }) {
  if (typeof value === 'string') return <Words text={value} />;
  const media = mediaPayload(value);
  if (media) return <Media media={media} />;
  const messages = messagesOf(value);
  return messages ? (
    <Messages messages={messages} resent={resentOf?.(messages.length)} />
  ) : (
    <Json value={value} />
  );
}

/** What went in or came out: to be read, as a tree, or as it stands. */
export function Payload({
  title,
  value,
  info,
  resentOf,
}: {
  title: string;
  value: unknown;
  info: PayloadInfo | null | undefined;
  /** Of so many messages: which were sent before. */
  resentOf?: (messages: number) => Resent | undefined;
}) {
  const [mode, setMode] = useState<Mode>('Read');
  if (value === undefined || value === null) return null;
  return (
    <section className="payload">
      <h3>
        {title}
        {info && (
          <span className="faint">
            {plain(bytes(info.size_bytes))} {info.media_type}
          </span>
        )}
        <span className="space" />
        <span className="segments" role="group" aria-label={`${title} as`}>
          {modes.map((one) => (
            <button
              key={one}
              aria-pressed={one === mode}
              onClick={() => {
                setMode(one);
              }}
            >
              {one}
            </button>
          ))}
        </span>
        <Copy text={rawOf(value)} label={`Copy ${title.toLowerCase()}`} />
      </h3>
      {mode === 'Read' && <Read value={value} {...(resentOf ? { resentOf } : {})} />}
      {mode === 'Tree' && <Json value={value} />}
      {mode === 'Raw' && <LongText text={rawOf(value)} />}
    </section>
  );
}
