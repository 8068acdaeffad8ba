-- Ten million records take longer than a statement may, and other sessions' transactions end before a table is changed.
SET SESSION lock_wait_timeout = 3600 /*M! , SESSION max_statement_time = 0 */;
-- A name of its own for each database: the server has one set of them. Whoever waits in vain gives up the connection.
SELECT GET_LOCK(CONCAT('dlq ', SHA1(DATABASE())), 36000);
