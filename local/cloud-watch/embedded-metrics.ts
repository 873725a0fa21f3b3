import type { MetricIdentity } from './metric-series';

export interface EmbeddedValue {
  readonly identity: MetricIdentity;
  readonly unit: string | undefined;
  readonly time: number;
  readonly values: readonly number[];
}

interface Directive {
  Namespace?: unknown;
  Dimensions?: unknown;
  Metrics?: unknown;
}

/**
 * The metrics in a log line, none when it is an ordinary line.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(line: string): readonly EmbeddedValue[] {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return [];
  let document: Record<string, unknown>;
  try {
    document = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return [];
  }
  const metadata = document._aws as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | null;
  if (typeof metadata?.Timestamp !== 'number' || !Array.isArray(metadata.CloudWatchMetrics)) return [];
  const time = metadata.Timestamp;
  return (metadata.CloudWatchMetrics as Directive[]).flatMap((directive) => valuesOf(directive, document, time));
}

function valuesOf(
  { Namespace, Dimensions, Metrics }: Directive,
  document: Record<string, unknown>,
  time: number,
): EmbeddedValue[] {
  if (typeof Namespace !== 'string' || !Array.isArray(Metrics)) return [];
  const sets = (Array.isArray(Dimensions) ? Dimensions : [[]]) as string[][];
  return (Metrics as { Name: string; Unit?: string }[]).flatMap(({ Name, Unit }) => {
    const value = document[Name];
    const values = (Array.isArray(value) ? value : [value]).filter((item): item is number => typeof item === 'number');
    if (values.length === 0) return [];
    return sets.map((names) => ({
      identity: {
        namespace: Namespace,
        metric: Name,
        dimensions: Object.fromEntries(names.map((name) => [name, String(document[name])])),
      },
      unit: Unit,
      time,
      values,
    }));
  });
}
