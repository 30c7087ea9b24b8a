-- Drops what `up.sql` made.
DROP TABLE jobs;
DROP TABLE leases;
