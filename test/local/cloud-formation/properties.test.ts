import * as batch from '@aws-sdk/client-batch';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import { apiInput } from '../../../local/cloud-formation/properties';

describe('apiInput', () => {
  test('finds the API’s spelling of a property', () => {
    const properties = {
      ComputeEnvironmentName: 'ce',
      UnmanagedvCpus: '16',
      ComputeResources: { MaxvCpus: 8, Ec2KeyPair: 'key', Ec2Configuration: [{ ImageType: 'ECS_AL2023' }] },
    };
    expect(apiInput(batch.CreateComputeEnvironmentRequest$, properties)).toEqual({
      computeEnvironmentName: 'ce',
      unmanagedvCpus: 16,
      computeResources: { maxvCpus: 8, ec2KeyPair: 'key', ec2Configuration: [{ imageType: 'ECS_AL2023' }] },
    });
  });

  test('leaves the keys of maps alone', () => {
    const properties = {
      JobDefinitionName: 'job',
      Parameters: { InputFile: 's3://a' },
      ContainerProperties: { LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-Group': 'g' } } },
    };
    expect(apiInput(batch.RegisterJobDefinitionRequest$, properties)).toEqual({
      jobDefinitionName: 'job',
      parameters: { InputFile: 's3://a' },
      containerProperties: { logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-Group': 'g' } } },
    });
  });

  test('takes scalars as text, documents as objects, and tags as a list', () => {
    const properties = { FunctionName: 'f', Timeout: '60', Publish: 'true', Tags: [{ Key: 'a', Value: 1 }] };
    expect(apiInput(lambda.CreateFunctionRequest$, properties)).toEqual({
      FunctionName: 'f',
      Timeout: 60,
      Publish: true,
      Tags: { a: '1' },
    });
    expect(apiInput(eventbridge.PutRuleRequest$, { EventPattern: { source: ['aws.batch'] } })).toEqual({
      EventPattern: '{"source":["aws.batch"]}',
    });
  });

  test.each([
    [{ JobQueueName: 'q', Colour: 'red' }, 'Colour: CreateJobQueueRequest has no such member'],
    [{ Priority: 'high' }, 'Priority: expected a number, got "high"'],
    [
      { ComputeEnvironmentOrder: [{ Order: 1, Name: 'x' }] },
      'ComputeEnvironmentOrder[0].Name: ComputeEnvironmentOrder has no such member',
    ],
    [{ ComputeEnvironmentOrder: ['x'] }, 'ComputeEnvironmentOrder[0]: expected an object, got "x"'],
  ])('refuses %j', (properties, message) => {
    expect(() => apiInput(batch.CreateJobQueueRequest$, properties)).toThrow(message);
  });
});
