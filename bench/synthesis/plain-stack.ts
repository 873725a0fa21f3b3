/**
 * The resources of the reference app written with aws-cdk-lib alone, as somebody would who has nothing else: what the same
 * template costs without this library.
 */
import { CfnOutput, CustomResource, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

const POOLS = {
  small: { types: ['m5.xlarge', 'm6i.xlarge', 'm7i.xlarge'], most: 64, gpus: 0 },
  large: { types: ['m5.4xlarge', 'm6i.4xlarge', 'm7i.4xlarge'], most: 128, gpus: 0 },
  gpu: { types: ['g4dn.2xlarge', 'g5.2xlarge', 'g6.2xlarge'], most: 64, gpus: 1 },
} as const;

export class PlainStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    private readonly assets: string,
  ) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    const environment = this.computeEnvironment();
    const lifecycle = this.handler('Lifecycle', 'environment-lifecycle', Duration.minutes(15));
    this.allow(lifecycle, ['batch:DescribeComputeEnvironments', 'autoscaling:DescribeAutoScalingGroups'], ['*']);
    const cluster = new CustomResource(this, 'EcsCluster', {
      resourceType: 'Custom::BatchEcsCluster',
      serviceToken: lifecycle.functionArn,
      serviceTimeout: Duration.minutes(15),
      properties: { ComputeEnvironmentArn: environment.computeEnvironmentArn },
    });
    const groups = this.pools(vpc, cluster);
    const autoscaler = this.autoscaler(cluster, groups);
    const lifecycles = this.lifecycles(lifecycle, cluster, groups);
    const queues = { Normal: 10, Urgent: 100 };
    const made = Object.entries(queues).map(
      ([name, priority]) =>
        new batch.JobQueue(this, name, {
          priority,
          computeEnvironments: [{ computeEnvironment: environment, order: 1 }],
        }),
    );
    this.triggers(
      autoscaler,
      made.map(({ jobQueueArn }) => jobQueueArn),
      lifecycles,
    );
    lifecycles.forEach(({ node }) => node.addDependency(...made));
    this.report(made.map(({ jobQueueArn }) => jobQueueArn));
    this.job('CpuJob', 1, 2, ['echo', 'Ref::message'], 0);
    this.job('GpuJob', 4, 8, ['nvidia-smi'], 1);
    for (const queue of made) {
      new CfnOutput(this, `${queue.node.id}QueueName`, { value: queue.jobQueueName });
      new CfnOutput(this, `${queue.node.id}QueueArn`, { value: queue.jobQueueArn });
    }
  }

  private computeEnvironment(): batch.UnmanagedComputeEnvironment {
    const environment = new batch.UnmanagedComputeEnvironment(this, 'Environment', { unmanagedvCpus: 2816 });
    (environment.node.defaultChild as batch.CfnComputeEnvironment).serviceRole = undefined;
    environment.node.tryRemoveChild('BatchServiceRole');
    return environment;
  }

  private pools(vpc: ec2.IVpc, cluster: CustomResource): autoscaling.AutoScalingGroup[] {
    const role = new iam.Role(this, 'InstanceRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    const grants: [string[], string[]][] = [
      [['ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'], ['*']],
      [['ecs:RegisterContainerInstance', 'ecs:SubmitTaskStateChange'], [cluster.getAttString('ClusterArn')]],
      [['ecs:Poll', 'ecs:StartTelemetrySession'], [this.instancesOf(cluster)]],
      [['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], [this.arn('ecr', 'repository', '*')]],
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [this.arn('logs', 'log-group', '/aws/batch/job:*')]],
    ];
    for (const [actions, resources] of grants) {
      role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    }
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Instances' });
    return Object.entries(POOLS).map(([name, { types, most, gpus }]) => {
      const userData = new ec2.MultipartUserData();
      const script = ec2.UserData.forLinux();
      script.addCommands(
        `echo ECS_CLUSTER=${cluster.getAttString('ClusterName')} >> /etc/ecs/ecs.config`,
        'echo ECS_RESERVED_MEMORY=32 >> /etc/ecs/ecs.config',
        'echo ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true >> /etc/ecs/ecs.config',
        ...(gpus > 0 ? ['echo ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config'] : []),
      );
      userData.addUserDataPart(script);
      const launchTemplate = new ec2.LaunchTemplate(this, `${name}-template`, {
        machineImage: ecs.EcsOptimizedImage.amazonLinux2023(
          gpus > 0 ? ecs.AmiHardwareType.GPU : ecs.AmiHardwareType.STANDARD,
        ),
        role,
        securityGroup,
        userData,
        httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
        httpPutResponseHopLimit: 1,
        blockDevices: [
          {
            deviceName: '/dev/xvda',
            volume: ec2.BlockDeviceVolume.ebs(50, { encrypted: true, volumeType: ec2.EbsDeviceVolumeType.GP3 }),
          },
        ],
      });
      return new autoscaling.AutoScalingGroup(this, `${name}-group`, {
        vpc,
        minCapacity: 0,
        maxCapacity: most,
        newInstancesProtectedFromScaleIn: true,
        mixedInstancesPolicy: {
          launchTemplate,
          launchTemplateOverrides: types.map((type) => ({ instanceType: new ec2.InstanceType(type) })),
          instancesDistribution: {
            onDemandPercentageAboveBaseCapacity: 100,
            onDemandAllocationStrategy: autoscaling.OnDemandAllocationStrategy.LOWEST_PRICE,
          },
        },
      });
    });
  }

  private autoscaler(cluster: CustomResource, groups: autoscaling.AutoScalingGroup[]): lambda.Function {
    const table = this.table('State', 'computeEnvironment');
    const autoscaler = this.handler('Autoscaler', 'queue-depth-autoscaler', Duration.seconds(50), {
      CONFIG: this.toJsonString({
        table: table.tableName,
        cluster: cluster.getAttString('ClusterArn'),
        groups: groups.map(({ autoScalingGroupName }) => autoScalingGroupName),
      }),
    });
    const clusterArn = cluster.getAttString('ClusterArn');
    this.allow(
      autoscaler,
      [
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeScalingActivities',
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:ListJobs',
      ],
      ['*'],
    );
    this.allow(autoscaler, ['batch:DescribeConsumableResource'], [this.arn('batch', 'consumable-resource', '*')]);
    this.allow(autoscaler, ['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'], [clusterArn]);
    this.allow(
      autoscaler,
      ['ecs:DescribeContainerInstances', 'ecs:UpdateContainerInstancesState'],
      [this.instancesOf(cluster)],
    );
    this.allow(
      autoscaler,
      ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
      groups.map(({ autoScalingGroupArn }) => autoScalingGroupArn),
    );
    this.allow(autoscaler, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], [table.tableArn]);
    return autoscaler;
  }

  private report(queueArns: string[]): void {
    const table = this.table('ReportState', 'id');
    const topic = new sns.Topic(this, 'Alarms', { enforceSSL: true });
    const report = this.handler('Report', 'capacity-report', Duration.minutes(1), {
      CONFIG: this.toJsonString({ table: table.tableName, queueArns }),
    });
    this.allow(report, ['batch:DescribeJobQueues', 'batch:DescribeJobs', 'batch:ListJobs'], ['*']);
    this.allow(report, ['batch:GetJobQueueSnapshot'], queueArns);
    this.allow(report, ['dynamodb:GetItem', 'dynamodb:UpdateItem'], [table.tableArn]);
    this.allow(report, ['events:PutEvents'], [this.arn('events', 'event-bus', 'default')]);
    const deadLetters = this.queue('ReportDeadLetters', { retentionPeriod: Duration.days(14) });
    this.allow(report, ['sqs:SendMessage'], [deadLetters.queueArn]);
    report.configureAsyncInvoke({
      retryAttempts: 0,
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
    new events.Rule(this, 'ReportTick', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(report, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
    const alarms = [
      this.alarm('ReportDeadLetterAlarm', deadLetters.metricApproximateNumberOfMessagesVisible()),
      this.alarm('ShortageAlarm', new cloudwatch.Metric({ namespace: 'Plain', metricName: 'Short' })),
      this.alarm('ReportErrorAlarm', report.metricErrors()),
    ];
    for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(topic));
  }

  private lifecycles(
    lifecycle: lambda.Function,
    cluster: CustomResource,
    groups: autoscaling.AutoScalingGroup[],
  ): CustomResource[] {
    const clusterArn = cluster.getAttString('ClusterArn');
    const draining = new iam.Policy(this, 'DrainingPolicy', {
      roles: [lifecycle.role!],
      statements: [
        new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lifecycle.functionArn] }),
        new iam.PolicyStatement({
          actions: ['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'],
          resources: [clusterArn],
        }),
        new iam.PolicyStatement({
          actions: ['ecs:DescribeContainerInstances', 'ecs:UpdateContainerInstancesState'],
          resources: [this.instancesOf(cluster)],
        }),
      ],
    });
    return groups.map((group) => {
      const { id } = group.node;
      const rights = new iam.Policy(this, `${id}-policy`, {
        roles: [lifecycle.role!],
        statements: [
          new iam.PolicyStatement({
            actions: [
              'autoscaling:SetInstanceProtection',
              'autoscaling:SuspendProcesses',
              'autoscaling:TerminateInstanceInAutoScalingGroup',
              'autoscaling:UpdateAutoScalingGroup',
            ],
            resources: [group.autoScalingGroupArn],
          }),
        ],
      });
      const resource = new CustomResource(this, `${id}-lifecycle`, {
        resourceType: 'Custom::BatchPoolLifecycle',
        serviceToken: lifecycle.functionArn,
        serviceTimeout: Duration.hours(1),
        properties: {
          AutoScalingGroupName: group.autoScalingGroupName,
          ClusterArn: clusterArn,
          OnDelete: 'WAIT_FOR_JOBS',
        },
      });
      resource.node.addDependency(rights, draining);
      return resource;
    });
  }

  private triggers(autoscaler: lambda.Function, queueArns: string[], after: CustomResource[]): void {
    const deadLetters = this.queue('DeadLetters', { retentionPeriod: Duration.days(14) });
    this.alarm('DeadLetterAlarm', deadLetters.metricApproximateNumberOfMessagesVisible());
    autoscaler.configureAsyncInvoke({
      retryAttempts: 0,
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
    this.allow(autoscaler, ['sqs:SendMessage'], [deadLetters.queueArn]);
    this.allow(autoscaler, ['batch:GetJobQueueSnapshot'], queueArns);
    this.allow(autoscaler, ['events:PutEvents'], [this.arn('events', 'event-bus', 'default')]);
    const input = events.RuleTargetInput.fromObject({ time: events.EventField.time });
    const tick = new events.Rule(this, 'Tick', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [
        new targets.LambdaFunction(autoscaler, { event: input, retryAttempts: 0, maxEventAge: Duration.minutes(1) }),
      ],
    });
    const messages = this.queue('Messages', {
      visibilityTimeout: Duration.minutes(5),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 },
    });
    this.allow(autoscaler, ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], [messages.queueArn]);
    const source = new lambda.EventSourceMapping(this, 'Source', {
      target: autoscaler,
      eventSourceArn: messages.queueArn,
      batchSize: 1000,
      maxBatchingWindow: Duration.seconds(5),
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
    const waiting = new events.Rule(this, 'JobsWaiting', {
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job State Change'],
        detail: { jobQueue: queueArns, status: ['RUNNABLE', 'PENDING'] },
      },
      targets: [new targets.SqsQueue(messages, { message: input })],
    });
    for (const { node } of [tick, source, waiting]) node.addDependency(...after);
  }

  private job(id: string, vcpus: number, memoryGiB: number, command: string[], gpus: number): void {
    const assumedBy = new iam.ServicePrincipal('ecs-tasks.amazonaws.com');
    const jobRole = new iam.Role(this, `${id}JobRole`, { assumedBy });
    const executionRole = new iam.Role(this, `${id}ExecutionRole`, { assumedBy });
    const logGroup = new logs.LogGroup(this, `${id}Logs`, { retention: logs.RetentionDays.ONE_MONTH });
    const definition = new batch.EcsJobDefinition(this, id, {
      parameters: { message: 'hello from a CPU' },
      propagateTags: true,
      container: new batch.EcsEc2ContainerDefinition(this, `${id}Container`, {
        image: ecs.ContainerImage.fromRegistry('public.ecr.aws/amazonlinux/amazonlinux:2023'),
        command,
        cpu: vcpus,
        memory: Size.gibibytes(memoryGiB),
        gpu: gpus > 0 ? gpus : undefined,
        jobRole,
        executionRole,
        logging: ecs.LogDriver.awsLogs({ streamPrefix: id, logGroup }),
      }),
    });
    new CfnOutput(this, `${id}DefinitionName`, { value: definition.jobDefinitionName });
  }

  private handler(
    id: string,
    asset: string,
    timeout: Duration,
    environment: Record<string, string> = {},
  ): lambda.Function {
    const logGroup = new logs.LogGroup(this, `${id}Logs`, {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    return new lambda.Function(this, id, {
      code: lambda.Code.fromAsset(`${this.assets}/${asset}`),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      timeout,
      memorySize: 512,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...environment },
      role,
      logGroup,
    });
  }

  private table(id: string, name: string): dynamodb.Table {
    return new dynamodb.Table(this, id, {
      partitionKey: { name, type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private alarm(id: string, metric: cloudwatch.IMetric): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      metric,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }

  private queue(id: string, props: sqs.QueueProps): sqs.Queue {
    return new sqs.Queue(this, id, { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, ...props });
  }

  private allow(to: lambda.Function, actions: string[], resources: string[]): void {
    to.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
  }

  private instancesOf(cluster: CustomResource): string {
    return this.arn('ecs', 'container-instance', `${cluster.getAttString('ClusterName')}/*`);
  }

  private arn(service: string, resource: string, resourceName: string): string {
    return this.formatArn({ service, resource, resourceName });
  }
}
