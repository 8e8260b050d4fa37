import swagger from '@fastify/swagger';
import { fastify, type FastifyBaseLogger, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Api } from './app.ts';
import { answerProblems } from './problem.ts';
import type { ApiParts } from './parts.ts';
import { alertRoutes } from './routes/alerts.ts';
import { backtestRoutes } from './routes/backtests.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { findingRoutes } from './routes/findings.ts';
import { forecastRoutes } from './routes/forecasts.ts';
import { healthRoutes } from './routes/health.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { receiverRoutes } from './routes/receivers.ts';
import { ruleRoutes } from './routes/rules.ts';
import { streamRoutes } from './routes/streams.ts';
import { windowRoutes } from './routes/windows.ts';
import { requireToken } from './token.ts';

/** Characters of a series' name in a path. */
const SERIES_NAME_MAX = 4_000;

/** Builds the HTTP API; the caller listens. */
export async function buildApi(parts: ApiParts): Promise<Api> {
  const loggerInstance: FastifyBaseLogger = parts.log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: SERIES_NAME_MAX },
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
    transform: jsonSchemaTransform,
  });
  await app.register((scope: Api, _options, done) => {
    for (const routes of [
      healthRoutes,
      streamRoutes,
      windowRoutes,
      forecastRoutes,
      findingRoutes,
      ruleRoutes,
      alertRoutes,
      receiverRoutes,
      clusterRoutes,
      incidentRoutes,
      backtestRoutes,
    ])
      routes(scope, parts);
    done();
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}
