import { version } from '../package.json';

/** Version of this package: shown by health and used to bust caches. */
export const PACKAGE_VERSION: string = version;
