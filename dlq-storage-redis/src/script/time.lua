#!lua flags=no-writes,allow-oom
-- Tells the server's time. Of the nodes of a cluster, the one that has the key rules over time.
--
-- KEYS     1 a key
-- Returns  seconds, and microseconds

return redis.call('TIME')
