// An agent as users of OpenTelemetry for Node set one up: everything about the exporter comes from the
// environment. Prints the id of its trace.
const { SpanStatusCode, trace } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const question = [{ role: 'user', parts: [{ type: 'text', content: 'Which? \u{1F600}' }] }];
const answer = [{ role: 'assistant', parts: [{ type: 'text', content: 'This one.' }], finish_reason: 'stop' }];

async function main() {
  const sdk = new NodeSDK();
  sdk.start();
  const tracer = trace.getTracer('agent', '1.2.3');
  await tracer.startActiveSpan('invoke_agent planner', async (agent) => {
    agent.setAttributes({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner' });
    await tracer.startActiveSpan('chat gpt-4o', async (call) => {
      call.setAttributes({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.request.temperature': 0.5,
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 120,
        'gen_ai.usage.output_tokens': 30,
        'gen_ai.input.messages': JSON.stringify(question),
        'gen_ai.output.messages': JSON.stringify(answer),
      });
      call.addEvent('first token', { index: 0 });
      call.end();
    });
    const tool = tracer.startSpan('execute_tool search', { attributes: { 'gen_ai.operation.name': 'execute_tool' } });
    tool.recordException(new RangeError('nothing found'));
    tool.setStatus({ code: SpanStatusCode.ERROR, message: 'nothing found' });
    tool.end();
    console.log(agent.spanContext().traceId);
    agent.end();
  });
  await sdk.shutdown();
}

main();
