/** A row of recent values as a line. Too few to draw one: a dashed rule of the same size, so that nothing moves. */
export function Sparkline({
  label,
  values,
  width = 240,
  height = 32,
}: {
  label: string;
  values: readonly number[];
  width?: number;
  height?: number;
}) {
  const highest = Math.max(1, ...values);
  const points = values.map(
    (value, index) => `${(index / Math.max(1, values.length - 1)) * width},${height - 2 - (value / highest) * (height - 4)}`,
  );
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className="h-8 w-full text-muted">
      {points.length > 1 ? (
        <polyline points={points.join(" ")} fill="none" stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
      ) : (
        <line
          x1="0"
          x2={width}
          y1={height / 2}
          y2={height / 2}
          stroke="currentColor"
          strokeDasharray="2 4"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
