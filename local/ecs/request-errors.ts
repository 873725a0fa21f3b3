import { ServiceError } from '../wire/service';

const PAGE = 100;

export function pageSize(maxResults: number | undefined): number {
  if (maxResults !== undefined && maxResults > PAGE) throw invalid(`maxResults must be at most ${PAGE}.`);
  return maxResults ?? PAGE;
}

export function invalidToken(): ServiceError {
  return invalid('Invalid token.');
}

export function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
