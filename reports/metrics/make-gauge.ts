/** How a writer of metrics makes a gauge. */

export type MakeGauge = (
  name: string,
  help: string,
  labelNames?: readonly string[],
) => InstanceType<typeof import('prom-client').Gauge>;
