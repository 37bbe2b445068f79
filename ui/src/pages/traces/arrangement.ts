/** Which columns a list shows, from left to right. Those that are pinned come first and stay when one scrolls
 * sideways. */
export interface Arrangement {
  readonly shown: readonly string[];
  readonly pinned: readonly string[];
}

/** Only what there is, each once, pinned ones first. */
export function arranged({ shown, pinned }: Arrangement, known: readonly string[]): Arrangement {
  const there = [...new Set(shown)].filter((key) => known.includes(key));
  const first = there.filter((key) => pinned.includes(key));
  return { shown: [...first, ...there.filter((key) => !first.includes(key))], pinned: first };
}

/** Shows it as the last one, or no more. */
export function toggled({ shown, pinned }: Arrangement, key: string): Arrangement {
  return shown.includes(key)
    ? { shown: shown.filter((one) => one !== key), pinned: pinned.filter((one) => one !== key) }
    : { shown: [...shown, key], pinned };
}

/** Pins it behind those that are pinned, or puts it before those that are not. */
export function pinToggled({ shown, pinned }: Arrangement, key: string): Arrangement {
  const others = shown.filter((one) => one !== key);
  const left = others.filter((one) => pinned.includes(one));
  const right = others.filter((one) => !pinned.includes(one));
  return {
    shown: [...left, key, ...right],
    pinned: pinned.includes(key) ? left : [...left, key],
  };
}

/** Puts it before another one, or (null) at the end; pinned ones stay among themselves, and so do the others. */
export function placed({ shown, pinned }: Arrangement, key: string, before: string | null): Arrangement {
  if (key === before) return { shown, pinned };
  const others = shown.filter((one) => one !== key);
  const at = before === null ? others.length : others.indexOf(before);
  return arranged({ shown: [...others.slice(0, at), key, ...others.slice(at)], pinned }, shown);
}

/** One place to the left or the right. */
export function moved(arrangement: Arrangement, key: string, by: -1 | 1): Arrangement {
  const { shown } = arrangement;
  const at = shown.indexOf(key) + (by < 0 ? -1 : 2);
  return at < 0 ? arrangement : placed(arrangement, key, shown[at] ?? null);
}
