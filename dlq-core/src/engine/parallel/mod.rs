//! How many travel side by side: lanes that keep their order, and workers that steal whole lanes.
