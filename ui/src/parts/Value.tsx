import type { Shown } from '../lib/format';

/** A number with its unit in fainter ink; the exact value on hover. */
export function Value({ shown, exact }: { shown: Shown; exact?: string | number | null | undefined }) {
  const apart = shown.unit && !/^[kMG]$/.test(shown.unit);
  return (
    <span className="num" title={exact == null ? undefined : String(exact)}>
      {shown.text}
      {shown.unit && (
        <span className="faint">
          {apart && ' '}
          {shown.unit}
        </span>
      )}
    </span>
  );
}
