import { start } from '../src/main.js';
import { checkHost } from '../../express-host/test/check-host.js';

checkHost('Koa', start);
