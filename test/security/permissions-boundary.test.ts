/** A permissions boundary, as accounts of many teams have it, reaches every role. */
import { App, PermissionsBoundary, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { BatchStack } from '../../bin/batch-stack';
import { APPS, resourcesOf } from './apps';

const isRole = ({ type }: { type: string }): boolean => type === 'AWS::IAM::Role' || type === 'AWS::IAM::User';

// A pipeline synthesizes its stages when they are added: there a boundary comes by the context, below.
const apps = APPS.filter(([name]) => name !== 'the pipeline');

test.each(apps)('every role of %s has the boundary that is put on it', (_, scope) => {
  const boundary = iam.ManagedPolicy.fromManagedPolicyArn(scope, 'Boundary', 'arn:aws:iam::123456789012:policy/bound');
  // In the CDK nothing that is put on an app reaches into the stages of it.
  const stages = scope.node.root.node.findAll().filter((one) => Stage.isStage(one));
  for (const stage of stages) iam.PermissionsBoundary.of(stage).apply(boundary);
  const roles = resourcesOf(scope).filter(isRole);
  expect(roles.length).toBeGreaterThan(0);
  expect(roles.filter(({ properties }) => properties.PermissionsBoundary === undefined)).toEqual([]);
});

test.each([
  ['the context of a bootstrapped account', { context: { '@aws-cdk/core:permissionsBoundary': { name: 'bound' } } }],
  ['a property of the stack', {}],
])('every role has the boundary that comes by %s', (_, { context }: { context?: Record<string, unknown> }) => {
  const app = new App({ context });
  const permissionsBoundary = context ? undefined : PermissionsBoundary.fromName('bound');
  const roles = resourcesOf(new BatchStack(app, 'Batch', { permissionsBoundary })).filter(isRole);
  expect(roles.length).toBeGreaterThan(4);
  const bounds = roles.map(({ properties }) => JSON.stringify(properties.PermissionsBoundary));
  expect(bounds.filter((bound) => !/:policy\/bound"/.test(bound))).toEqual([]);
});
