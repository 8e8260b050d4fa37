import swagger from '@fastify/swagger';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fastify, type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify';
import {
  createJsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { answerProblems } from './problem.ts';
import type { ApiParts } from './parts.ts';
import { alertRoutes } from './routes/alerts.ts';
import { findingRoutes } from './routes/findings.ts';
import { healthRoutes } from './routes/health.ts';
import { receiverRoutes } from './routes/receivers.ts';
import { ruleRoutes } from './routes/rules.ts';
import { streamRoutes } from './routes/streams.ts';
import { windowRoutes } from './routes/windows.ts';
import { requireToken } from './token.ts';

/** The app with its types: schemas are zod's. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Builds the HTTP API; the caller listens. */
export async function buildApi(parts: ApiParts): Promise<Api> {
  const loggerInstance: FastifyBaseLogger = parts.log;
  const app = fastify({
    loggerInstance,
    disableRequestLogging: true,
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerProblems(app);
  requireToken(app, parts.token);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Touchstone',
        version: parts.version,
        description: 'Streams, windows, findings, rules, alerts and deliveries.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: ['/openapi.json', '/metrics'] }),
  });
  await app.register((scope: Api, _options, done) => {
    for (const routes of [
      healthRoutes,
      streamRoutes,
      windowRoutes,
      findingRoutes,
      ruleRoutes,
      alertRoutes,
      receiverRoutes,
    ])
      routes(scope, parts);
    done();
  });
  app.get('/openapi.json', () => app.swagger());
  await app.ready();
  return app;
}
