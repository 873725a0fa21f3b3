import type { ResponseReceiver } from '../ports';

/** What a custom resource's function answers. */
export interface CustomResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, unknown>>;
}

/** The presigned addresses that CloudFormation hands to custom resources, and what was put there. */
export class CustomResourceResponses implements ResponseReceiver {
  private readonly addresses = new Set<string>();
  private readonly bodies = new Map<string, string>();

  /** @returns the address to answer to. */
  open(region: string, requestId: string): string {
    const bucket = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
    const url = `https://${bucket}.s3.amazonaws.com/${requestId}?X-Amz-Expires=7200`;
    this.addresses.add(url);
    return url;
  }

  async put(url: string, body: string): Promise<void> {
    if (!this.addresses.has(url)) throw new Error(`403 Forbidden: ${url}`);
    // The first answer counts: CloudFormation has moved on when a retried invocation answers again, or one too late.
    if (!this.bodies.has(url)) this.bodies.set(url, body);
  }

  answer(url: string): CustomResourceResponse | undefined {
    const body = this.bodies.get(url);
    return body === undefined ? undefined : (JSON.parse(body) as CustomResourceResponse);
  }
}
