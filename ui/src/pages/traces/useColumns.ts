import { useState } from 'react';
import { readKept, writeKept } from '../../lib/kept';
import { useMedia } from '../../lib/useMedia';
import { useUrlState } from '../../lib/urlState';
import { arranged, moved, pinToggled, placed, toggled, type Arrangement } from './arrangement';
import { columns, initialColumns, narrowColumns } from './columns';
import { layoutOf, narrowLayoutOf, type Layout } from './layout';

const KEY = 'oat.columns';
const LEAST_PX = 20;
const MOST_PX = 1200;
const NARROW = '(max-width: 640px)';

type Widths = Readonly<Record<string, number>>;

interface Kept extends Arrangement {
  readonly widths: Widths;
}

const atFirst: Kept = { shown: initialColumns, pinned: [], widths: {} };
const known = columns.map((column) => column.key);

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { shown, pinned, widths } = value as Readonly<Record<string, unknown>>;
  return (
    Array.isArray(shown) &&
    Array.isArray(pinned) &&
    typeof widths === 'object' &&
    widths !== null &&
    Object.values(widths).every((width) => typeof width === 'number')
  );
}

export interface Columns extends Layout {
  /** As on a telephone: there is nothing to choose. */
  readonly narrow: boolean;
  readonly pinned: readonly string[];
  /** Those that were set, in pixels, by the columns' keys. */
  readonly widths: Widths;
  readonly toggle: (key: string) => void;
  readonly togglePin: (key: string) => void;
  /** One place to the left or the right. */
  readonly move: (key: string, by: -1 | 1) => void;
  /** Before another one; null: to the end. */
  readonly place: (key: string, before: string | null) => void;
  /** null: as wide as at first. */
  readonly resize: (key: string, px: number | null) => void;
  readonly reset: () => void;
}

/** Which columns are seen, and where, is in the address once it was chosen there; that and their widths are
 * kept for the next time. */
export function useColumns(): Columns {
  const [values, setUrl] = useUrlState();
  const [kept, setKept] = useState<Kept>(() => readKept(KEY, isKept) ?? atFirst);
  const narrow = useMedia(NARROW);
  const keep = (next: Kept) => {
    setKept(next);
    writeKept(KEY, next);
  };
  const cols = values.get('cols');
  const now = arranged(
    cols === null ? kept : { shown: cols.split(','), pinned: values.get('pin')?.split(',') ?? [] },
    known,
  );
  const arrange = (next: Arrangement) => {
    keep({ ...kept, ...next });
    setUrl({ cols: next.shown.join(','), pin: next.pinned.join(',') || null });
  };
  const wanted: readonly string[] = narrow ? narrowColumns : now.shown;
  const shown = wanted.flatMap((key) => columns.find((column) => column.key === key) ?? []);
  return {
    narrow,
    ...(narrow ? narrowLayoutOf(shown) : layoutOf(shown, now.pinned.length, kept.widths)),
    pinned: now.pinned,
    widths: kept.widths,
    toggle: (key) => {
      arrange(toggled(now, key));
    },
    togglePin: (key) => {
      arrange(pinToggled(now, key));
    },
    move: (key, by) => {
      arrange(moved(now, key, by));
    },
    place: (key, before) => {
      arrange(placed(now, key, before));
    },
    resize: (key, px) => {
      const others = Object.fromEntries(Object.entries(kept.widths).filter(([one]) => one !== key));
      const width = px === null ? {} : { [key]: Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, px))) };
      keep({ ...kept, widths: { ...others, ...width } });
    },
    reset: () => {
      keep(atFirst);
      setUrl({ cols: null, pin: null });
    },
  };
}
