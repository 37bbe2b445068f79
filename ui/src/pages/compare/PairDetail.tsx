import { Link } from 'wouter';
import { messageAt } from '../../lib/messageAt';
import { textOf } from '../../lib/messages';
import { DiffText } from '../../parts/DiffText';
import { Problem } from '../../parts/Problem';
import { MessageView } from '../trace/Messages';
import { useSpanDiff, useWholeSpan, type SpanPlace } from './queries';

const AROUND = 2;

function spanHref({ traceId, spanId }: SpanPlace): string {
  return `/traces/${traceId}?span=${spanId}`;
}

/** Two payloads that are no conversations, as one text. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value, null, 2);
}

function Texts({ title, a, b }: { title: string; a: unknown; b: unknown }) {
  const [textA, textB] = [asText(a), asText(b)];
  if (textA === '' && textB === '') return null;
  return (
    <section className="payload">
      <h3>
        {title}
        <span className="faint">{textA === textB ? 'the same' : 'what changed'}</span>
      </h3>
      <DiffText a={textA} b={textB} />
    </section>
  );
}

/** The messages of both sides from a little before the first that differs, and that one as a diff. */
function Conversations({ a, b }: { a: SpanPlace; b: SpanPlace }) {
  const diff = useSpanDiff(a, b);
  const [left, right] = [useWholeSpan(a), useWholeSpan(b)];
  if (diff.error) return <Problem error={diff.error} />;
  if (!diff.data || !left.data || !right.data) return <p className="faint">loading…</p>;
  const { messages_a, messages_b, first_different_message: first } = diff.data;
  const from = first === null ? 0 : Math.max(0, first - AROUND);
  const [refA, refB] = first === null ? [] : [messages_a[first], messages_b[first]];
  const sides = [
    ['A', messages_a, left.data.inputs, left.data.outputs],
    ['B', messages_b, right.data.inputs, right.data.outputs],
  ] as const;
  return (
    <>
      {refA && refB && (
        <section className="payload first-difference">
          <h3>
            Message {first! + 1}, the first that differs <span className="faint">{refB.role}</span>
          </h3>
          <DiffText
            a={textOf(messageAt(left.data.inputs, refA))}
            b={textOf(messageAt(right.data.inputs, refB))}
          />
        </section>
      )}
      {first === null && messages_a.length > 0 && <p className="faint">Both were sent the same messages.</p>}
      {first !== null && (
        <div className="sides">
          {sides.map(([side, refs, inputs]) => (
            <section key={side} aria-label={`Messages of ${side}`}>
              {from > 0 && <p className="unchanged">{from} messages unchanged</p>}
              {refs.slice(from).map((ref, index) => (
                <MessageView
                  key={ref.pointer}
                  message={messageAt(inputs, ref)}
                  isNew={false}
                  note={from + index >= first ? 'differs' : null}
                />
              ))}
            </section>
          ))}
        </div>
      )}
      <Texts title="Output" a={left.data.outputs} b={right.data.outputs} />
    </>
  );
}

function Payloads({ a, b }: { a: SpanPlace; b: SpanPlace }) {
  const [left, right] = [useWholeSpan(a), useWholeSpan(b)];
  const error = left.error ?? right.error;
  if (error) return <Problem error={error} />;
  if (!left.data || !right.data) return <p className="faint">loading…</p>;
  return (
    <>
      <Texts title="Input" a={left.data.inputs} b={right.data.inputs} />
      <Texts title="Output" a={left.data.outputs} b={right.data.outputs} />
      <Texts title="Error" a={left.data.error} b={right.data.error} />
    </>
  );
}

/** Two spans side by side: what each was sent and what came out. */
export function PairDetail({ a, b, isCall }: { a: SpanPlace; b: SpanPlace; isCall: boolean }) {
  return (
    <div className="pair-detail">
      <p>
        <Link className="button" href={spanHref(a)}>
          Span in A
        </Link>{' '}
        <Link className="button" href={spanHref(b)}>
          Span in B
        </Link>
      </p>
      {isCall ? <Conversations a={a} b={b} /> : <Payloads a={a} b={b} />}
    </div>
  );
}
