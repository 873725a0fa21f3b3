/** The source of the events that this library publishes. */
export const EVENT_SOURCE = 'batch-foreman';

/** The namespace of the metrics that this library's functions write. */
export const METRIC_NAMESPACE = 'BatchForeman';
