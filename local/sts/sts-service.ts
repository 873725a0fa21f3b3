import * as sts from '@aws-sdk/client-sts';
import type { Call, Service } from '../wire/service';
import type { World } from '../world';

/** AWS Security Token Service: who is calling, and credentials that nothing checks. */
export class StsService {
  readonly api: Service;

  constructor(world: World) {
    const random = world.random.fork();
    const credentials = (seconds: number): sts.Credentials => ({
      AccessKeyId: `ASIA${random.hex(16).toUpperCase()}`,
      SecretAccessKey: random.hex(40),
      SessionToken: random.hex(64),
      Expiration: new Date(world.clock.now() + seconds * 1000),
    });
    this.api = {
      signingName: 'sts',
      protocol: 'query',
      sdk: sts,
      operations: {
        GetCallerIdentity: (_: object, { caller }: Call): sts.GetCallerIdentityResponse => ({
          Account: world.accountId,
          Arn: caller.principalArn,
          UserId: caller.principalArn.split('/').at(-1),
        }),
        AssumeRole: ({ RoleArn = '', RoleSessionName, DurationSeconds = 3600 }: sts.AssumeRoleRequest) => {
          const account = RoleArn.split(':')[4];
          const role = RoleArn.split('/').at(-1);
          return {
            Credentials: credentials(DurationSeconds),
            AssumedRoleUser: {
              AssumedRoleId: `AROA${random.hex(16).toUpperCase()}:${RoleSessionName}`,
              Arn: `arn:aws:sts::${account}:assumed-role/${role}/${RoleSessionName}`,
            },
          } satisfies sts.AssumeRoleResponse;
        },
        GetSessionToken: ({ DurationSeconds = 43_200 }: sts.GetSessionTokenRequest) => ({
          Credentials: credentials(DurationSeconds),
        }),
      },
    };
  }
}
