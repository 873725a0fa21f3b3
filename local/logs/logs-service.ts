import * as logs from '@aws-sdk/client-cloudwatch-logs';
import type { LogSink } from '../ports';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { compileFilterPattern } from './filter-pattern';
import { LogGroup } from './log-group';
import type { LogEvent, LogStream } from './log-group';

/** Told of every line, whoever writes it. */
export type LogListener = (line: { group: string; stream: string; timestamp: number; message: string }) => void;

const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const MAXIMUM_PAGE = 10_000;

/** Amazon CloudWatch Logs. */
export class LogsService implements LogSink {
  readonly api: Service;
  private readonly groups = new Map<string, LogGroup>();
  private readonly listeners: LogListener[] = [];

  constructor(private readonly world: World) {
    this.api = {
      signingName: 'logs',
      protocol: 'json1.1',
      sdk: logs,
      operations: { ...this.groupOperations(), ...this.streamOperations(), ...this.eventOperations() },
    };
  }

  onLine(listener: LogListener): void {
    this.listeners.push(listener);
  }

  /** Makes the group and the stream when they are missing, as functions' roles allow. */
  write(logGroup: string, logStream: string, line: string): void {
    const now = this.world.clock.now();
    const group = this.groups.get(logGroup) ?? this.createGroup(logGroup);
    this.append(group, group.stream(logStream, now), now, line);
  }

  private append(group: LogGroup, stream: LogStream, timestamp: number, message: string): void {
    group.append(stream, timestamp, this.world.clock.now(), message);
    for (const listener of this.listeners) listener({ group: group.name, stream: stream.name, timestamp, message });
  }

  private createGroup(name: string, tags?: Record<string, string>): LogGroup {
    const group = new LogGroup(name, arn(this.world, 'logs', `log-group:${name}`), this.world.clock.now(), tags);
    this.groups.set(name, group);
    return group;
  }

  private group(nameOrArn: string | undefined): LogGroup {
    const name = nameOrArn?.replace(/^.*:log-group:/, '').replace(/:\*$/, '');
    const group = this.groups.get(name ?? '');
    if (group === undefined) throw notFound('The specified log group does not exist.');
    return group;
  }

