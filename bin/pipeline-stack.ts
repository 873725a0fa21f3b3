import type { Environment, StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import { BuildSpec, LinuxBuildImage } from 'aws-cdk-lib/aws-codebuild';
import { PipelineType } from 'aws-cdk-lib/aws-codepipeline';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IFileSetProducer } from 'aws-cdk-lib/pipelines';
import { CodeBuildStep, CodePipeline, CodePipelineSource, ManualApprovalStep } from 'aws-cdk-lib/pipelines';
import type { Construct } from 'constructs';
import { BatchStack } from './batch-stack';

export interface PipelineStackProps extends StackProps {
  /** `owner/name` of the repository that is deployed. */
  readonly repository: string;
  readonly branch: string;
  /** Of CodeConnections: what the pipeline reads the repository with. */
  readonly connectionArn: string;
  /** @default - where the pipeline is */
  readonly staging?: Environment;
  /** @default - where the pipeline is */
  readonly production?: Environment;
  /** Whether staging and production have a dashboard. @default false */
  readonly dashboard?: boolean;
}

/** One deployment of the reference app, and a role in its account that may run the smoke job there. */
class Deployment extends Stage {
  readonly batch: BatchStack;
  readonly smokeRoleArn: CfnOutput;

  constructor(scope: Stack, id: string, env: Environment | undefined, dashboard: boolean | undefined) {
    super(scope, id, { env });
    this.batch = new BatchStack(this, 'Batch', { dashboard });
    const role = new iam.Role(this.batch, 'SmokeRole', {
      description: 'Lets the pipeline run one job',
      assumedBy: new iam.AccountPrincipal(scope.account),
      // Known before the deployment, for the pipeline's own role to name it.
      roleName: smokeRoleName(scope, id),
    });
    this.batch.cpuJob.grantSubmit(role, this.batch.normalQueue);
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['batch:TerminateJob'],
        resources: [this.batch.formatArn({ service: 'batch', resource: 'job', resourceName: '*' })],
      }),
    );
    role.addToPolicy(new iam.PolicyStatement({ actions: ['batch:DescribeJobs'], resources: ['*'] }));
    this.smokeRoleArn = new CfnOutput(this.batch, 'SmokeRoleArn', { value: role.roleArn });
  }
}

function smokeRoleName(scope: Stack, stage: string): string {
  return `${scope.stackName}-${stage}-smoke`;
}

const NODE_20 = BuildSpec.fromObject({ phases: { install: { 'runtime-versions': { nodejs: 20 } } } });

/**
 * Tests each commit, deploys it to staging, runs a job there, and deploys it to production once that job has succeeded
 * and somebody has agreed. A job runs in production, too: what it cannot run is told before the next commit.
 */
export class PipelineStack extends Stack {
  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    const source = CodePipelineSource.connection(props.repository, props.branch, {
      connectionArn: props.connectionArn,
    });
    const elsewhere = [props.staging, props.production].some((env) => env !== undefined);
    const pipeline = new CodePipeline(this, 'Pipeline', {
      pipelineType: PipelineType.V2,
      // Roles of other accounts cannot read what S3 has encrypted with its own key.
      crossAccountKeys: elsewhere,
      enableKeyRotation: elsewhere ? true : undefined,
      codeBuildDefaults: { buildEnvironment: { buildImage: LinuxBuildImage.STANDARD_7_0 } },
      synth: new CodeBuildStep('Synth', {
        input: source,
        partialBuildSpec: NODE_20,
        installCommands: ['npm ci'],
        // Which zones another account has is looked up there, with the role that bootstrapping made for it.
        rolePolicyStatements: elsewhere ? [assumeLookupRoles()] : [],
        // The context is what this stack was deployed with: the pipeline keeps itself up to date.
        commands: ['npm test', `npx cdk synth --quiet --app 'npx tsx bin/pipeline.ts' ${contextArguments(props)}`],
      }),
    });
    const staging = new Deployment(this, 'Staging', props.staging, props.dashboard);
    const production = new Deployment(this, 'Production', props.production, props.dashboard);
    pipeline.addStage(staging, { post: [smokeStep(this, source, staging)] });
    pipeline.addStage(production, {
      pre: [new ManualApprovalStep('Promote', { comment: 'A job has run in staging' })],
      post: [smokeStep(this, source, production)],
    });
    pipeline.buildPipeline();
  }
}

/** Submits a job to what was deployed, waits for it, and fails unless it succeeds. */
function smokeStep(
  scope: Stack,
  source: IFileSetProducer,
  { batch, smokeRoleArn, stageName }: Deployment,
): CodeBuildStep {
  return new CodeBuildStep('SmokeJob', {
    input: source,
    partialBuildSpec: NODE_20,
    installCommands: ['npm ci'],
    commands: ['npx tsx bin/smoke.ts'],
    envFromCfnOutputs: {
      JOB_QUEUE: batch.findOutput('NormalQueueArn'),
      JOB_DEFINITION: batch.findOutput('CpuJobDefinitionName'),
      SMOKE_ROLE: smokeRoleArn,
    },
    rolePolicyStatements: [
      new iam.PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: [`arn:${scope.partition}:iam::${batch.account}:role/${smokeRoleName(scope, stageName)}`],
      }),
    ],
  });
}

/** @see https://docs.aws.amazon.com/cdk/v2/guide/cdk-pipeline.html */
function assumeLookupRoles(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['sts:AssumeRole'],
    resources: ['*'],
    conditions: { StringEquals: { 'iam:ResourceTag/aws-cdk:bootstrap-role': 'lookup' } },
  });
}

function contextArguments(props: PipelineStackProps): string {
  const { repository, branch, connectionArn, staging, production, dashboard } = props;
  const context: Record<string, string | undefined> = {
    repository,
    branch,
    connectionArn,
    staging: environmentText(staging),
    production: environmentText(production),
    dashboard: dashboard ? 'true' : undefined,
  };
  return Object.entries(context)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** `123456789012/eu-west-1`, as the context says it. */
function environmentText(environment: Environment | undefined): string | undefined {
  return environment && `${environment.account}/${environment.region}`;
}
