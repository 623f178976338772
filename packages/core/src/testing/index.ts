export { adapterConformance, type ConformanceRunner, type ConformanceSubject } from './conformance-suite.js';
export { conformanceChecks } from './conformance-checks.js';
export {
  conformancePrincipal,
  hostFailed,
  hostNotFound,
  startConformanceHost,
  type ConformanceCell,
  type ConformanceCheck,
  type ConformanceHost,
  type ConformanceTraits,
  type StartedHost,
  type StartHost,
} from './conformance-host.js';
export { conformanceRouteHost } from './conformance-route-host.js';
export { formatConformanceTable, type ConformanceResult, type ConformanceVerdict } from './conformance-table.js';
