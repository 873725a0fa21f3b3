import type { Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { pipelineStack, PRODUCTION } from './pipeline-stack-fixture';

interface Pipeline {
  readonly Properties: { readonly Stages: { readonly Name: string; readonly Actions: { readonly Name: string }[] }[] };
}

interface Policy {
  readonly Properties: {
    readonly Roles: readonly { readonly Ref?: string }[];
    readonly PolicyDocument: { readonly Statement: readonly { readonly Action: string; readonly Resource: unknown }[] };
  };
}

function stages(template: Template): [string, string[]][] {
  const [pipeline] = Object.values(template.findResources('AWS::CodePipeline::Pipeline')) as unknown as Pipeline[];
  return pipeline!.Properties.Stages.map(({ Name, Actions }) => [Name, Actions.map((action) => action.Name)]);
}

const here = { staging: undefined, production: undefined };

test('production comes after a job has run in staging and somebody has agreed, and runs a job, too', () => {
  const order = stages(Template.fromStack(pipelineStack(here)));
  expect(order.map(([name]) => name)).toEqual(['Source', 'Build', 'UpdatePipeline', 'Assets', 'Staging', 'Production']);
  const actions = Object.fromEntries(order);
  expect(actions['Staging']).toEqual(['Batch.Prepare', 'Batch.Deploy', 'SmokeJob']);
  expect(actions['Production']).toEqual(['Promote', 'Batch.Prepare', 'Batch.Deploy', 'SmokeJob']);
});

test('each commit is tested before it is synthesized', () => {
  const template = Template.fromStack(pipelineStack(here));
  template.hasResourceProperties('AWS::CodeBuild::Project', {
    Source: { BuildSpec: Match.serializedJson(Match.objectLike({ phases: buildPhases })) },
  });
});

const buildPhases = {
  install: { 'runtime-versions': { nodejs: 20 }, commands: ['npm ci'] },
  build: {
    commands: [
      'npm test',
      Match.stringLikeRegexp('^npx cdk synth .*bin/pipeline.ts.* -c repository=owner/name -c branch=main'),
    ],
  },
};

test('where it goes is told to the synthesis of the next commit', () => {
  const template = JSON.stringify(Template.fromStack(pipelineStack({ production: PRODUCTION })).toJSON());
  expect(template).toContain('-c production=444455556666/eu-west-1');
  expect(template).not.toContain('-c staging=');
  expect(template).not.toContain('-c dashboard=');
});

test('a dashboard is on both deployments, and told to the synthesis of the next commit', () => {
  const stack = pipelineStack({ ...here, dashboard: true });
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('-c dashboard=true');
  for (const id of ['Staging', 'Production']) {
    const { template } = (stack.node.findChild(id) as Stage).synth().stacks[0]!;
    Template.fromJSON(template as Record<string, unknown>).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  }
});

test('artifacts are encrypted with a key of their own only where another account has to read them', () => {
  Template.fromStack(pipelineStack(here)).resourceCountIs('AWS::KMS::Key', 0);
  Template.fromStack(pipelineStack({ production: PRODUCTION })).resourceCountIs('AWS::KMS::Key', 1);
});

test('the smoke job has a role in the account it runs in, for one queue and one definition', () => {
  const stack = pipelineStack({ production: PRODUCTION });
  const production = stack.node.findChild('Production') as Stage;
  const assembly = production.synth();
  const template = Template.fromJSON(assembly.stacks[0]!.template as Record<string, unknown>);
  const roles = template.findResources('AWS::IAM::Role', {
    Properties: { RoleName: 'BatchPipeline-Production-smoke' },
  });
  const [role] = Object.keys(roles);
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as unknown as Policy[];
  const [policy] = policies.filter(({ Properties }) => Properties.Roles.some(({ Ref }) => Ref === role));
  const rights = policy!.Properties.PolicyDocument.Statement.map(({ Action, Resource }) => [
    Action,
    JSON.stringify(Resource).match(/ClusterNormal|:job-definition\/|:job\/\*|^"\*"$/g),
  ]);
  expect(rights).toEqual([
    ['batch:SubmitJob', ['ClusterNormal', ':job-definition/', ':job-definition/']],
    ['batch:TerminateJob', [':job/*']],
    ['batch:DescribeJobs', ['"*"']],
  ]);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Resource: {
            'Fn::Join': [
              '',
              ['arn:', { Ref: 'AWS::Partition' }, ':iam::444455556666:role/BatchPipeline-Production-smoke'],
            ],
          },
        },
      ]),
    },
  });
});
