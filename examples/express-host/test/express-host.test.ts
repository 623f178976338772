import { start } from '../src/main.js';
import { checkHost } from './check-host.js';

checkHost('Express', start);
