-- Drops what `up.sql` made.
DROP TABLE login_attempts;
