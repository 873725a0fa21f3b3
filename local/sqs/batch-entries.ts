import { ServiceError } from '../wire/service';

interface BatchAnswer {
  Successful: object[];
  Failed: { Id: string; SenderFault: boolean; Code: string; Message: string }[];
}

/** Runs each entry of a batch call by itself; one that is refused does not hold back the others. */
export function perform<E extends { Id: string | undefined }>(
  entries: readonly E[] | undefined,
  action: (entry: E) => object | void,
): BatchAnswer {
  const ids = (entries ?? []).map((entry) => entry.Id ?? '');
  if (ids.length === 0) {
    throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (ids.length > 10) {
    throw new ServiceError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${ids.length}.`,
    );
  }
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    throw new ServiceError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new ServiceError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  }
  const answer: BatchAnswer = { Successful: [], Failed: [] };
  for (const entry of entries!) {
    const Id = entry.Id!;
    try {
      answer.Successful.push({ Id, ...action(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      answer.Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return answer;
}
