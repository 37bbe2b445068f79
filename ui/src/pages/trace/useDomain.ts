import { useEffect, useState } from 'react';
import { useUrlState } from '../../lib/urlState';
import type { Domain } from './lane';

const SHORTEST_MS = 1e-3;
const SETTLED_MS = 300;

/** The zoom of the lane, within the trace; the address has it as t0 and t1 once it rests. */
export function useDomain(whole: Domain): [Domain, (domain: Domain) => void] {
  const [values, setUrl] = useUrlState();
  const [chosen, setChosen] = useState<Domain | null>(() => {
    const [from, to] = [Number(values.get('t0')), Number(values.get('t1'))];
    return values.has('t0') && to > from ? { from, to } : null;
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      const [t0, t1] = chosen ? [chosen.from.toFixed(3), chosen.to.toFixed(3)] : [null, null];
      if (new URLSearchParams(window.location.search).get('t0') !== t0) setUrl({ t0, t1 });
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [chosen, setUrl]);
  const set = (next: Domain) => {
    const most = (whole.to - whole.from) * 1.02;
    const length = Math.min(most, Math.max(SHORTEST_MS, next.to - next.from));
    if (length >= most * 0.98) setChosen(null);
    else {
      const from = Math.min(whole.to - length * 0.1, Math.max(whole.from - length * 0.9, next.from));
      setChosen({ from, to: from + length });
    }
  };
  return [chosen ?? whole, set];
}
