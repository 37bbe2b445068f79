import { useState } from 'react';
import { readKept, writeKept } from '../../lib/kept';
import { useMedia } from '../../lib/useMedia';
import { useUrlState } from '../../lib/urlState';
import { columns, initialColumns, layoutOf, narrowColumns, narrowLayoutOf, type Column } from './columns';

const KEY = 'oat.columns';
const LEAST_PX = 20;
const MOST_PX = 1200;
const NARROW = '(max-width: 640px)';

type Widths = Readonly<Record<string, number>>;

interface Kept {
  readonly shown: readonly string[];
  readonly widths: Widths;
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null || !('shown' in value) || !('widths' in value))
    return false;
  const { shown, widths } = value;
  return (
    Array.isArray(shown) &&
    typeof widths === 'object' &&
    widths !== null &&
    Object.values(widths).every((width) => typeof width === 'number')
  );
}

export interface Columns {
  /** As on a telephone: there is nothing to choose. */
  readonly narrow: boolean;
  readonly shown: readonly Column[];
  readonly template: string;
  readonly leastPx: number;
  /** Those that were set, in pixels, by the columns' keys. */
  readonly widths: Widths;
  readonly toggle: (key: string) => void;
  /** null: as wide as at first. */
  readonly resize: (key: string, px: number | null) => void;
  readonly reset: () => void;
}

/** Which columns are seen is in the address once it was chosen there; that and their widths are kept for the
 * next time. */
export function useColumns(): Columns {
  const [values, setUrl] = useUrlState();
  const [kept, setKept] = useState<Kept>(
    () => readKept(KEY, isKept) ?? { shown: initialColumns, widths: {} },
  );
  const narrow = useMedia(NARROW);
  const keep = (next: Kept) => {
    setKept(next);
    writeKept(KEY, next);
  };
  const keys = values.get('cols')?.split(',') ?? kept.shown;
  const wanted: readonly string[] = narrow ? narrowColumns : keys;
  const shown = columns.filter((column) => wanted.includes(column.key));
  return {
    narrow,
    shown,
    ...(narrow ? narrowLayoutOf(shown) : layoutOf(shown, kept.widths)),
    widths: kept.widths,
    toggle: (key) => {
      const next = keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key];
      keep({ ...kept, shown: next });
      setUrl({ cols: next.join(',') });
    },
    resize: (key, px) => {
      const others = Object.fromEntries(Object.entries(kept.widths).filter(([one]) => one !== key));
      const width = px === null ? {} : { [key]: Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, px))) };
      keep({ ...kept, widths: { ...others, ...width } });
    },
    reset: () => {
      keep({ shown: initialColumns, widths: {} });
      setUrl({ cols: null });
    },
  };
}
