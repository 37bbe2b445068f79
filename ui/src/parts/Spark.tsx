const WIDTH = 100;
const HEIGHT = 24;

/** A small line from 0 to the greatest value; decoration: the figure stands beside it. */
export function Spark({ values }: { values: readonly (number | null)[] }) {
  const most = Math.max(1e-12, ...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, at) => `${at * step},${HEIGHT - ((value ?? 0) / most) * (HEIGHT - 2)}`);
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={points.join(' ')} />}
    </svg>
  );
}
