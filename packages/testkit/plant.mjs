// Preloaded with `node --import` by the fault harness: changes one line of our compiled code as it is loaded, named by CAIRN_PLANT.
import { register } from 'node:module';

register('./plant-hooks.mjs', import.meta.url);
