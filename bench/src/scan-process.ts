// The entry of a measuring process: `floors <root>` or `scan <root> <data folder>`. It sends one result and ends.
import { measureBareReads } from './bare-reads.js';
import { coldScan } from './cold-scan.js';

const [what, root = '', dataDir = ''] = process.argv.slice(2);
process.send?.(what === 'floors' ? measureBareReads(root) : await coldScan(root, dataDir), () => process.disconnect());
