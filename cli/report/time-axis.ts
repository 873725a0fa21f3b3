import { duration } from '../demo/units';
import { axis } from './chart';

/** Of so many seconds, from 0. */
export function timeAxis(seconds: number): object {
  return axis({
    type: 'value',
    min: 0,
    max: seconds,
    interval: roundInterval(seconds),
    axisLabel: { formatter: sinceStart, hideOverlap: true, showMaxLabel: false },
  });
}

const INTERVALS = [60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Between the labels of a time axis: some five of them, at times that people say. */
function roundInterval(seconds: number): number {
  const days = Math.ceil(seconds / 5 / 86_400) * 86_400;
  return INTERVALS.find((interval) => seconds / interval <= 6) ?? days;
}

function sinceStart(seconds: number): string {
  return seconds === 0 ? '0' : duration(seconds);
}
