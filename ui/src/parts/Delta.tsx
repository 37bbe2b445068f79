import { plain, type Shown } from '../lib/format';

/** How much b is above a, in words of its own unit, and as a share of a. More is worse unless it is neutral. */
export function Delta({
  a,
  b,
  show,
  neutral = false,
}: {
  a: number | null | undefined;
  b: number | null | undefined;
  show: (value: number) => Shown;
  neutral?: boolean;
}) {
  if (a == null || b == null) return <span className="faint num">—</span>;
  const by = b - a;
  const small = Math.abs(by) < Math.abs(a) * 0.01;
  const kind = neutral || small ? 'dim' : by > 0 ? 'worse' : 'better';
  const sign = by > 0 ? '+' : by < 0 ? '−' : '±';
  const share = a > 0 && by !== 0 ? ` (${sign}${((Math.abs(by) / a) * 100).toFixed(0)} %)` : '';
  return (
    <span className={`num ${kind}`} title={`${a} → ${b}`}>
      {sign}
      {plain(show(Math.abs(by)))}
      {share}
    </span>
  );
}
