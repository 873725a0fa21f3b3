/** The reference app. @see ../synth.ts */
import { App } from 'aws-cdk-lib';
import { BatchStack } from '../../bin/batch-stack';
import { reportSynthesis } from './report';

const app = new App({ builtinCloudFormationValidation: false });
new BatchStack(app, 'Batch');
reportSynthesis(app);
