// Images for services that show them to models. Importing this loads no decoder into the process: images are decoded in children only.
export { ChildEndedError } from './child/child-ended-error.js';
export { canLimitMemory } from './child/child-limits.js';
export { SEEING_LIMITS, type SeeChoice, seeImage } from './images/see-image.js';
