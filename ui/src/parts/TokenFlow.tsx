import { count } from '../lib/format';
import { Value } from './Value';

/** Tokens in → tokens out; one dash where neither is known. */
export function TokenFlow({ sent, received }: { sent: number | null; received: number | null }) {
  if (sent === null && received === null) return <Value shown={count(null)} />;
  return (
    <span className="num">
      <Value shown={count(sent)} exact={sent} />
      <span className="faint"> → </span>
      <Value shown={count(received)} exact={received} />
    </span>
  );
}
