/** The same resources by aws-cdk-lib alone. @see ../synth.ts */
import { App } from 'aws-cdk-lib';
import { PlainStack } from './plain-stack';
import { reportSynthesis } from './report';

const app = new App({ builtinCloudFormationValidation: false });
new PlainStack(app, 'Batch', process.argv[2]!);
reportSynthesis(app);
