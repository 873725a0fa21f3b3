import { ServiceError } from '../wire/service';

/** The error that EC2 answers a launch with, in its own words. */
export function capacityError(
  code: string,
  instanceType: string,
  availabilityZone: string,
  spot: boolean,
): ServiceError {
  switch (code) {
    case 'InsufficientInstanceCapacity':
      return new ServiceError(
        code,
        spot
          ? 'There is no Spot capacity available that matches your request.'
          : `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested ` +
              `(${availabilityZone}). Our system will be working on provisioning additional capacity.`,
        500,
      );
    case 'UnfulfillableCapacity':
      return new ServiceError(
        code,
        'Unable to fulfill capacity due to your request configuration. Please adjust your request and try again.',
        500,
      );
    case 'VcpuLimitExceeded':
      return new ServiceError(
        code,
        'You have requested more vCPU capacity than your current vCPU limit allows for the instance bucket that the ' +
          'specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an ' +
          'adjustment to this limit.',
      );
    case 'MaxSpotInstanceCountExceeded':
      return new ServiceError(code, 'Max spot instance count exceeded');
    case 'Unsupported':
      return new ServiceError(
        code,
        `Your requested instance type (${instanceType}) is not supported in your requested Availability Zone ` +
          `(${availabilityZone}).`,
      );
    default:
      return new ServiceError(code, `The launch of ${instanceType} failed.`);
  }
}
