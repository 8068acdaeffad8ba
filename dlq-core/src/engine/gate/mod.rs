//! May it pass now? Gates decide as functions of state, pressure and time; they never wait.
