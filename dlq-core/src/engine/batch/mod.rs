//! How many travel together: batches by size or deadline, and a sink that answers for each item.
