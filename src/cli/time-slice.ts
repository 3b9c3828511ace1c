/** Lets the event loop run now and then. */
import { inSlices, now, TimeSlice } from '../engine/index.js';

export { inSlices, now, TimeSlice };
