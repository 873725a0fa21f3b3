import { fromForm, parseForm } from './form';
import type { FormDialect } from './form';
import { bytes, text } from './message';
import type { WireAnswer } from './message';
import { operationNamed, statusOf } from './protocol';
import type { WireProtocol } from './protocol';
import { ServiceError } from './service';
import { escapeXml, wrap, xmlMembers } from './xml';

const NAMESPACES: Readonly<Record<string, string>> = {
  autoscaling: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
  monitoring: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  sqs: 'http://queue.amazonaws.com/doc/2012-11-05/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
};

/** What every request carries beside its operation's own parameters. */
const ENVELOPE = ['Action', 'Version'];

/** @see https://smithy.io/2.0/aws/protocols/aws-query-protocol.html */
export const awsQuery: WireProtocol = {
  read: (request, model) => readForm(request, model, 'query'),

  write(operation, output, { signingName, requestId }) {
    const result =
      operation.output.kind === 'structure'
        ? wrap(`${operation.name}Result`, xmlMembers(operation.output, output))
        : '';
    const metadata = wrap('ResponseMetadata', wrap('RequestId', requestId));
    return xmlAnswer(200, document(`${operation.name}Response`, signingName, result + metadata), requestId);
  },

  writeError(error, { signingName, model, requestId }) {
    const modelled = model.error(error.code);
    const status = statusOf(error, modelled?.queryStatus ?? modelled?.status);
    const details = modelled ? xmlMembers(modelled.shape, error.details) : '';
    const content =
      wrap('Type', status < 500 ? 'Sender' : 'Receiver') +
      wrap('Code', modelled?.queryCode ?? error.code) +
      wrap('Message', escapeXml(error.message)) +
      details;
    const xml = document('ErrorResponse', signingName, wrap('Error', content) + wrap('RequestId', requestId));
    return xmlAnswer(status, xml, requestId);
  },
};

/** @see https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html */
export const ec2Query: WireProtocol = {
  read: (request, model) => readForm(request, model, 'ec2'),

  write(operation, output, { signingName, requestId }) {
    const content = wrap('requestId', requestId) + xmlMembers(operation.output, output);
    return xmlAnswer(200, document(`${operation.name}Response`, signingName, content), requestId);
  },

  writeError(error, { model, requestId }) {
    const status = statusOf(error, model.error(error.code)?.status);
    const content = wrap('Code', error.code) + wrap('Message', escapeXml(error.message));
    const xml = wrap('Response', wrap('Errors', wrap('Error', content)) + wrap('RequestID', requestId));
    return xmlAnswer(status, xml, requestId);
  },
};

function readForm(
  request: Parameters<WireProtocol['read']>[0],
  model: Parameters<WireProtocol['read']>[1],
  dialect: FormDialect,
): ReturnType<WireProtocol['read']> {
  const form = parseForm(text(request.body));
  const action = form.children?.get('Action')?.text;
  if (action === undefined) throw new ServiceError('MissingAction', 'The request must contain the parameter Action');
  const operation = operationNamed(model, action, 'InvalidAction');
  for (const name of ENVELOPE) form.children?.delete(name);
  return { operation, input: fromForm(operation.input, form, dialect) };
}

function document(tag: string, signingName: string, content: string): string {
  return `<${tag} xmlns="${NAMESPACES[signingName] ?? ''}">${content}</${tag}>`;
}

function xmlAnswer(statusCode: number, xml: string, requestId: string): WireAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
    body: bytes(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`),
  };
}
