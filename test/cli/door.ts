/** A local AWS behind its HTTP door, where the command finds it as it finds any AWS: by its environment. */
import { HttpDoor } from '../../local/http/door';
import type { LocalAws } from '../../local/local-aws';

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

export class Door {
  private constructor(private readonly door: HttpDoor) {}

  static async open(): Promise<Door> {
    const door = await HttpDoor.open(0, (error) => {
      throw error;
    });
    Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: door.url });
    return new Door(door);
  }

  serve(aws: LocalAws): void {
    this.door.serve(aws);
  }

  async close(): Promise<void> {
    for (const name of [...Object.keys(ENVIRONMENT), 'AWS_ENDPOINT_URL']) delete process.env[name];
    await this.door.close();
  }
}
