import {
  GetFunctionConfigurationCommand,
  type FunctionConfiguration,
  type LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { type LedgerConfig, parseLedgerConfig } from '../../lib/ledger/config';
import { parseScheduledJobsConfig, type ScheduledJobsConfig } from '../../lib/schedule/config';
import { parseWorkflowConfig, type WorkflowConfig } from '../../lib/workflow/config';
import { CommandError } from '../command/errors';

/** A function of one of this library's constructs, and what the construct handed it. */
export interface OwnFunction<Config> {
  readonly functionName: string;
  readonly config: Config;
}

/** What this library has in a Region. */
export interface Deployed {
  readonly schedules: readonly OwnFunction<ScheduledJobsConfig>[];
  readonly workflows: readonly OwnFunction<WorkflowConfig>[];
  readonly ledgers: readonly OwnFunction<LedgerConfig>[];
  /** Functions, of whomever, whose variables are encrypted with a key that the caller may not use. */
  readonly unreadable: readonly string[];
}

/**
 * Finds the constructs by their functions: each says in its variable `CONFIG` what it looks after, and in which table it
 * keeps that.
 *
 * @param functionName looks at this one only, for those who may not list all
 */
export async function findDeployed(lambda: LambdaClient, functionName?: string): Promise<Deployed> {
  const functions = functionName === undefined ? await listAll(lambda) : [await only(lambda, functionName)];
  const ofKind = <Config>(parse: (text: string | undefined) => Config): OwnFunction<Config>[] =>
    functions.flatMap(({ FunctionName, Environment }) => {
      const config = parsed(parse, Environment?.Variables?.['CONFIG']);
      return config === undefined ? [] : [{ functionName: FunctionName!, config }];
    });
  return {
    schedules: ofKind(parseScheduledJobsConfig),
    workflows: ofKind(parseWorkflowConfig),
    ledgers: ofKind(parseLedgerConfig),
    unreadable: functions.flatMap(({ FunctionName, Environment }) => (Environment?.Error ? FunctionName! : [])),
  };
}

/**
 * The names of the tables of all ledgers.
 *
 * @throws CommandError when there may be some that cannot be seen, and there is no other
 */
export function ledgerTables(deployed: Deployed): string[] {
  const { schedules, workflows, ledgers, unreadable } = deployed;
  const tables = [...new Set([...ledgers, ...schedules, ...workflows].map(({ config }) => config.tableName))];
  if (tables.length > 0 || unreadable.length === 0) return tables;
  throw new CommandError(`There is no job ledger to be seen here; --ledger TABLE names one${hint(deployed)}`);
}

/** Why something may not have been found, if it is for that. */
export function hint({ unreadable }: Pick<Deployed, 'unreadable'>): string {
  if (unreadable.length === 0) return '';
  return `. The variables of ${unreadable.join(', ')} cannot be read: that takes kms:Decrypt of their key`;
}

async function listAll(lambda: LambdaClient): Promise<FunctionConfiguration[]> {
  const functions: FunctionConfiguration[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListFunctionsCommand({ Marker }));
    functions.push(...(page.Functions ?? []));
    Marker = page.NextMarker;
  } while (Marker);
  return functions;
}

async function only(lambda: LambdaClient, FunctionName: string): Promise<FunctionConfiguration> {
  try {
    return await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      throw new CommandError(`There is no function ${FunctionName} here`);
    }
    throw error;
  }
}

/** Most functions are not this library's, and each of those is of one kind. */
function parsed<Config>(parse: (text: string | undefined) => Config, text: string | undefined): Config | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
