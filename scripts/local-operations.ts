/** Prints the operations that the local AWS has, by service, as JSON. */
import { createLocalAws } from '../local/local-aws';

console.log(JSON.stringify(createLocalAws().operations()));