  private groupOperations(): Service['operations'] {
    return {
      CreateLogGroup: ({ logGroupName, tags }: logs.CreateLogGroupRequest) => {
        if (this.groups.has(logGroupName!)) throw exists('The specified log group already exists');
        this.createGroup(logGroupName!, tags);
      },
      DeleteLogGroup: ({ logGroupName }: logs.DeleteLogGroupRequest) =>
        void this.groups.delete(this.group(logGroupName).name),
      DescribeLogGroups: (input: logs.DescribeLogGroupsRequest): logs.DescribeLogGroupsResponse => {
        const { logGroupNamePrefix = '', logGroupNamePattern = '', limit = 50, nextToken } = input;
        const named = [...this.groups.values()].filter(
          ({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern),
        );
        const sorted = named.sort((a, b) => (a.name < b.name ? -1 : 1));
        const { items, next } = page(sorted, ({ name }) => name, limit, nextToken);
        return { logGroups: items.map(describeGroup), nextToken: next };
      },
      PutRetentionPolicy: ({ logGroupName, retentionInDays }: logs.PutRetentionPolicyRequest) => {
        if (!RETENTIONS.includes(retentionInDays!)) {
          throw invalid(`Invalid retention value. Allowed values are ${RETENTIONS.join(', ')}`);
        }
        this.group(logGroupName).retentionDays = retentionInDays;
      },
      DeleteRetentionPolicy: ({ logGroupName }: logs.DeleteRetentionPolicyRequest) => {
        this.group(logGroupName).retentionDays = undefined;
      },
      TagResource: ({ resourceArn, tags }: logs.TagResourceRequest) =>
        void Object.assign(this.group(resourceArn).tags, tags),
      UntagResource: ({ resourceArn, tagKeys = [] }: logs.UntagResourceRequest) => {
        for (const key of tagKeys) delete this.group(resourceArn).tags[key];
      },
      ListTagsForResource: ({ resourceArn }: logs.ListTagsForResourceRequest) => ({
        tags: this.group(resourceArn).tags,
      }),
    };
  }

  private streamOperations(): Service['operations'] {
    return {
      CreateLogStream: ({ logGroupName, logStreamName }: logs.CreateLogStreamRequest) => {
        const group = this.group(logGroupName);
        if (group.streams.has(logStreamName!)) throw exists('The specified log stream already exists');
        group.stream(logStreamName!, this.world.clock.now());
      },
      DeleteLogStream: ({ logGroupName, logStreamName }: logs.DeleteLogStreamRequest) => {
        if (!this.group(logGroupName).deleteStream(logStreamName!))
          throw notFound('The specified log stream does not exist.');
      },
      DescribeLogStreams: (input: logs.DescribeLogStreamsRequest): logs.DescribeLogStreamsResponse => {
        const {
          logStreamNamePrefix = '',
          orderBy = 'LogStreamName',
          descending = false,
          limit = 50,
          nextToken,
        } = input;
        const group = this.group(input.logGroupName ?? input.logGroupIdentifier);
        const streams = [...group.streams.values()].filter(({ name }) => name.startsWith(logStreamNamePrefix));
        const sign = descending ? -1 : 1;
        const byTime = orderBy === 'LastEventTime';
        streams.sort(
          (a, b) => sign * ((byTime && (a.lastEventAt ?? 0) - (b.lastEventAt ?? 0)) || (a.name < b.name ? -1 : 1)),
        );
        const { items, next } = page(streams, ({ name }) => name, limit, nextToken);
        return { logStreams: items.map((stream) => describeStream(group, stream)), nextToken: next };
      },
    };
  }

  private eventOperations(): Service['operations'] {
    return {
      PutLogEvents: ({ logGroupName, logStreamName, logEvents = [] }: logs.PutLogEventsRequest) => {
        const group = this.group(logGroupName);
        const stream = group.streams.get(logStreamName!);
        if (stream === undefined) throw notFound('The specified log stream does not exist.');
        const times = logEvents.map(({ timestamp }) => timestamp!);
        if (times.some((time, index) => index > 0 && time < times[index - 1]!)) {
          throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
        }
        for (const { timestamp, message } of logEvents) this.append(group, stream, timestamp!, message!);
        return { nextSequenceToken: '0' };
      },
      GetLogEvents: (input: logs.GetLogEventsRequest) => this.getLogEvents(input),
      FilterLogEvents: (input: logs.FilterLogEventsRequest) => this.filterLogEvents(input),
    };
  }

  private getLogEvents(input: logs.GetLogEventsRequest): logs.GetLogEventsResponse {
    const { logStreamName, startTime = 0, endTime = Infinity, nextToken, limit = MAXIMUM_PAGE } = input;
    const group = this.group(input.logGroupName ?? input.logGroupIdentifier);
    if (!group.streams.has(logStreamName!)) throw notFound('The specified log stream does not exist.');
    const events = group
      .read(this.world.clock.now())
      .filter(({ stream, timestamp }) => stream === logStreamName && timestamp >= startTime && timestamp < endTime);
    const [, direction, position] = /^([fb])\/(\d+)$/.exec(nextToken ?? '') ?? [];
    const at = Number(position);
    let selected: readonly LogEvent[];
    if (direction === 'f') selected = events.filter(({ sequence }) => sequence > at).slice(0, limit);
    else if (direction === 'b') selected = events.filter(({ sequence }) => sequence < at).slice(-limit);
    else selected = input.startFromHead ? events.slice(0, limit) : events.slice(-limit);
    // At either end the same token comes back, by which a client knows that it is there.
    return {
      events: selected.map(({ timestamp, message, ingestedAt }) => ({ timestamp, message, ingestionTime: ingestedAt })),
      nextForwardToken: `f/${selected.at(-1)?.sequence ?? (direction === 'f' ? at : 0)}`,
      nextBackwardToken: `b/${selected[0]?.sequence ?? (direction === 'b' ? at : 0)}`,
    };
  }

  private filterLogEvents(input: logs.FilterLogEventsRequest): logs.FilterLogEventsResponse {
    const { logStreamNames, logStreamNamePrefix = '', startTime = 0, endTime = Infinity, limit = MAXIMUM_PAGE } = input;
    const matches = compileFilterPattern(input.filterPattern ?? '');
    const events = this.group(input.logGroupName ?? input.logGroupIdentifier)
      .read(this.world.clock.now())
      .filter(
        ({ stream, timestamp, message }) =>
          (logStreamNames === undefined || logStreamNames.includes(stream)) &&
          stream.startsWith(logStreamNamePrefix) &&
          timestamp >= startTime &&
          timestamp <= endTime &&
          matches(message),
      );
    const { items, next } = page(events, ({ sequence }) => String(sequence), limit, input.nextToken);
    return {
      events: items.map(({ sequence, stream, timestamp, message, ingestedAt }) => ({
        eventId: String(sequence).padStart(56, '0'),
        logStreamName: stream,
        timestamp,
        message,
        ingestionTime: ingestedAt,
      })),
      nextToken: next,
      searchedLogStreams: [],
    };
  }
}

/** A page that begins after the item whose key is the token. */
function page<T>(
  items: readonly T[],
  key: (item: T) => string,
  limit: number,
  token: string | undefined,
): { items: readonly T[]; next?: string } {
  const start = token === undefined ? 0 : items.findIndex((item) => key(item) === token) + 1;
  const selected = items.slice(start, start + limit);
  return { items: selected, next: start + limit < items.length ? key(selected.at(-1)!) : undefined };
}

function describeGroup(group: LogGroup): logs.LogGroup {
  return {
    logGroupName: group.name,
    arn: `${group.arn}:*`,
    logGroupArn: group.arn,
    creationTime: group.createdAt,
    retentionInDays: group.retentionDays,
    storedBytes: group.storedBytes(),
    metricFilterCount: 0,
    logGroupClass: 'STANDARD',
  };
}

function describeStream(group: LogGroup, stream: LogStream): logs.LogStream {
  return {
    logStreamName: stream.name,
    arn: `${group.arn}:log-stream:${stream.name}`,
    creationTime: stream.createdAt,
    firstEventTimestamp: stream.firstEventAt,
    lastEventTimestamp: stream.lastEventAt,
    lastIngestionTime: stream.lastIngestedAt,
  };
}

function exists(message: string): ServiceError {
  return new ServiceError('ResourceAlreadyExistsException', message);
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
